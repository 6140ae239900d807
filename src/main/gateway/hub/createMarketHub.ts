import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import { parseChannelId } from '../../../shared/gateway/channelIds.ts';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { GatewayRefusal } from '../../../shared/gateway/errors.ts';
import type { StatusMessage } from '../../../shared/gateway/wire.ts';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import type { CandlePage, DataSource, HostStatus } from '../../../shared/values.ts';
import type { HostLogEntry } from '../../engine/host.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type {
  ChannelSnapshot,
  ClientOptions,
  ClientSession,
  ClientView,
  HubCounts,
  MarketHub,
  ResolvedSymbol,
  SnapshotWait,
} from './clientContract.ts';
import type { ClientHub, HubMember } from './clientHub.ts';
import { HubClient } from './clientSession.ts';
import type { LogEntry } from './eventLog.ts';
import { EngineTime } from './engineTime.ts';
import { EventLog } from './eventLog.ts';
import { FirstValues } from './firstValues.ts';
import { HubClients } from './hubClients.ts';
import { HubTally } from './hubCounts.ts';
import type { HubLimits } from './hubLimits.ts';
import { hubLimits } from './hubLimits.ts';
import type {
  CandleRequest,
  FeedListener,
  FeedLoss,
  MarketFeed,
  Publication,
} from './marketFeed.ts';
import { Pacer } from './pacer.ts';
import { noRoom } from './readChannels.ts';
import { resolveSymbol } from './resolveSymbol.ts';
import type { Shape } from './shapes.ts';
import { RecordCache, SharedRecord, createShape, shapeUpdate } from './shapes.ts';
import type { BoardChannel } from './stateBoard.ts';
import { StateBoard } from './stateBoard.ts';
import { TokenBucket } from './tokenBucket.ts';
import { WantedChannels } from './wantedChannels.ts';
import { writeNothing } from './writeNothing.ts';
import { writeRecord } from './writeRecord.ts';

export interface MarketHubOptions {
  readonly feed: MarketFeed;
  readonly clock: GatewayClock;
  readonly version: string;
  readonly log: (entry: HostLogEntry) => void;
  readonly limits?: Partial<HubLimits>;
}

export function createMarketHub(options: MarketHubOptions): MarketHub {
  return new LocalMarketHub(options);
}

/** The last that clients are told. */
export const stoppingText = 'The gateway stops. Connect again in a moment.';
/** Events of a moment go out together. */
const gatherMs = 16;
/** Different ones, of all clients: what one session of an engine carries, with room for snapshots. */
const maxChannels = 1_900;
/** Beyond them, of snapshots that nobody else follows. */
const snapshotChannels = 80;
/** Searches among all markets for what may have been meant; each takes a millisecond of all clients. */
const searchBucket = { size: 50, perSec: 20 };
const wholeShape = createShape(undefined, 50);

/** One event log, one board of states and one timer for all clients; what they need of each other is in `ClientHub`. */
class LocalMarketHub implements MarketHub, ClientHub, FeedListener {
  readonly clock: GatewayClock;
  readonly version: string;
  readonly limits: HubLimits;
  readonly log: EventLog;
  readonly pacer: Pacer;
  readonly tally: HubTally;
  flushedPlace = 0;
  /** Null: nothing has come from it yet. */
  private toldSource: DataSource | null = null;
  private readonly options: MarketHubOptions;
  private readonly feed: MarketFeed;
  private readonly board = new StateBoard();
  private readonly records = new RecordCache();
  private readonly members: HubClients;
  private readonly wanted: WantedChannels;
  private readonly firstValues: FirstValues;
  private readonly engineTime: EngineTime;
  private readonly searches: TokenBucket;
  private readonly touched = new Set<HubMember>();
  private turn: LogEntry[] = [];
  lostNote: string | null = null;
  private listed: { readonly markets: readonly MarketId[]; readonly ids: ReadonlySet<MarketId> };
  private flushedMs = -Infinity;
  private cancelFlush: (() => void) | null = null;
  private isClosed = false;

  constructor(options: MarketHubOptions) {
    this.options = options;
    this.feed = options.feed;
    this.clock = options.clock;
    this.version = options.version;
    this.limits = hubLimits(options.limits);
    this.log = new EventLog(this.limits);
    this.pacer = new Pacer(options.clock);
    this.tally = new HubTally(options.clock);
    this.listed = { markets: [], ids: new Set() };
    this.searches = new TokenBucket(searchBucket, options.clock.monotonicMs());
    this.engineTime = new EngineTime(options.clock);
    this.wanted = new WantedChannels(options.feed, options.clock, this.board);
    this.firstValues = new FirstValues(options.clock, this.limits, this.log);
    this.members = new HubClients(options.clock, this.limits, this.tally, () =>
      this.log.trim(this.clock.monotonicMs()),
    );
    options.feed.listen(this);
  }

