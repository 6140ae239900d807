import { DecodeError } from '../errors.ts';
import type { ClockOffset } from '../health/clockOffset.ts';
import type { StageProbe } from '../health/stageProbe.ts';
import type {
  AckEvent,
  DecodeContext,
  MarketDataEvent,
  NoticeEvent,
  Venue,
  VenueEvent,
} from '../venues/venue.ts';
import type { ApiWatch } from './apiWatch.ts';
import type { Connection } from './connection.ts';
import type { FeedContext } from './feedContext.ts';
import { errorOfFrame, errorOfRejection } from './feedErrors.ts';
import { onPong } from './heartbeat.ts';
import { isOutdated, positionOf } from './rotation.ts';
import type { Socket } from './socket.ts';
import type { Stream } from './stream.ts';
import type { StreamTable } from './streamTable.ts';
import { contradicts, goesBack, isAhead, settled, withoutImpossible } from './venueTimes.ts';

/** Who takes what the frames of a venue say. */
export interface FrameListener {
  onEvent(stream: Stream, event: MarketDataEvent): void;
  onStreamChange(stream: Stream): void;
  onInstrumentNotice(): void;
  /** Trades came that could not be read. */
  onRefusedTrades(stream: Stream): void;
  /** A time that the venue cannot mean: one of the clocks was set. */
  onOddTime(): void;
}

/** What the router shares with its venue's feed. */
export interface FrameRoutes {
  readonly streams: StreamTable;
  readonly clock: ClockOffset;
  readonly decode: DecodeContext;
  readonly api: ApiWatch;
}

/** Where a venue that names the topic in one text says it. */
const addressLength = 120;

/** Decodes the frames of one venue and takes each event to its stream, connection or listener. */
export class FrameRouter {
  private readonly venue: Venue;
  private readonly context: FeedContext;
  private readonly routes: FrameRoutes;
  private readonly listener: FrameListener;
  private readonly probe: StageProbe;
  /** Where the events of the frame in work came from. */
  private frameConnection: Connection | null = null;
  private frameSocket: Socket | null = null;
  private frameText = '';
  /** What the frame in work turned out to be; empty: nothing of the market. */
  private frameKind = '';
  private isDecoded = false;
  /** Frames that were held for one topic are read again for that topic alone. */
  private onlyTopic: string | null = null;
  /** Topics that still have two sockets and were in the frame in work. */
  private readonly touched = new Set<string>();
  private readonly onVenueEvent = (event: VenueEvent): void => {
    if (!this.isDecoded) this.probe.reach('decoded');
    this.isDecoded = true;
    this.route(event);
  };

  constructor(
    venue: Venue,
    context: FeedContext,
    routes: FrameRoutes,
    listener: FrameListener,
    probe: StageProbe,
  ) {
    this.venue = venue;
    this.context = context;
    this.routes = routes;
    this.listener = listener;
    this.probe = probe;
  }

  onFrame(connection: Connection, socket: Socket, text: string): void {
    connection.onFrame(socket, text.length, this.context);
    this.frameConnection = connection;
    this.frameSocket = socket;
    this.frameText = text;
    this.frameKind = '';
    this.isDecoded = false;
    this.probe.begin(this.venue.id, this.context.inputTime);
    try {
      this.venue.decode(text, this.routes.decode, this.onVenueEvent);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.countDecodeError(connection, error, text);
      this.frameKind = 'refused';
    }
    this.probe.reach('applied');
    if (this.frameKind !== '') this.routes.api.sample(this.frameKind, text, this.context.time);
    if (connection.rotation !== null) this.advance(connection);
  }

  /** What a new socket said of a topic while the old one still carried it. */
  replay(connection: Connection, topic: string, held: readonly string[]): void {
    const socket = connection.successor ?? connection.active;
    if (socket === null) return;
    this.frameConnection = connection;
    this.frameSocket = socket;
    this.onlyTopic = topic;
    for (const text of held) {
      this.probe.begin(this.venue.id, this.context.inputTime);
      this.isDecoded = false;
      this.venue.decode(text, this.routes.decode, this.onVenueEvent);
      this.probe.reach('applied');
    }
    this.onlyTopic = null;
  }

  /** Lets the topics that the frame in work was about follow the new socket, if it continues what the old one said. */
  private advance(connection: Connection): void {
    const { touched } = this;
    for (const topic of touched) {
      const stream = this.routes.streams.ofTopic(topic);
      const { rotation } = connection;
      if (stream === undefined || rotation === null || rotation.hasSwitched(topic)) continue;
      if (!rotation.isMet(stream) && !rotation.isFull) continue;
      this.replay(connection, topic, rotation.switchOver(topic));
    }
    touched.clear();
    connection.endRotationIfDone(this.context);
  }

