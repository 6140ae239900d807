import type {
  ConnectionHealth,
  ConnectionReason,
  ConnectionStatus,
} from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { AckEvent, Venue } from '../venues/venue.ts';
import type { LinkFailure } from '../ports/linkFailure.ts';
import { atOnce, delayBounds } from './backoff.ts';
import type { DelayBounds } from './backoff.ts';
import type { ClockHealth } from './connectionHealth.ts';
import { computeConnectionHealth } from './connectionHealth.ts';
import { ConnectionMeter } from './connectionMeter.ts';
import type { ConnectionOwner } from './connectionOwner.ts';
import { ConnectionSockets } from './connectionSockets.ts';
import { ConnectionStanding } from './connectionStanding.ts';
import type { ConnectionDefinition, ConnectionSaved } from './connectionState.ts';
import { connectionDeadlines } from './connectionState.ts';
import type { FeedContext } from './feedContext.ts';
import type { UntimedError } from './feedErrors.ts';
import { errorOfClose, failureOfClose, reasonOfClose } from './feedErrors.ts';
import { isForeign } from './linkFailures.ts';
import type { Rotation } from './rotation.ts';
import type { Socket } from './socket.ts';
import { acquits } from './socket.ts';

/**
 * One logical connection over its successive sockets. All ways back lead through `scheduleAttempt`; a planned
 * replacement (age limit, shutdown notice) opens its successor first and hands over when that one carries data.
 */
export class Connection {
  readonly definition: ConnectionDefinition;
  readonly venue: Venue;
  readonly topics = new Set<string>();
  readonly meter = new ConnectionMeter();
  private readonly owner: ConnectionOwner<Connection>;
  private readonly sockets: ConnectionSockets;
  private readonly standing: ConnectionStanding;

  constructor(venue: Venue, definition: ConnectionDefinition, owner: ConnectionOwner<Connection>) {
    this.venue = venue;
    this.definition = definition;
    this.owner = owner;
    this.sockets = new ConnectionSockets(venue, definition, {
      onSubscribed: (topic) => owner.onSubscribed(this, topic),
      onRejected: (topic, code, text) => owner.onRejected(this, topic, code, text),
      onUnanswered: (topics) => owner.onUnanswered(this, topics),
      onSent: () => {
        this.meter.counters.sent += 1;
      },
    });
    this.standing = new ConnectionStanding(venue.id, definition.name, (status, nowMs) => {
      this.meter.noteStatus(status, nowMs);
      owner.onStatus(this);
    });
  }

  get name(): string {
    return this.definition.name;
  }

  get status(): ConnectionStatus {
    return this.standing.status;
  }

  get reason(): ConnectionReason | null {
    return this.standing.reason;
  }

  get attempt(): number {
    return this.standing.attempt;
  }

  get nextAttemptTime(): EpochMs | null {
    return this.standing.nextAttemptTime;
  }

  get active(): Socket | null {
    return this.sockets.active;
  }

  get successor(): Socket | null {
    return this.sockets.successor;
  }

  /** While a successor takes over. */
  get rotation(): Rotation | null {
    return this.sockets.rotation;
  }

  /** The socket of a generation, null when its messages no longer count. */
  socketOf(generation: number): Socket | null {
    return this.sockets.ofGeneration(generation);
  }

  openSockets(): readonly Socket[] {
    return this.sockets.open();
  }

  want(topic: string, context: FeedContext): void {
    this.topics.add(topic);
    for (const socket of this.openSockets()) socket.subscriptions.want(topic);
    if (this.status === 'closed' && !this.standing.paused)
      this.standing.schedule(atOnce, null, context);
  }

  drop(topic: string, context: FeedContext): void {
    this.topics.delete(topic);
    for (const socket of this.openSockets()) socket.subscriptions.drop(topic);
    if (this.topics.size === 0) {
      this.end('nothing subscribed', context);
      this.standing.become('closed', null, context);
    }
  }

  pump(context: FeedContext): void {
    for (const socket of this.openSockets()) socket.subscriptions.pump(context);
  }

  /** Once for all changes of this moment: many topics a frame. */
  pumpSoon(context: FeedContext): void {
    for (const socket of this.openSockets()) socket.subscriptions.pumpSoon(context);
  }