  get source(): DataSource {
    return this.toldSource ?? this.feed.status()?.source ?? 'live';
  }

  open(options: ClientOptions): ClientSession | GatewayError {
    const refusal = this.members.refusal(options.address);
    if (refusal !== null) return refusal;
    const client = new HubClient(options, this);
    this.members.add(client);
    const { transport, address } = options;
    this.tellLog(`${client.id} connected by ${transport} from ${address}`);
    return client;
  }

  resolve(symbol: string): ResolvedSymbol {
    const markets = this.feed.markets();
    if (markets !== this.listed.markets) this.listed = { markets, ids: new Set(markets) };
    return resolveSymbol(symbol, this.listed.ids, () => {
      return this.searches.take('unknown symbols', this.clock.monotonicMs()) === null;
    });
  }

  async snapshot(channel: ChannelId, wait: SnapshotWait): Promise<ChannelSnapshot> {
    const isNew = this.board.find(channel) === undefined;
    if (isNew && wait.client !== undefined && this.board.size >= maxChannels + snapshotChannels) {
      throw new GatewayRefusal(noRoom);
    }
    const board = this.join(channel);
    try {
      await this.firstValues.of(board, wait);
      return this.present(board);
    } finally {
      this.release(board);
    }
  }

  private present(board: BoardChannel): ChannelSnapshot {
    const channel = board.id;
    this.flush();
    const nowMs = this.clock.monotonicMs();
    const state = this.stateRecord(board, wholeShape, nowMs)?.update;
    const events = this.log
      .lastOf(channel)
      .map(({ publication, heardMs }) => this.eventRecord(publication, wholeShape, heardMs));
    const time = this.time();
    const updates = [
      ...events.map(({ update }) => update),
      ...(state === undefined ? [] : [state]),
    ];
    const nothing = writeNothing(parseChannelId(channel), channel, this.source, time);
    return {
      updates: updates.length === 0 && nothing !== null ? [nothing] : updates,
      cursor: this.log.cursor(this.flushedPlace),
      time,
    };
  }

  candles(request: CandleRequest): Promise<CandlePage> {
    return this.feed.candles(request);
  }

  markets(): readonly MarketId[] {
    return this.feed.markets();
  }

  status(): HostStatus | null {
    return this.feed.status();
  }

  counts(): HubCounts {
    return this.tally.read(this.board.size, this.log.held);
  }

  clients(): readonly ClientView[] {
    const nowMs = this.clock.monotonicMs();
    return this.members.all().map((client) => client.view(nowMs));
  }

  endSessions(
    match: { readonly user?: string; readonly family?: string },
    error: GatewayError,
  ): number {
    const concerned = this.members
      .all()
      .filter(
        ({ principal }) =>
          (match.user === undefined || principal.user === match.user) &&
          (match.family === undefined || principal.family === match.family) &&
          (match.user !== undefined || match.family !== undefined),
      );
    for (const client of concerned) client.end(error);
    return concerned.length;
  }

  announce(status: StatusMessage['status'], message: string): void {
    for (const client of this.members.all()) this.tell(client, status, message);
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.flush();
    this.isClosed = true;
    const message = stoppingText;
    this.announce('closing', message);
    for (const client of this.members.all()) {
      client.end({ code: 'OVERLOADED', message, retryAfterMs: 2_000 });
    }
    for (const { waiting } of this.board.all()) for (const waiter of waiting) waiter.end();
    this.cancelFlush?.();
    this.wanted.close();
    this.members.close();
    this.pacer.close();
    await this.feed.close();
  }

  time(): EpochMs {
    return this.engineTime.now();
  }

  hasRoomFor(channel: ChannelId, more: number): boolean {
    return this.board.find(channel) !== undefined || this.board.size + more < maxChannels;
  }

  join(id: ChannelId): BoardChannel {
    return this.wanted.join(id);
  }

  release(board: BoardChannel): void {
    this.wanted.release(board);
  }

  stateRecord(board: BoardChannel, shape: Shape, nowMs: number): SharedRecord | null {
    const { state } = board;
    if (state === null) return null;
    return board.record(shape, nowMs, () => {
      if (shape !== wholeShape) {
        const whole = this.stateRecord(board, wholeShape, nowMs);
        if (whole !== null)
          return new SharedRecord(shapeUpdate(whole.update, shape), board.heardMs);
      }
      const time = Math.max(state.time, this.time());
      const staleNote = this.lostNote ?? (board.isDoubted ? waitingNote : null);
      return new SharedRecord(writeRecord(state, { time, staleNote }), board.heardMs);
    });
  }

  eventRecord(publication: Publication, shape: Shape, heardMs: number): SharedRecord {
    return this.records.of(publication, shape, () => {
      const { time } = publication;
      const update = writeRecord(publication, { time, staleNote: null });
      return new SharedRecord(shapeUpdate(update, shape), heardMs);
    });
  }

