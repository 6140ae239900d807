import type { StreamHealth } from '../../../shared/feedHealth.ts';
import type { EpochMs, Instrument, InstrumentId, MarketKind } from '../../../shared/market.ts';
import type { SocketRef } from '../inputs.ts';
import type { InstrumentRegistry } from '../instruments.ts';
import type { ApiWatchSaved } from './apiWatch.ts';
import { ApiWatch } from './apiWatch.ts';
import type { Deadline } from '../deadlines.ts';
import type { ClockOffsetSaved } from '../health/clockOffset.ts';
import { ClockOffset } from '../health/clockOffset.ts';
import type { RoundTripSaved } from '../health/roundTripMeter.ts';
import { RoundTripMeter } from '../health/roundTripMeter.ts';
import type { StageProbe } from '../health/stageProbe.ts';
import type {
  BookDecimals,
  DecodeContext,
  MarketDataEvent,
  StreamKey,
  Venue,
} from '../venues/venue.ts';
import type { Connection } from './connection.ts';
import type { ClockHealth } from './connectionHealth.ts';
import type { ConnectionSaved } from './connectionState.ts';
import { ConnectionTable } from './connectionTable.ts';
import { doubtSockets } from './doubt.ts';
import type { FeedContext } from './feedContext.ts';
import type { LinkFailure } from '../ports/linkFailure.ts';
import { FrameRouter } from './frameRouter.ts';
import { computeNextStep } from './nextStep.ts';
import type { RestQueueSaved } from './restQueue.ts';
import { RestQueue } from './restQueue.ts';
import type { ProbeVerdict } from './silence.ts';
import { SilenceJudge } from './silence.ts';
import type { StreamSaved } from './stream.ts';
import { Stream } from './stream.ts';
import type { StreamListener } from './streamLifecycle.ts';
import { StreamLifecycle } from './streamLifecycle.ts';
import type { StreamPast } from './streamPast.ts';
import { StreamTable } from './streamTable.ts';

const graceMs = 10_000;
const askTimeEveryMs = 5_000;

/** What the market side of the core does with a venue's streams. */
export interface VenueFeedListener extends StreamListener {
  onEvent(stream: Stream, event: MarketDataEvent): void;
  onClosed(stream: Stream): void;
  onConnection(feed: VenueFeed): void;
  decimalsOf(instrument: InstrumentId): BookDecimals;
  /** Starts a probe by REST; false where there is nothing to ask. */
  probe(feed: VenueFeed, stream: Stream): boolean;
  onInstrumentNotice(feed: VenueFeed): void;
  /** The venue's messages have had other fields than we know for a while. */
  onApiChange(feed: VenueFeed, cause: string): void;
}

export interface VenueFeedSaved {
  readonly connections: readonly ConnectionSaved[];
  readonly streams: readonly StreamSaved[];
  readonly pastStreams: readonly StreamPast[];
  readonly rest: RestQueueSaved;
  readonly silence: readonly (readonly [string, number])[];
  readonly clock: ClockOffsetSaved;
  readonly api: ApiWatchSaved;
  readonly restRoundTrips: RoundTripSaved;
  readonly askedTimeMs: number | null;
  readonly paused: boolean;
}

/** What differs between a market on sockets and a recording of one. */
export interface FeedOrigin {
  /** Kind of the instruments on these connections; OKX says it itself. */
  readonly marketKind: MarketKind;
  /** A recording cannot be asked why it is silent: its streams are only marked. */
  readonly canAsk: boolean;
}

export const onSockets: FeedOrigin = { marketKind: 'spot', canAsk: true };

/** One venue: its connections, the streams on them and its REST queue. Routes inputs, owns no market data. */
export class VenueFeed {
  readonly venue: Venue;
  readonly rest: RestQueue;
  readonly streams = new StreamTable();
  readonly clock = new ClockOffset();
  readonly api: ApiWatch;
  readonly restRoundTrips = new RoundTripMeter();
  paused = false;
  private readonly context: FeedContext;
  private readonly listener: VenueFeedListener;
  private readonly silence: SilenceJudge;
  private readonly canAsk: boolean;
  private askedTimeMs = Number.NEGATIVE_INFINITY;
  private readonly table: ConnectionTable;
  private readonly router: FrameRouter;

