import { assertNever } from '../../shared/assert.ts';
import type { BudgetHealth } from '../../shared/feedHealth.ts';
import type { CandleInterval, InstrumentId } from '../../shared/market.ts';
import type { CandleValue } from '../../shared/values.ts';
import type { VenueId } from '../../shared/venues.ts';
import type { CoreContextSaved } from './coreContext.ts';
import { CoreContext } from './coreContext.ts';
import { CoreReader } from './coreReader.ts';
import type { CoreView } from './coreView.ts';
import type { Deadline } from './deadlines.ts';
import { runDueDeadlines } from './deadlines.ts';
import type { EngineCommand } from './engineCommand.ts';
import type { GapLogSaved } from './feed/gapLog.ts';
import { GapLog } from './feed/gapLog.ts';
import { judgeAnswer, judgeFailure } from './feed/restJudge.ts';
import type { RestOutcome, RestTask } from './feed/restQueue.ts';
import type { VenueChoresSaved } from './feed/venueChores.ts';
import { VenueChores } from './feed/venueChores.ts';
import type { FeedOrigin, VenueFeedSaved } from './feed/venueFeed.ts';
import { VenueFeed, onSockets } from './feed/venueFeed.ts';
import type { IncidentLogSaved } from './health/incidentLog.ts';
import { IncidentLog } from './health/incidentLog.ts';
import type { IncidentWatchSaved } from './health/incidentWatch.ts';
import { IncidentWatch } from './health/incidentWatch.ts';
import type { StageProbe } from './health/stageProbe.ts';
import { silentProbe } from './health/stageProbe.ts';
import type { CoreInput, EffectSink, InputTime } from './inputs.ts';
import type { InstrumentsSaved } from './instruments.ts';
import { InstrumentRegistry } from './instruments.ts';
import { ListenerHub } from './listenerHub.ts';
import type { MarketBoardSaved } from './market/marketBoard.ts';
import { MarketBoard } from './market/marketBoard.ts';
import { hashState } from './stateHash.ts';
import type { Venue } from './venues/venue.ts';

/** A tick that comes this much later than the one before means that the machine slept. */
const wakeMs = 5_000;
/** Later than this, waiting frames come first: no deadline is judged until the tick has let them through. */
const lateTickMs = 250;

/** Deadlines that judge what a venue answers to us: in a recording nobody does, and nothing follows from it. */
const answeredByVenue: ReadonlySet<Deadline['kind']> = new Set([
  'ack',
  'age',
  'doubt',
  'handover',
  'handshake',
  'heartbeat',
  'pong',
]);

export interface CoreOptions {
  /** One per venue, made for this core alone: decoding reuses buffers. */
  readonly venues: readonly Venue[];
  readonly probe?: StageProbe;
  /** Sockets, unless said otherwise. */
  readonly origin?: FeedOrigin;
  /** What the shell's budgets have used, for the health panel; no state rests on it. */
  readonly budgets?: (venue: VenueId, connection: string) => readonly BudgetHealth[];
  /** Connection log; written to, never read. */
  readonly log?: (venue: VenueId, text: string) => void;
}

/** Plain state of a whole core: a checkpoint. */
/** Raised whenever a core cannot go on from what an older one has saved: a test holds the shape of it against this. */
export const coreStateVersion = 1;

export interface CoreSaved {
  readonly version: number;
  readonly context: CoreContextSaved;
  readonly instruments: InstrumentsSaved;
  readonly feeds: readonly (readonly [VenueId, VenueFeedSaved, VenueChoresSaved])[];
  readonly board: MarketBoardSaved;
  readonly gaps: GapLogSaved;
  readonly incidents: IncidentLogSaved;
  readonly watch: IncidentWatchSaved;
  readonly started: boolean;
  readonly lastTick: InputTime | null;
  readonly lastClocks: InputTime | null;
}

/**
 * The deterministic engine: inputs in, effects out, state in between. No IO, no timer, no clock; `handle` runs what is due,
 * then routes one input to the venue or market that it is about.
 */