  /** Whether the event is to be passed on: of two sockets, each topic follows one. */
  private follows(event: MarketDataEvent, connection: Connection, socket: Socket): boolean {
    const { rotation } = connection;
    if (rotation === null) return true;
    const isNew = socket === connection.successor;
    if (rotation.hasSwitched(event.topic)) return isNew;
    this.touched.add(event.topic);
    if (isNew) rotation.hold(event, this.frameText, this.venue.sequencing);
    else rotation.noteOld(event);
    return !isNew;
  }

  private route(event: VenueEvent): void {
    const connection = this.frameConnection;
    const socket = this.frameSocket;
    if (connection === null || socket === null) return;
    if (this.onlyTopic !== null && !('topic' in event && event.topic === this.onlyTopic)) return;
    switch (event.type) {
      case 'trade':
      case 'bbo':
      case 'book':
      case 'ticker':
      case 'candle':
      case 'other':
        this.onMarketData(event, connection, socket);
        return;
      case 'ack':
        this.onAck(event, connection, socket);
        return;
      case 'pong':
        onPong(connection, socket, this.context);
        return;
      case 'notice':
        this.onNotice(event, connection);
        return;
      default:
        event satisfies never;
    }
  }

  private onMarketData(event: MarketDataEvent, connection: Connection, socket: Socket): void {
    this.frameKind = event.type;
    const stream = this.routes.streams.ofTopic(event.topic);
    if (stream === undefined) return;
    if (this.onlyTopic === null) {
      connection.onData(socket, event.topic, this.context);
      if (!this.follows(event, connection, socket)) return;
    } else if (isOutdated(event, stream.position)) return;
    stream.position = positionOf(event) ?? stream.position;
    this.deliver(stream, event);
  }

  private deliver(stream: Stream, event: MarketDataEvent): void {
    const { context } = this;
    const { clock } = this.routes;
    const { time, nowMs } = context;
    const possible = withoutImpossible(event, clock, nowMs);
    const isOdd = possible !== null || goesBack(event, stream);
    if (isOdd || clock.strayMs !== 0) stream.noteOddTime(nowMs);
    if (isOdd && (possible !== null || contradicts(event, clock, nowMs))) {
      clock.question(isAhead(event, clock, nowMs));
      this.listener.onOddTime();
    }
    if (event.venueTime !== null && event.type !== 'ticker' && !isOdd) {
      clock.addMessage(event.venueTime, nowMs);
    }
    const offsetMs = clock.offsetMs(time, nowMs);
    const isTold = !isOdd && (offsetMs !== null || !clock.isDoubted);
    const changed = stream.touch(
      context,
      (possible ?? event).venueTime,
      isTold ? (offsetMs ?? 0) : null,
    );
    if (event.type !== 'ticker' && event.type !== 'candle') {
      this.probe.measure(changed || !isTold ? null : event.venueTime, offsetMs);
    }
    const told = settled(possible ?? event, clock, nowMs);
    if (told !== null) this.listener.onEvent(stream, told);
    if (changed) this.listener.onStreamChange(stream);
  }

  private onAck(ack: AckEvent, connection: Connection, socket: Socket): void {
    const isRefusal = connection.onAck(socket, ack, this.context);
    if (!isRefusal || ack.outcome === 'accepted' || ack.outcome === 'already-subscribed') return;
    connection.fail(errorOfRejection(this.venue.id, ack), this.context);
  }

  private onNotice(notice: NoticeEvent, connection: Connection): void {
    this.context.log(this.venue.id, `${connection.name} notice: ${notice.text.slice(0, 200)}`);
    if (notice.notice === 'shutdown') connection.rotate('shutdown notice', this.context);
    if (notice.notice === 'instrument') this.listener.onInstrumentNotice();
  }

  private countDecodeError(connection: Connection, error: DecodeError, text: string): void {
    connection.meter.counters.decodeErrors += 1;
    connection.fail(errorOfFrame(this.venue.id, error, text), this.context);
    const topics = text.slice(0, addressLength);
    for (const stream of this.routes.streams.ofConnection(connection)) {
      const { key, topic } = stream.definition;
      if (key.channel !== 'trade' || !topics.includes(`"${topic}"`)) continue;
      this.listener.onRefusedTrades(stream);
    }
  }
}
