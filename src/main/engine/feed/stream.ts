import type { NextStep, StreamHealth, StreamStatus } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { LagMeterSaved } from '../health/lagMeter.ts';
import { LagMeter } from '../health/lagMeter.ts';
import type { RateMeterSaved } from '../health/rateMeter.ts';
import { RateMeter } from '../health/rateMeter.ts';
import type { UptimeSaved } from '../health/uptimeMeter.ts';
import { UptimeMeter } from '../health/uptimeMeter.ts';
import type { FeedContext } from './feedContext.ts';
import type { SilenceWatchSaved } from './silenceWatch.ts';
import { SilenceWatch } from './silenceWatch.ts';
import type { StreamDefinition } from './streamDefinition.ts';
import type { StreamCounts, StreamPast } from './streamPast.ts';
import { noCounts } from './streamPast.ts';

type ShownFigures = Pick<StreamHealth, 'silenceLimitMs' | 'lagP50Ms' | 'lagP99Ms'>;

const shownForMs = 1_000;
const doubtNote = 'The clock jumped: asking whether the connection lives.';
const oddNoteMs = 60_000;
const oddNote = 'Times of its messages lie in the future or went back: no lag is told of those.';

/** `asked`: a probe is under way. `resubscribed`: it said "changed", and this is the topic's one second chance. */
export type WatchStage = 'watching' | 'asked' | 'resubscribed';

export interface StreamSaved {
  readonly definition: StreamDefinition;
  readonly transport: StreamStatus;
  readonly held: 'subscribing' | 'resyncing' | null;
  readonly since: EpochMs;
  readonly note: string | null;
  readonly stage: WatchStage;
  readonly quietChecks: number;
  readonly nextCheckMs: number;
  readonly baseline: string | null;
  readonly doubted: boolean;
  readonly everLive: boolean;
  readonly unproven: boolean;
  readonly position: number | null;
  readonly lastVenueTime: EpochMs | null;
  readonly oddTimes: number;
  readonly oddMs: number | null;
  readonly messages: number;
  readonly lastReceivedTime: EpochMs | null;
  readonly gaps: number;
  readonly resyncs: number;
  readonly decodeErrors: number;
  readonly crossed: number;
  readonly mismatches: number;
  readonly watch: SilenceWatchSaved;
  readonly rate: RateMeterSaved;
  readonly lag: LagMeterSaved;
  readonly uptime: UptimeSaved;
  readonly earlier: StreamCounts;
}

/** One topic of one instrument: what the socket says of it (`transport`), and what its book or tape adds (`held`). */
export class Stream {
  readonly definition: StreamDefinition;
  readonly watch: SilenceWatch;
  private transport: StreamStatus = 'subscribing';
  private held: 'subscribing' | 'resyncing' | null = null;
  since: EpochMs;
  /** Of its own state; a doubt speaks instead of it only while it takes the state's place. */
  private ownNote: string | null = null;
  stage: WatchStage = 'watching';
  quietChecks = 0;
  /** Not asked about again before this monotonic time. */
  nextCheckMs = 0;
  /** What the venue's REST said at the first probe of a stream that has never spoken. */
  baseline: string | null = null;
  /** The last probe showed another state that was not surely newer than ours. */
  doubted = false;
  everLive = false;
  /** Its socket may be dead without a sign of it: nothing counts until that is known. */
  private unproven = false;
  /** How far its messages have come, comparable between two sockets of the venue; null where nothing tells. */
  position: number | null = null;
  /** Time of its newest message by arrival, as the venue put it. */
  lastVenueTime: EpochMs | null = null;
  oddTimes = 0;
  private oddMs = Number.NEGATIVE_INFINITY;
  messages = 0;
  lastReceivedTime: EpochMs | null = null;
  gaps = 0;
  resyncs = 0;
  decodeErrors = 0;
  /** Of a book: see `BookCounters`. */
  crossed = 0;
  mismatches = 0;
  private shown: ShownFigures | null = null;
  private shownMs = 0;
  readonly rate = new RateMeter();
  readonly lag = new LagMeter();
  /** Live or proven quiet. */
  readonly uptime = new UptimeMeter();
  /** Of the times before in this session that it was open. */
  private earlier = noCounts;

  constructor(definition: StreamDefinition, time: EpochMs) {
    this.definition = definition;
    this.watch = new SilenceWatch(definition.scheduleMs);
    this.since = time;
  }

  get status(): StreamStatus {
    if (this.transport !== 'live' && this.transport !== 'quiet') return this.transport;
    return this.held ?? (this.unproven ? 'resyncing' : this.transport);
  }

  get note(): string | null {
    const isReplaced = this.unproven && (this.transport === 'live' || this.transport === 'quiet');
    return isReplaced ? doubtNote : this.ownNote;
  }

  get isFresh(): boolean {
    return this.status === 'live' || this.status === 'quiet';
  }

  /** Counts a message; true when the stream was not live before it. `clockOffsetMs` null: nothing can be said of its lag. */
  touch(context: FeedContext, venueTime: EpochMs | null, clockOffsetMs: number | null): boolean {
    this.messages += 1;
    this.lastReceivedTime = context.time;
    this.rate.add(context.nowMs, 1);
    this.watch.touch(context.nowMs);
    if (venueTime !== null) {
      this.lastVenueTime = venueTime;
      if (clockOffsetMs !== null && this.definition.key.channel !== 'ticker') {
        this.lag.add(context.nowMs, context.time + clockOffsetMs - venueTime);
      }
    }
    if (this.transport === 'live') return false;
    this.stage = 'watching';
    this.quietChecks = 0;
    this.nextCheckMs = 0;
    this.baseline = null;
    this.doubted = false;
    this.everLive = true;
    return this.become('live', null, context);
  }