export class Core {
  readonly view: CoreView;
  private readonly context: CoreContext;
  private readonly registry = new InstrumentRegistry();
  private readonly feeds = new Map<VenueId, VenueFeed>();
  private readonly chores = new Map<VenueId, VenueChores>();
  private readonly hub = new ListenerHub();
  private readonly gaps = new GapLog((gap) => {
    this.watch.onGap(gap);
    this.hub.onGap(gap);
  });
  private readonly incidents = new IncidentLog((incident) => this.hub.onIncident(incident));
  private readonly watch: IncidentWatch;
  private readonly board: MarketBoard;
  private readonly origin: FeedOrigin;
  private started = false;
  private lastTick: InputTime | null = null;
  /** Both clocks at the last tick, or when they were last found to have jumped. */
  private lastClocks: InputTime | null = null;

  constructor(options: CoreOptions) {
    this.origin = options.origin ?? onSockets;
    const { registry, gaps, hub } = this;
    const context = new CoreContext(options.log ?? (() => undefined));
    this.context = context;
    this.watch = this.createWatch();
    context.onReport = (error) => this.watch.onError(error);
    const shared = { feed: context, gaps, hub, incidents: this.watch };
    this.board = new MarketBoard(this.feeds, registry, shared, (feed) =>
      this.chores.get(feed.venue.id)?.askInstruments(),
    );
    for (const venue of options.venues) {
      const probe = options.probe ?? silentProbe;
      const feed = new VenueFeed(venue, context, registry, this.board, probe, this.origin);
      this.feeds.set(venue.id, feed);
      this.chores.set(venue.id, new VenueChores(feed, registry, context));
    }
    const budgets = options.budgets ?? (() => []);
    const { incidents } = this;
    const logs = { gaps, incidents };
    this.view = new CoreReader(context, registry, this.feeds, this.board, logs, hub, budgets);
  }

  handle(input: CoreInput, effects: EffectSink): void {
    this.context.begin(input, effects);
    if (!this.started) this.start();
    this.watchClocks(input);
    if (this.mayJudge(input)) this.runDue();
    this.route(input);
    this.watch.settle(input.type === 'tick');
    this.context.end();
  }

  /** SHA-256 over books, tapes, candles, prices and counters: equal inputs give equal hashes. */
  stateHash(): string {
    return hashState(this.context, this.feeds, this.board, this.gaps, this.incidents);
  }

  /** All bars that are kept of an instrument, oldest first, the open one last. */
  candles(instrument: InstrumentId, interval: CandleInterval): readonly CandleValue[] {
    return this.board.instruments.get(instrument)?.candles.candles(interval) ?? [];
  }

  save(): CoreSaved {
    return {
      version: coreStateVersion,
      context: this.context.save(),
      instruments: this.registry.save(),
      feeds: [...this.feeds].map(([id, feed]) => [id, feed.save(), this.choresOf(id).save()]),
      board: this.board.save(),
      gaps: this.gaps.save(),
      incidents: this.incidents.save(),
      watch: this.watch.save(),
      started: this.started,
      lastTick: this.lastTick,
      lastClocks: this.lastClocks,
    };
  }

  /** Into a core of the same venues that has handled nothing yet. */
  restore(saved: CoreSaved): void {
    this.context.restore(saved.context);
    this.registry.restore(saved.instruments);
    for (const [id, feed, chores] of saved.feeds) {
      this.feeds.get(id)?.restore(feed);
      this.chores.get(id)?.restore(chores);
    }
    this.gaps.restore(saved.gaps);
    this.incidents.restore(saved.incidents);
    this.board.restore(saved.board);
    this.watch.restore(saved.watch);
    this.started = saved.started;
    this.lastTick = saved.lastTick;
    this.lastClocks = saved.lastClocks;
  }

