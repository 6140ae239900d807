import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { MarketFeed } from './marketFeed.ts';
import type { BoardChannel, StateBoard } from './stateBoard.ts';

/** Tells the feed what is on the board, once for all that changes in a turn. */
export class WantedChannels {
  private readonly feed: MarketFeed;
  private readonly clock: GatewayClock;
  private readonly board: StateBoard;
  /** As the feed knows it. */
  private told: ReadonlySet<ChannelId> = new Set();
  /** Forgotten and wanted again since: the feed has to tell their state anew. */
  private readonly renewed = new Set<ChannelId>();
  private cancel: (() => void) | null = null;
  private isClosed = false;

  constructor(feed: MarketFeed, clock: GatewayClock, board: StateBoard) {
    this.feed = feed;
    this.clock = clock;
    this.board = board;
  }

  join(id: ChannelId): BoardChannel {
    const held = this.board.find(id);
    if (held !== undefined) return held;
    if (this.told.has(id)) this.renewed.add(id);
    this.note();
    return this.board.channel(id, this.clock.monotonicMs());
  }

  release(channel: BoardChannel): void {
    if (this.board.release(channel)) this.note();
  }

  close(): void {
    this.isClosed = true;
    this.cancel?.();
    this.cancel = null;
  }

  private note(): void {
    if (this.isClosed) return;
    this.cancel ??= this.clock.after(0, () => {
      this.cancel = null;
      this.tell();
    });
  }

  private tell(): void {
    const ids = this.board.ids();
    const renewed = [...this.renewed].filter((id) => ids.has(id));
    this.renewed.clear();
    if (renewed.length > 0) this.feed.want(new Set([...ids].filter((id) => !renewed.includes(id))));
    this.told = ids;
    this.feed.want(ids);
  }
}