  /** True when the visible status changed. */
  become(transport: StreamStatus, note: string | null, context: FeedContext): boolean {
    const before = this.status;
    this.transport = transport;
    this.ownNote = note;
    return this.noteChange(before, context);
  }

  hold(held: 'subscribing' | 'resyncing' | null, context: FeedContext): boolean {
    const before = this.status;
    this.held = held;
    return this.noteChange(before, context);
  }

  /** A time that cannot be: counted, and noted for a while. */
  noteOddTime(nowMs: number): void {
    this.oddTimes += 1;
    this.oddMs = nowMs;
  }

  /** True when the visible status changed. */
  doubt(isDoubted: boolean, context: FeedContext): boolean {
    const before = this.status;
    this.unproven = isDoubted;
    return this.noteChange(before, context);
  }

  /** Of the whole session, also where it was closed in between. */
  get counts(): StreamCounts {
    const { messages, gaps, resyncs, decodeErrors, earlier } = this;
    return {
      messages: messages + earlier.messages,
      gaps: gaps + earlier.gaps,
      resyncs: resyncs + earlier.resyncs,
      decodeErrors: decodeErrors + earlier.decodeErrors,
    };
  }

  /** Before its first message. */
  continueFrom(past: StreamPast): void {
    this.earlier = past.counts;
    this.uptime.restore({ endedMs: past.uptimeMs, sinceMs: null });
    this.lag.restoreSession(past.lag);
  }

  past(nowMs: number): StreamPast {
    const { definition, counts, lag } = this;
    return {
      ...{ definition, counts, uptimeMs: this.uptime.totalMs(nowMs) },
      ...{ lag: lag.saveSession(), percentiles: lag.sessionPercentiles() },
    };
  }

  health(nowMs: number, next: NextStep | null): StreamHealth {
    const { definition } = this;
    return {
      connection: definition.connection,
      venue: definition.venue,
      instrument: definition.key.instrument,
      channel: definition.key.channel,
      topic: definition.topic,
      status: this.status,
      since: this.since,
      messagesPerSec: this.rate.perSec(nowMs),
      lastReceivedTime: this.lastReceivedTime,
      ...this.figures(nowMs),
      ...this.counts,
      crossed: this.crossed,
      mismatches: this.mismatches,
      oddTimes: this.oddTimes,
      next,
      note: this.note ?? (nowMs - this.oddMs < oddNoteMs ? oddNote : null),
    };
  }

  /**
   * Quantiles for each reader would cost more than the stream itself: shown figures are at most a second old, and not all
   * streams make theirs anew at the same moment.
   */
  private figures(nowMs: number): ShownFigures {
    if (this.shown === null || nowMs - this.shownMs >= shownForMs) {
      this.shownMs = this.shown === null ? nowMs - phaseOf(this.definition.id) : nowMs;
      this.shown = {
        silenceLimitMs: this.watch.shownLimitMs,
        lagP50Ms: this.lag.quantile(0.5),
        lagP99Ms: this.lag.quantile(0.99),
      };
    }
    return this.shown;
  }

  save(): StreamSaved {
    const { definition, transport, held, since, stage, quietChecks, baseline, everLive } = this;
    const { nextCheckMs, doubted, messages, lastReceivedTime, gaps, resyncs, decodeErrors } = this;
    const { unproven, position, lastVenueTime, oddTimes, crossed, mismatches } = this;
    return {
      ...{ definition, transport, held, since, stage, quietChecks, baseline, everLive },
      note: this.ownNote,
      ...{ nextCheckMs, doubted, messages, lastReceivedTime, gaps, resyncs, decodeErrors },
      ...{ unproven, position, lastVenueTime, oddTimes, crossed, mismatches },
      oddMs: Number.isFinite(this.oddMs) ? this.oddMs : null,
      watch: this.watch.save(),
      rate: this.rate.save(),
      lag: this.lag.save(),
      uptime: this.uptime.save(),
      earlier: this.earlier,
    };
  }

  static restored(saved: StreamSaved): Stream {
    const stream = new Stream(saved.definition, saved.since);
    stream.transport = saved.transport;
    stream.held = saved.held;
    stream.ownNote = saved.note;
    stream.stage = saved.stage;
    stream.quietChecks = saved.quietChecks;
    stream.nextCheckMs = saved.nextCheckMs;
    stream.baseline = saved.baseline;
    stream.doubted = saved.doubted;
    stream.everLive = saved.everLive;
    stream.unproven = saved.unproven;
    stream.position = saved.position;
    stream.lastVenueTime = saved.lastVenueTime;
    stream.oddTimes = saved.oddTimes;
    stream.oddMs = saved.oddMs ?? Number.NEGATIVE_INFINITY;
    stream.messages = saved.messages;
    stream.lastReceivedTime = saved.lastReceivedTime;
    stream.gaps = saved.gaps;
    stream.resyncs = saved.resyncs;
    stream.decodeErrors = saved.decodeErrors;
    stream.crossed = saved.crossed;
    stream.mismatches = saved.mismatches;
    stream.watch.restore(saved.watch);
    stream.rate.restore(saved.rate);
    stream.lag.restore(saved.lag);
    stream.uptime.restore(saved.uptime);
    stream.earlier = saved.earlier;
    return stream;
  }

  private noteChange(before: StreamStatus, context: FeedContext): boolean {
    if (this.status === before) return false;
    this.since = context.time;
    this.uptime.mark(this.isFresh, context.nowMs);
    return true;
  }
}

/** The same for a stream each time, and spread over the second between streams. */
function phaseOf(id: string): number {
  let phase = 0;
  for (let index = 0; index < id.length; index += 1) {
    phase = (phase * 31 + id.charCodeAt(index)) % shownForMs;
  }
  return phase;
}