  private createWatch(): IncidentWatch {
    return new IncidentWatch(this.incidents, {
      context: this.context,
      feeds: this.feeds,
      isListed: (venue) => this.registry.hasVenue(venue),
      isClosed: (id) => this.registry.get(id)?.tradingStatus === 'closed',
      isRepairing: (gap) =>
        this.board.instruments.get(gap.instrument)?.trades?.isRepairing(gap.id) ?? false,
      prices: () => [...this.board.markets.values()].map((market) => market.price()),
      isLive: this.origin.canAsk,
    });
  }

  private start(): void {
    this.started = true;
    if (!this.origin.canAsk) return;
    for (const chores of this.chores.values()) chores.start();
  }

  /**
   * Before anything is judged or taken from the input. Ticks come every 50 ms: one that is late by seconds on the monotonic
   * clock means that the machine slept. A jump of the wall clock alone means that, or that somebody set the clock.
   */
  private watchClocks(input: CoreInput): void {
    const { receivedTime, monotonicMs } = input;
    const last = this.lastClocks;
    const isTick = input.type === 'tick';
    if (isTick) this.lastClocks = { receivedTime, monotonicMs };
    if (last === null || !(isTick || this.origin.canAsk)) return;
    const lateMs = monotonicMs - last.monotonicMs;
    const jumpMs = receivedTime - last.receivedTime - lateMs;
    if (lateMs <= wakeMs && jumpMs <= wakeMs) return;
    this.lastClocks = { receivedTime, monotonicMs };
    if (lateMs > wakeMs) this.wake(`woke after ${Math.round(lateMs / 1000)} s`, lateMs);
    else if (this.origin.canAsk) for (const feed of this.feeds.values()) feed.doubtSockets();
  }

  /** While the loop lags, what waits to be read is older than the deadlines that would judge its absence. */
  private mayJudge(input: CoreInput): boolean {
    if (input.type === 'tick' || this.lastTick === null) return true;
    return input.monotonicMs - this.lastTick.monotonicMs <= lateTickMs;
  }

  private runDue(): void {
    const { deadlines, nowMs } = this.context;
    const endless = runDueDeadlines(deadlines, nowMs, (due) => this.onDeadline(due));
    if (endless === null) return;
    const { kind, venue, subject } = endless;
    this.context.log(venue, `the deadline ${kind} of ${subject} does not come to an end`);
  }

  private route(input: CoreInput): void {
    switch (input.type) {
      case 'frame':
        this.feedOf(input.connection)?.onFrame(input, input.text);
        return;
      case 'opened':
        this.feedOf(input.connection)?.onOpened(input);
        return;
      case 'closed':
        this.feedOf(input.connection)?.onClosed(
          input,
          input.code,
          input.reason,
          input.failure ?? null,
        );
        return;
      case 'pinged':
        this.feedOf(input.connection)?.onPinged(input);
        return;
      case 'attemptScheduled': {
        const { connection, delayMs, frozen } = input;
        this.feedOf(connection)?.onAttemptScheduled(connection, delayMs, frozen);
        return;
      }
      case 'restAnswered':
      case 'restFailed':
        this.onRest(input);
        return;
      case 'command':
        this.onCommand(input.command);
        return;
      case 'tick':
        this.onTick();
        return;
      default:
        assertNever(input);
    }
  }

  private onTick(): void {
    const { context, lastTick } = this;
    this.lastTick = { receivedTime: context.time, monotonicMs: context.nowMs };
    if (lastTick !== null) {
      this.watch.onTick(context.nowMs - lastTick.monotonicMs, context.time - lastTick.receivedTime);
    }
    this.board.onTick();
  }

  private wake(reason: string, sleptForMs: number): void {
    this.watch.onWake(reason, sleptForMs);
    for (const feed of this.feeds.values()) feed.replaceSockets(reason);
  }

