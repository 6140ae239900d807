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
import type { Connection } from './connection.ts';
import type { FeedContext } from './feedContext.ts';
import { errorOfFrame, errorOfRejection } from './feedErrors.ts';
import type { Socket } from './socket.ts';
import type { Stream } from './stream.ts';
import type { StreamTable } from './streamTable.ts';

/** Who takes what the frames of a venue say. */
export interface FrameListener {
  onEvent(stream: Stream, event: MarketDataEvent): void;
  onStreamChange(stream: Stream): void;
  onInstrumentNotice(): void;
}

/** What the router shares with its venue's feed. */
export interface FrameRoutes {
  readonly streams: StreamTable;
  readonly clock: ClockOffset;
  readonly decode: DecodeContext;
}

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
  private isDecoded = false;
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
    this.isDecoded = false;
    this.probe.begin(this.venue.id, this.context.inputTime);
    try {
      this.venue.decode(text, this.routes.decode, this.onVenueEvent);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.countDecodeError(connection, error, text);
    }
    this.probe.reach('applied');
  }

  private route(event: VenueEvent): void {
    const connection = this.frameConnection;
    const socket = this.frameSocket;
    if (connection === null || socket === null) return;
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
        connection.onPong(socket, this.context);
        return;
      case 'notice':
        this.onNotice(event, connection);
        return;
      default:
        event satisfies never;
    }
  }

  private onMarketData(event: MarketDataEvent, connection: Connection, socket: Socket): void {
    const stream = this.routes.streams.ofTopic(event.topic);
    if (stream === undefined) return;
    connection.onData(socket, event.topic, this.context);
    const { time, nowMs } = this.context;
    if (event.venueTime !== null && event.type !== 'ticker') {
      this.routes.clock.addMessage(event.venueTime, time, nowMs);
    }
    const changed = stream.touch(this.context, event.venueTime, this.routes.clock.ms);
    if (event.type !== 'ticker' && event.type !== 'candle') {
      this.probe.measure(changed ? null : event.venueTime, this.routes.clock.ms);
    }
    this.listener.onEvent(stream, event);
    if (changed) this.listener.onStreamChange(stream);
  }

  private onAck(ack: AckEvent, connection: Connection, socket: Socket): void {
    connection.onAck(socket, ack, this.context);
    if (ack.outcome === 'accepted' || ack.outcome === 'already-subscribed') return;
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
  }
}
