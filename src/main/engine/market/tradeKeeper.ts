import type { EpochMs } from '../../../shared/market.ts';
import type { TradeValue } from '../../../shared/values.ts';
import { DecodeError } from '../errors.ts';
import type { Stream } from '../feed/stream.ts';
import type { VenueFeed } from '../feed/venueFeed.ts';
import type { SavedTape, TapeOutcome } from '../tape/tape.ts';
import { Tape } from '../tape/tape.ts';
import type { RestTrade, TradeEvent } from '../venues/venue.ts';
import type { MarketContext } from './marketContext.ts';
import type { RefillQuestion, RepairedTape, TradeRepairSaved } from './tradeRepair.ts';
import { TradeRepair } from './tradeRepair.ts';

/** A trade of before this was made in another market than the prices of now are of. */
const judgedForMs = 60_000;

export interface TradeKeeperSaved {
  readonly tape: SavedTape;
  readonly repair: TradeRepairSaved;
  readonly lastTradeTime: number;
  readonly firstTime: EpochMs | null;
}

/** What the instrument does with the trades of its tape. */
export interface TradeOwner {
  /** Whether a trade of now at this price lies far from all prices that are known. */
  isOutlier(price: number): boolean;
  onTrade(trade: TradeValue, late: boolean): void;
}

/** The tape of one instrument, and the repair of its holes. */
export class TradeKeeper implements RepairedTape {
  readonly tape: Tape;
  /** When the first trade was received. */
  firstTime: EpochMs | null = null;
  lastTradeTime = 0;
  private readonly feed: VenueFeed;
  private readonly stream: Stream;
  private readonly context: MarketContext;
  private readonly owner: TradeOwner;
  private readonly repair: TradeRepair;

  constructor(
    feed: VenueFeed,
    stream: Stream,
    venueSymbol: string,
    context: MarketContext,
    owner: TradeOwner,
  ) {
    this.feed = feed;
    this.stream = stream;
    this.context = context;
    this.owner = owner;
    this.tape = new Tape({ instrument: stream.definition.key.instrument });
    this.repair = new TradeRepair(feed, stream, venueSymbol, context, this);
  }

  onEvent(event: TradeEvent): void {
    if (event.aggregate) return;
    const isOutlier = this.owner.isOutlier(event.priceUnits / 10 ** event.priceDecimals);
    const outcome = this.tape.add(event, this.context.feed.time, isOutlier);
    if (outcome.type === 'repeated') return;
    this.repair.onTrade(outcome.hole, outcome.late, event.firstSequence !== null);
    this.firstTime ??= this.context.feed.time;
    this.lastTradeTime = Math.max(this.lastTradeTime, event.tradeTime);
    this.owner.onTrade(outcome.trade, outcome.late);
  }

  addFromRest(told: RestTrade): TapeOutcome | null {
    try {
      const { time, nowMs } = this.context.feed;
      const trade = { ...told, tradeTime: this.feed.clock.settledTime(told.tradeTime, nowMs) };
      const isRecent = Math.abs(time - trade.tradeTime) < judgedForMs;
      const isOutlier = isRecent && this.owner.isOutlier(Number(trade.price));
      const outcome = this.tape.addFromRest(trade, time, isOutlier);
      if (outcome.type === 'added') this.owner.onTrade(outcome.trade, outcome.late);
      return outcome;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.stream.decodeErrors += 1;
      return null;
    }
  }

  /** The socket is gone, or the topic missed messages. */
  onLost(cause: 'disconnect' | 'stale'): void {
    this.repair.onLost(cause);
  }

  /** Trades came that could not be read. */
  onRefused(): void {
    this.repair.onRefused();
  }

  onSubscribed(): void {
    this.repair.onSubscribed();
  }

  /** Body of the REST answer, null when it failed. */
  onRefill(body: string | null, question: RefillQuestion): void {
    this.repair.onRefill(body, question);
  }

  /** Whether this gap of its trades may still be filled. */
  isRepairing(gapId: number): boolean {
    return this.repair.isOpen(gapId);
  }

  onRetryDue(): void {
    this.repair.onRetryDue();
  }

  close(): void {
    this.repair.close();
  }

  save(): TradeKeeperSaved {
    const { lastTradeTime, firstTime } = this;
    return { tape: this.tape.save(), repair: this.repair.save(), lastTradeTime, firstTime };
  }

  restore(saved: TradeKeeperSaved): void {
    this.tape.restore(saved.tape);
    this.repair.restore(saved.repair);
    this.lastTradeTime = saved.lastTradeTime;
    this.firstTime = saved.firstTime;
  }
}