  private onCommand(command: EngineCommand): void {
    switch (command.type) {
      case 'want':
        this.board.setWant(command);
        return;
      case 'instruments':
        this.registry.setVenue(command.venue, command.instruments);
        this.board.onInstruments(command.venue);
        return;
      case 'reconnectVenue':
        this.reconnect(command.venue);
        return;
      case 'pauseVenue':
        this.feeds.get(command.venue)?.pause();
        return;
      case 'resumeVenue':
        this.feeds.get(command.venue)?.resume();
        return;
      case 'wake':
        this.wake('the machine woke up', 0);
        return;
      case 'configure':
        this.board.configure(command);
        return;
      default:
        assertNever(command);
    }
  }

  private reconnect(venue: VenueId): void {
    const feed = this.feeds.get(venue);
    if (feed === undefined) return;
    this.watch.excuse(feed);
    feed.reconnect();
    this.choresOf(venue).onReconnect();
  }

  private onDeadline(due: Deadline): void {
    const feed = this.feeds.get(due.venue);
    if (feed === undefined) return;
    if (!this.origin.canAsk && answeredByVenue.has(due.kind)) return;
    switch (due.kind) {
      case 'snapshot':
      case 'streamSnapshot':
      case 'trades':
        this.board.onDeadline(due);
        return;
      case 'rest': {
        const task = feed.rest.take(Number(due.subject), this.context);
        if (task !== null) this.onAnswer(feed, task, 'failed', null, 0);
        return;
      }
      case 'instruments':
        this.chores.get(due.venue)?.askInstruments();
        return;
      case 'serverTime':
        this.chores.get(due.venue)?.askServerTime();
        return;
      default:
        feed.onDeadline(due);
    }
  }

  private onRest(input: Extract<CoreInput, { type: 'restAnswered' | 'restFailed' }>): void {
    for (const feed of this.feeds.values()) {
      const task = feed.rest.take(input.requestId, this.context);
      if (task === null) continue;
      if (input.type === 'restFailed') {
        const { reason, failure = null } = input;
        const outcome = judgeFailure(feed, reason, failure, task, this.context);
        this.onAnswer(feed, task, outcome, null, 0);
        return;
      }
      const outcome = judgeAnswer(feed, input, task, this.context);
      const body = outcome === 'answered' ? input.body : null;
      this.onAnswer(feed, task, outcome, body, input.elapsedMs);
      return;
    }
  }

  /** The asker hears of a call's end: its answer, or the failure of its last try. */
  private onAnswer(
    feed: VenueFeed,
    task: RestTask,
    outcome: RestOutcome,
    body: string | null,
    elapsedMs: number,
  ): void {
    const isOver = !this.origin.canAsk || feed.rest.conclude(task, outcome, this.context);
    if (isOver) this.tellAsker(feed, task, body, elapsedMs);
    feed.rest.dispatch(this.context);
  }

  private tellAsker(feed: VenueFeed, task: RestTask, body: string | null, elapsedMs: number): void {
    const { id } = feed.venue;
    if (task.purpose.type === 'instruments') {
      if (this.choresOf(id).onInstruments(body)) this.board.onInstruments(id);
    } else if (task.purpose.type === 'serverTime') {
      if (body === null) return;
      this.choresOf(id).onServerTime(body, elapsedMs);
      this.judgeClocks();
    } else this.board.onRest(feed, task, body);
  }

  /** A venue's clock that stands alone is off. */
  private judgeClocks(): void {
    const { time, nowMs } = this.context;
    const feeds = [...this.feeds.values()];
    for (const feed of feeds) {
      const others = feeds.flatMap((other) => (other === feed ? [] : (other.clock.zeroMs ?? [])));
      if (feed.clock.judgeStray(others, time - nowMs, nowMs)) this.board.onClock(feed);
    }
  }

  private choresOf(venue: VenueId): VenueChores {
    const chores = this.chores.get(venue);
    if (chores === undefined) throw new Error(`no such venue in this core: ${venue}`);
    return chores;
  }

  private feedOf(connection: string): VenueFeed | null {
    for (const feed of this.feeds.values()) {
      if (feed.connectionNamed(connection) !== null) return feed;
    }
    return null;
  }
}