  constructor(
    venue: Venue,
    context: FeedContext,
    registry: InstrumentRegistry,
    listener: VenueFeedListener,
    probe: StageProbe,
    origin: FeedOrigin,
  ) {
    this.venue = venue;
    this.context = context;
    this.listener = listener;
    this.rest = new RestQueue(venue);
    this.canAsk = origin.canAsk;
    const { streams, clock } = this;
    const decode: DecodeContext = {
      marketKind: origin.marketKind,
      instrumentOf: (symbol) =>
        registry.ofSymbol(venue.id, symbol)?.id ??
        venue.describeSymbol(symbol, origin.marketKind).instrument,
      decimalsOf: (instrument) => listener.decimalsOf(instrument),
    };
    this.api = new ApiWatch(venue, (cause) => listener.onApiChange(this, cause));
    this.router = new FrameRouter(
      venue,
      context,
      { streams, clock, decode, api: this.api },
      {
        onEvent: (stream, event) => listener.onEvent(stream, event),
        onStreamChange: (stream) => listener.onStreamChange(stream),
        onInstrumentNotice: () => listener.onInstrumentNotice(this),
        onRefusedTrades: (stream) => listener.onLost(stream, 'decode'),
        onOddTime: () => this.askTimeSoon(),
      },
      probe,
    );
    this.silence = new SilenceJudge({
      connectionOf: (stream) => this.connectionNamed(stream.definition.connection),
      streamsOf: (connection) => this.streams.ofConnection(connection),
      canAsk: origin.canAsk,
      probe: (stream) => listener.probe(this, stream),
      onStreamChange: (stream) => listener.onStreamChange(stream),
      onStalled: (stream) => listener.onLost(stream, 'stale'),
    });
    const { router, silence } = this;
    const parts = { streams, router, silence };
    const onStatus = (): void => listener.onConnection(this);
    const lifecycle = new StreamLifecycle(venue, context, parts, listener, onStatus);
    this.table = new ConnectionTable(venue, context, lifecycle);
  }

  /** Opens the stream, or keeps it when it was about to be closed. Null where the venue has none such. */
  openStream(
    key: StreamKey,
    instrument: Instrument,
    adopt: (stream: Stream) => void,
  ): Stream | null {
    const id = streamId(key);
    const open = this.streams.get(id);
    if (open !== undefined) {
      this.context.deadlines.clear('release', this.venue.id, id);
      return open;
    }
    const topic = this.venue.topicOf(key, instrument.venueSymbol);
    if (topic === null) return null;
    const connection = this.table.withRoom(topic.route);
    if (this.paused) connection.pause(this.context);
    const capability = this.venue.capabilities.find(
      ({ channel, interval }) =>
        channel === key.channel && (interval ?? key.interval) === key.interval,
    );
    const stream = new Stream(
      {
        id,
        key,
        venue: this.venue.id,
        topic: topic.topic,
        connection: connection.name,
        scheduleMs: capability?.scheduleMs ?? null,
      },
      this.context.time,
    );
    this.streams.open(stream);
    adopt(stream);
    connection.want(topic.topic, this.context);
    if (connection.openSockets().length > 0) this.listener.onSubscribing(stream);
    return stream;
  }

  /** Nobody wants it any more: closed when nobody does for ten seconds. */
  releaseStream(id: string): void {
    if (!this.streams.has(id) || this.context.deadlines.has('release', this.venue.id, id)) return;
    this.context.deadlines.set('release', this.venue.id, id, this.context.nowMs + graceMs);
  }

  /** Sends what the changes of wanted streams amount to, many topics a frame. */
  pump(): void {
    for (const connection of this.connections) connection.pump(this.context);
  }

  onFrame(ref: SocketRef, text: string): void {
    const connection = this.connectionNamed(ref.connection);
    const socket = connection?.socketOf(ref.generation) ?? null;
    if (connection !== null && socket !== null) this.router.onFrame(connection, socket, text);
  }

  onOpened(ref: SocketRef): void {
    this.connectionNamed(ref.connection)?.onOpened(ref.generation, this.context);
    this.rest.tryNow(this.context);
  }

  onClosed(ref: SocketRef, code: number, reason: string, failure: LinkFailure | null): void {
    const connection = this.connectionNamed(ref.connection);
    connection?.onClosed(ref.generation, code, reason, this.context, failure);
  }

  onPinged(ref: SocketRef): void {
    const connection = this.connectionNamed(ref.connection);
    const socket = connection?.socketOf(ref.generation) ?? null;
    if (connection !== null && socket !== null) connection.onPinged(socket, this.context);
  }

  onAttemptScheduled(
    name: string,
    delayMs: number,
    frozen: 'rate-limited' | 'banned' | null,
  ): void {
    const { context } = this;
    this.connectionNamed(name)?.onAttemptScheduled(delayMs, frozen, context);
    // A refused handshake froze the venue as a whole.
    if (frozen !== null) this.rest.freeze(context.nowMs + delayMs, frozen, context);
  }

  onVerdict(streamName: string, verdict: ProbeVerdict): void {
    const stream = this.streams.get(streamName);
    if (stream !== undefined) this.silence.onVerdict(stream, verdict, this.context);
  }