  onAttemptScheduled(
    delayMs: number,
    frozen: 'rate-limited' | 'banned' | null,
    context: FeedContext,
  ): void {
    this.standing.onAttemptScheduled(delayMs, frozen, context);
  }

  connect(context: FeedContext): void {
    if (this.standing.paused || this.topics.size === 0) return;
    if (this.active !== null) {
      if (!this.standing.rotating || this.successor !== null) return;
      this.standing.rotating = false;
      this.sockets.openSuccessor(this.standing.nextGeneration(), context);
      return;
    }
    this.sockets.openActive(this.standing.nextGeneration(), context);
    this.standing.nextAttemptTime = null;
    this.standing.become('connecting', null, context);
  }

  onOpened(generation: number, context: FeedContext): void {
    const socket = this.socketOf(generation);
    if (socket === null || socket.openedMs !== null) return;
    this.sockets.onOpened(socket, this.topics, context);
    if (socket === this.active) {
      if (this.standing.openedOnce) this.meter.counters.reconnects += 1;
      this.standing.openedOnce = true;
      this.standing.become('subscribing', null, context);
      this.owner.onSubscribing(this);
    }
    socket.subscriptions.pump(context);
  }

  onClosed(
    generation: number,
    code: number,
    reason: string,
    context: FeedContext,
    known: LinkFailure | null = null,
  ): void {
    const socket = this.socketOf(generation);
    if (socket === null) return;
    const opened = socket.openedMs !== null;
    const failure = known ?? failureOfClose(code);
    this.fail(errorOfClose(this.venue.id, code, reason, opened, failure), context);
    if (socket === this.successor) {
      socket.subscriptions.close(context);
      this.sockets.abandonRotation(context);
      return;
    }
    if (this.successor !== null && this.successor.openedMs !== null) {
      this.promote(context);
      return;
    }
    socket.subscriptions.close(context);
    this.sockets.active = null;
    const bounds = delayBounds(this.attempt, failure !== null && isForeign(failure));
    this.lose(reasonOfClose(code, failure), 'lost', context, bounds);
  }

  /** Every frame, whatever it holds. */
  onFrame(socket: Socket, bytes: number, context: FeedContext): void {
    this.meter.countFrame(bytes, context.nowMs, context.time);
    this.noteLife(socket, context.nowMs);
  }

  onPinged(socket: Socket, context: FeedContext): void {
    this.noteLife(socket, context.nowMs);
  }

  /** Nothing proves any more that the sockets live; their data does not count until something does. */
  doubt(nowMs: number): void {
    for (const socket of this.openSockets()) socket.doubtedMs = nowMs;
    this.owner.onDoubt(this, true);
  }

  /** Market data of a topic; the first of a socket makes the connection live. */
  onData(socket: Socket, topic: string, context: FeedContext): void {
    socket.subscriptions.onData(topic);
    socket.lastDataMs = context.nowMs;
    if (socket.hasData) return;
    socket.hasData = true;
    if (socket !== this.active) return;
    this.standing.watchGoodData(context);
    this.standing.become('live', null, context);
  }

  /** False: it is only about topics that were to be taken off. */
  onAck(socket: Socket, ack: AckEvent, context: FeedContext): boolean {
    return socket.subscriptions.onAck(ack, context);
  }

  resubscribe(topic: string, context: FeedContext): void {
    this.active?.subscriptions.resubscribe(topic, context);
  }

  /** Ends the socket without trusting it further and comes back through the scheduler. */
  replace(reason: string, error: UntimedError | null, context: FeedContext): void {
    if (error !== null) this.fail(error, context);
    context.log(this.venue.id, `${this.name} replaced: ${reason}`);
    if (this.active === null && this.status === 'reconnecting') return;
    this.lose('backoff', reason, context);
  }

  /** Make before break: a second socket first, the first one ends when the second carries its topics. */
  rotate(reason: string, context: FeedContext): void {
    if (this.active === null || this.successor !== null || this.standing.rotating) return;
    if (this.status !== 'live') {
      this.sockets.rotateAgainSoon(context);
      return;
    }
    context.log(this.venue.id, `${this.name} rotating: ${reason}`);
    this.standing.rotating = true;
    this.standing.requestAttempt(atOnce, context);
  }