  countSent(records: readonly SharedRecord[], isNews: boolean): void {
    const { tally } = this;
    tally.recordsSent += records.length;
    const nowMs = this.clock.monotonicMs();
    for (const { size, heardMs } of records) {
      tally.bytesSent += size;
      if (isNews) tally.delivery.add(nowMs - heardMs, nowMs);
    }
  }

  touch(client: HubMember): void {
    this.touched.add(client);
  }

  stall(client: HubMember): void {
    this.members.stall(client);
  }

  left(client: HubMember): void {
    this.touched.delete(client);
    if (this.members.remove(client)) this.tellLog(`${client.id} disconnected`);
  }

  private tellLog(text: string): void {
    this.options.log({ level: 'info', scope: 'clients', text });
  }

  tell(client: HubMember, status: StatusMessage['status'], message: string): void {
    const { user } = client.principal;
    client.sendMessage({
      type: 'status',
      status,
      source: this.source,
      time: this.time(),
      message,
      user,
    });
  }

  flush(): void {
    this.cancelFlush?.();
    this.cancelFlush = null;
    const { turn } = this;
    if (turn.length === 0) return;
    this.turn = [];
    this.flushedMs = this.clock.monotonicMs();
    for (const entry of turn) {
      const readers = this.board.find(entry.publication.channel)?.readers ?? [];
      for (const reader of readers) reader.onEvent(entry);
    }
    const before = this.flushedPlace;
    this.flushedPlace = turn.at(-1)?.n ?? before;
    const touched = [...this.touched];
    this.touched.clear();
    for (const client of touched) client.flushEvents(before);
  }

  onPublished(publications: readonly Publication[]): void {
    const nowMs = this.clock.monotonicMs();
    this.tally.publications += publications.length;
    const heard = new Set<BoardChannel>();
    for (const publication of publications) {
      this.engineTime.note(publication, nowMs);
      if (publication.type === 'event') this.append(publication, nowMs);
      const board = this.board.find(publication.channel);
      if (board === undefined) continue;
      if (publication.type === 'state') takeState(board, publication, nowMs);
      else board.hasEvents = true;
      if (board.waiting.size > 0) heard.add(board);
    }
    for (const { waiting } of heard) for (const waiter of waiting) waiter.look();
    if (this.turn.length === 0 || this.cancelFlush !== null) return;
    const waitMs = Math.max(0, Math.ceil(this.flushedMs + gatherMs - nowMs));
    this.cancelFlush = this.clock.after(waitMs, () => this.flush());
  }

  onLost(loss: FeedLoss): void {
    const { position } = loss;
    if (position !== undefined) {
      this.flush();
      this.log.beginBehind(position);
      this.followLog(position.n);
    }
    this.lose(loss);
  }

  onLink(isUp: boolean, message: string): void {
    this.options.log({ level: isUp ? 'info' : 'warning', scope: 'hub', text: message });
    this.lostNote = isUp ? null : message;
    this.announce(isUp ? 'feed-back' : 'feed-lost', message);
    for (const board of this.board.all()) {
      // What was heard meanwhile could not be shown as live until now.
      if (board.state === null || (isUp && board.isDoubted)) continue;
      if (isUp) board.writeAnew();
      else board.doubt();
      for (const reader of board.readers) reader.onState(true);
    }
  }

  onSource(source: DataSource): void {
    const isFirst = this.toldSource === null;
    this.toldSource = source;
    if (isFirst) return;
    for (const board of this.board.all()) board.forget(this.clock.monotonicMs());
    this.engineTime.forget();
    this.announce('source-changed', `The data comes from another source now: ${source}.`);
    this.lose({ reason: 'epoch', channels: null, missing: null });
  }

  private lose(loss: FeedLoss): void {
    const { channels, reason, missing } = loss;
    this.flush();
    this.log.noteLoss(channels, { reason, missing });
    this.flushedPlace = this.log.head;
    for (const client of this.members.all()) client.onLost(loss);
  }

  private append(publication: Publication, nowMs: number): void {
    const isOther = this.log.isOther(publication);
    if (isOther) this.flush();
    const entry = this.log.append(publication, nowMs);
    if (isOther) this.followLog(entry.n - 1);
    this.turn.push(entry);
  }

  private followLog(place: number): void {
    this.flushedPlace = place;
    for (const client of this.members.all()) client.onLogBegun(place);
  }
}

const waitingNote = 'The way to the data was gone: this is the value from before.';

function takeState(board: BoardChannel, publication: Publication, nowMs: number): void {
  if (!board.take(publication, nowMs)) return;
  if (publication.isDoubted === true) board.doubt();
  for (const reader of board.readers) reader.onState(false);
}