  onDeadline(deadline: Deadline): void {
    const { kind, subject } = deadline;
    const { context } = this;
    if (kind === 'silence') {
      const stream = this.streams.get(subject);
      // What is about to be closed may be silent, as a market that has ended is.
      const endsMs = context.deadlines.dueOf('release', this.venue.id, subject);
      if (endsMs !== null) context.deadlines.set('silence', this.venue.id, subject, endsMs + 1);
      else if (stream !== undefined) this.silence.onDue(stream, context);
    } else if (kind === 'release') this.closeStream(subject);
    else if (kind === 'restResume') this.rest.dispatch(context);
    else this.table.onDeadline(deadline);
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    for (const connection of this.connections) connection.pause(this.context);
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    for (const connection of this.connections) connection.resume(this.context);
  }

  reconnect(): void {
    this.paused = false;
    const { context } = this;
    // Until a ban ends no new socket may be opened: those that live are kept, the others come back by themselves then.
    const mayConnect = !this.rest.isToldToWait(context.nowMs);
    for (const connection of this.connections) {
      if (mayConnect) connection.reconnectNow(context);
      else connection.resume(context);
    }
    this.rest.tryNow(context);
  }

  /** The machine slept: what the sockets look like means nothing. */
  replaceSockets(reason: string): void {
    for (const connection of this.connections) {
      if (connection.active !== null) connection.replace(reason, null, this.context);
    }
  }

  /** The venue's clock minus ours; null while unknown. */
  get clockOffsetMs(): number | null {
    return this.clock.offsetMs(this.context.time, this.context.nowMs);
  }

  streamHealth(): readonly StreamHealth[] {
    const { context } = this;
    const rests = this.rest.restsUntil(context.nowMs);
    return this.streams.list().map((stream) => {
      const connection = this.connectionNamed(stream.definition.connection);
      return stream.health(context.nowMs, computeNextStep(stream, connection, rests, context));
    });
  }

  get clockHealth(): ClockHealth {
    return {
      clockOffsetMs: this.clockOffsetMs,
      clockErrorMs: this.clock.errorMs(this.context.nowMs),
    };
  }

  /** What the venue's clock has reached, whatever became of our wall clock; ours where the venue was never asked. */
  get venueTime(): EpochMs {
    return this.clock.reachedTime(this.context.nowMs) ?? this.context.time;
  }

  get connections(): readonly Connection[] {
    return this.table.list;
  }

  /** Our wall clock jumped and the monotonic one did not: a sleep, or somebody set the clock. */
  doubtSockets(): void {
    const { context } = this;
    this.clock.lose();
    if (this.canAsk) context.deadlines.set('serverTime', this.venue.id, '', context.nowMs);
    for (const connection of this.connections) doubtSockets(connection, context);
  }

  get isConnected(): boolean {
    return this.connections.some(({ status }) => status === 'live');
  }

  connectionNamed(name: string): Connection | null {
    return this.table.named(name);
  }

  save(): VenueFeedSaved {
    return {
      connections: this.table.save(),
      streams: this.streams.list().map((stream) => stream.save()),
      pastStreams: this.streams.past(),
      rest: this.rest.save(),
      silence: this.silence.save(),
      clock: this.clock.save(),
      api: this.api.save(),
      restRoundTrips: this.restRoundTrips.save(),
      askedTimeMs: Number.isFinite(this.askedTimeMs) ? this.askedTimeMs : null,
      paused: this.paused,
    };
  }

  restore(saved: VenueFeedSaved): void {
    this.table.restore(saved.connections);
    this.streams.clear();
    for (const each of saved.streams) this.streams.add(Stream.restored(each));
    this.streams.restorePast(saved.pastStreams);
    this.rest.restore(saved.rest);
    this.silence.restore(saved.silence);
    this.clock.restore(saved.clock);
    this.api.restore(saved.api);
    this.restRoundTrips.restore(saved.restRoundTrips);
    this.askedTimeMs = saved.askedTimeMs ?? Number.NEGATIVE_INFINITY;
    this.paused = saved.paused;
  }

  private closeStream(id: string): void {
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    this.streams.close(stream, this.context.nowMs);
    this.context.deadlines.clear('silence', this.venue.id, id);
    const connection = this.connectionNamed(stream.definition.connection);
    connection?.drop(stream.definition.topic, this.context);
    connection?.pumpSoon(this.context);
    this.listener.onClosed(stream);
  }

  /** Once in a while at most: a venue whose times stay odd is not asked for each of its messages. */
  private askTimeSoon(): void {
    const { deadlines, nowMs } = this.context;
    if (!this.canAsk) return;
    const askMs = Math.max(nowMs, this.askedTimeMs + askTimeEveryMs);
    if (askMs > nowMs && (deadlines.dueOf('serverTime', this.venue.id, '') ?? 0) <= askMs) return;
    if (askMs <= nowMs) this.askedTimeMs = nowMs;
    deadlines.set('serverTime', this.venue.id, '', askMs);
  }
}

export function streamId(key: StreamKey): string {
  return key.interval === null
    ? `${key.instrument}/${key.channel}`
    : `${key.instrument}/${key.channel}/${key.interval}`;
}