  /** Looks again at a rotation: is there anything left that only the old socket carries? */
  onHandoverDue(context: FeedContext): void {
    if (this.sockets.judgeHandover(this.topics, context)) this.promote(context);
  }

  endRotationIfDone(context: FeedContext): void {
    if (this.rotation?.isComplete(this.topics) === true) this.promote(context);
  }

  onGoodDataDue(context: FeedContext): void {
    if (this.active === null || !this.active.hasData) return;
    this.standing.judgeData(this.active.lastDataMs, context);
  }

  onHandshakeDue(context: FeedContext): void {
    const socket = this.successor ?? this.active;
    if (socket === null || socket.openedMs !== null) return;
    this.sockets.terminate(socket, 'handshake timeout', context);
    this.onClosed(socket.generation, 1006, 'no answer to the handshake', context);
  }

  pause(context: FeedContext): void {
    this.standing.paused = true;
    this.end('paused', context);
    this.owner.onLost(this, 'paused');
    this.standing.become('closed', 'paused', context);
  }

  resume(context: FeedContext): void {
    if (!this.standing.paused) return;
    this.standing.paused = false;
    if (this.topics.size > 0) this.standing.schedule(atOnce, null, context);
  }

  /** On the user's word: at once, without waiting for the back-off. */
  reconnectNow(context: FeedContext): void {
    if (this.standing.paused) {
      this.resume(context);
      return;
    }
    if (this.topics.size === 0) return;
    this.end('reconnect asked for', context);
    this.owner.onLost(this, 'backoff');
    this.standing.schedule(atOnce, 'backoff', context);
  }

  fail(error: UntimedError, context: FeedContext): void {
    this.meter.noteError({ ...error, time: context.time });
    context.report(error);
  }

  health(nowMs: number, clock: ClockHealth): ConnectionHealth {
    return computeConnectionHealth(this.name, this.venue.id, this.standing, this, nowMs, clock);
  }

  private noteLife(socket: Socket, nowMs: number): void {
    socket.lastFrameMs = nowMs;
    if (acquits(socket, nowMs) && socket === this.active) this.owner.onDoubt(this, false);
  }

  /** Ends all sockets and forgets every deadline of them. */
  end(reason: string, context: FeedContext): void {
    this.sockets.end(reason, context);
    this.standing.rotating = false;
    this.standing.nextAttemptTime = null;
    for (const kind of connectionDeadlines) {
      context.deadlines.clear(kind, this.venue.id, this.name);
    }
  }

  save(): ConnectionSaved {
    return {
      definition: this.definition,
      state: this.standing.save(),
      topics: [...this.topics],
      ...this.sockets.save(),
      meter: this.meter.save(),
    };
  }

  restore(saved: ConnectionSaved, context: FeedContext): void {
    this.standing.restore(saved.state);
    this.topics.clear();
    for (const topic of saved.topics) this.topics.add(topic);
    this.sockets.restore(saved, context.nowMs);
    this.meter.restore(saved.meter);
  }

  sendHeartbeat(socket: Socket, text: string, context: FeedContext): void {
    this.meter.counters.sent += 1;
    socket.subscriptions.noteFrame(context.nowMs);
    const { generation } = socket;
    context.emit({ type: 'send', connection: this.name, generation, text, purpose: 'heartbeat' });
  }

  /** The active socket is gone: back through the scheduler with the next delay. */
  private lose(
    reason: ConnectionReason,
    text: string,
    context: FeedContext,
    bounds: DelayBounds = delayBounds(this.attempt, false),
  ): void {
    this.end(text, context);
    this.owner.onLost(this, reason);
    this.standing.attempt += 1;
    if (this.topics.size === 0 || this.standing.paused) return;
    this.standing.schedule(bounds, reason, context);
  }

  private promote(context: FeedContext): void {
    const handover = this.sockets.handOver(context);
    if (handover === null) return;
    const { successor, rotation, endsDoubt } = handover;
    if (!successor.hasData) this.standing.become('subscribing', null, context);
    if (endsDoubt) this.owner.onDoubt(this, false);
    for (const { topic, held } of rotation.open(this.topics)) {
      if (held) this.owner.onTakenOver(this, topic, rotation.switchOver(topic));
      else this.owner.onUncovered(this, topic);
    }
  }
}
