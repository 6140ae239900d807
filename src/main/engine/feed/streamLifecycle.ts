import type { ConnectionReason } from '../../../shared/feedHealth.ts';
import type { Venue } from '../venues/venue.ts';
import type { Connection } from './connection.ts';
import type { ConnectionOwner } from './connectionOwner.ts';
import type { FeedContext } from './feedContext.ts';
import { errorOfUnanswered } from './feedErrors.ts';
import type { FrameRouter } from './frameRouter.ts';
import type { SilenceJudge } from './silence.ts';
import type { Stream } from './stream.ts';
import type { StreamTable } from './streamTable.ts';

/** What the market side does when a stream is another one. */
export interface StreamListener {
  /** The visible status of the stream is another one. */
  onStreamChange(stream: Stream): void;
  /**
   * The socket that carried it is gone, or it missed messages: nothing continues from what it said before. Or some of its
   * trades could not be read, and it goes on.
   */
  onLost(stream: Stream, cause: 'disconnect' | 'stale' | 'decode'): void;
  /** Asked for on an open socket. */
  onSubscribing(stream: Stream): void;
  /** Confirmed by ack or data. */
  onSubscribed(stream: Stream): void;
}

/** The parts of a venue's feed that have to do with its streams. */
export interface StreamParts {
  readonly streams: StreamTable;
  readonly router: FrameRouter;
  readonly silence: SilenceJudge;
}

/** What becomes of a venue's streams when something happens to the connection that carries them. */
export class StreamLifecycle implements ConnectionOwner<Connection> {
  readonly onStatus: () => void;
  private readonly venue: Venue;
  private readonly context: FeedContext;
  private readonly parts: StreamParts;
  private readonly listener: StreamListener;

  constructor(
    venue: Venue,
    context: FeedContext,
    parts: StreamParts,
    listener: StreamListener,
    onStatus: () => void,
  ) {
    this.venue = venue;
    this.context = context;
    this.parts = parts;
    this.listener = listener;
    this.onStatus = onStatus;
  }

  onLost(connection: Connection, reason: ConnectionReason): void {
    const note = reason === 'paused' ? 'Paused.' : 'Connection lost: coming back by itself.';
    for (const stream of this.parts.streams.ofConnection(connection)) this.lose(stream, note);
  }

  onSubscribing(connection: Connection): void {
    for (const stream of this.parts.streams.ofConnection(connection)) {
      if (stream.become('subscribing', null, this.context)) this.listener.onStreamChange(stream);
      this.listener.onSubscribing(stream);
    }
  }

  onSubscribed(_connection: Connection, topic: string): void {
    const stream = this.parts.streams.ofTopic(topic);
    if (stream !== undefined) this.confirm(stream);
  }

  onRejected(_connection: Connection, topic: string, code: string, text: string): void {
    const stream = this.parts.streams.ofTopic(topic);
    const note = `Refused (${code}): ${text.slice(0, 160)}`;
    if (stream?.become('failed', note, this.context) === true) this.listener.onStreamChange(stream);
  }

  onUnanswered(connection: Connection, topics: readonly string[]): void {
    const error = errorOfUnanswered(this.venue.id, topics);
    connection.replace('subscriptions without answer', error, this.context);
  }

  onDoubt(connection: Connection, isDoubted: boolean): void {
    for (const stream of this.parts.streams.ofConnection(connection)) {
      if (stream.doubt(isDoubted, this.context)) this.listener.onStreamChange(stream);
    }
  }

  onTakenOver(connection: Connection, topic: string, held: readonly string[]): void {
    const stream = this.parts.streams.ofTopic(topic);
    if (stream === undefined) return;
    const isDoubtful = stream.definition.key.channel === 'trade';
    if (isDoubtful) this.listener.onLost(stream, 'disconnect');
    this.parts.router.replay(connection, topic, held);
    if (isDoubtful) this.listener.onSubscribed(stream);
  }

  onUncovered(connection: Connection, topic: string): void {
    const stream = this.parts.streams.ofTopic(topic);
    if (stream === undefined) return;
    this.lose(stream, 'The old connection ended before the new one carried this.');
    this.listener.onSubscribing(stream);
    if (connection.active?.subscriptions.isConfirmed(topic) === true) this.confirm(stream);
  }

  private confirm(stream: Stream): void {
    const { topic, connection } = stream.definition;
    this.context.log(this.venue.id, `${connection} stream ${topic} connected`);
    if (stream.status === 'failed' && stream.become('subscribing', null, this.context)) {
      this.listener.onStreamChange(stream);
    }
    if (stream.stage !== 'resubscribed') this.parts.silence.watch(stream, this.context);
    this.listener.onSubscribed(stream);
  }

  private lose(stream: Stream, note: string): void {
    stream.stage = 'watching';
    stream.quietChecks = 0;
    stream.nextCheckMs = 0;
    stream.position = null;
    const next = stream.everLive ? 'stale' : 'subscribing';
    stream.doubt(false, this.context);
    if (stream.become(next, note, this.context)) this.listener.onStreamChange(stream);
    this.listener.onLost(stream, 'disconnect');
  }
}
