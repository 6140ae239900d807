import type { Venue } from '../venues/venue.ts';
import type { ConnectionDefinition, ConnectionSaved } from './connectionState.ts';
import type { FeedContext } from './feedContext.ts';
import { beatAfterMs } from './heartbeatPolicy.ts';
import { Rotation } from './rotation.ts';
import type { Socket, SocketSaved } from './socket.ts';
import { createSocket, isOpen, restoreSocket, saveSocket } from './socket.ts';
import type { SubscriptionOwner } from './subscriptions.ts';
import { Subscriptions } from './subscriptions.ts';

const handshakeMs = 15_000;
const handoverMs = 20_000;
const handoverLookMs = 1_000;
/** A shutdown notice may leave a minute: a second socket that failed is tried again soon. */
const rotateAgainMs = 5_000;
/** A planned rotation starts this long before the venue's own limit. */
const rotateBeforeMs = 3_600_000;

export type ConnectionSocketsSaved = Pick<ConnectionSaved, 'active' | 'successor' | 'rotation'>;

/** What a finished handover leaves to be told. */
export interface Handover {
  readonly successor: Socket;
  readonly rotation: Rotation;
  /** The old socket was doubted, the new one is not. */
  readonly endsDoubt: boolean;
}

/**
 * The sockets of one connection: the active one and, while it is being replaced, its successor. The old one ends when the new
 * one carries its topics; a new one that comes to nothing leaves the old one as it was.
 */
export class ConnectionSockets {
  active: Socket | null = null;
  successor: Socket | null = null;
  /** While a successor takes over. */
  rotation: Rotation | null = null;
  private readonly venue: Venue;
  private readonly definition: ConnectionDefinition;
  private readonly owner: SubscriptionOwner;

  constructor(venue: Venue, definition: ConnectionDefinition, owner: SubscriptionOwner) {
    this.venue = venue;
    this.definition = definition;
    this.owner = owner;
  }

  ofGeneration(generation: number): Socket | null {
    if (this.active?.generation === generation) return this.active;
    if (this.successor?.generation === generation) return this.successor;
    return null;
  }

  open(): readonly Socket[] {
    return [this.active, this.successor].filter(isOpen);
  }

  openActive(generation: number, context: FeedContext): void {
    this.active = this.openSocket(generation, context);
  }

  openSuccessor(generation: number, context: FeedContext): void {
    this.successor = this.openSocket(generation, context);
    this.rotation = new Rotation(context.nowMs);
    this.setDeadline('handover', context.nowMs + handoverLookMs, context);
  }

  onOpened(socket: Socket, topics: Iterable<string>, context: FeedContext): void {
    socket.openedMs = context.nowMs;
    socket.openedTime = context.time;
    socket.lastFrameMs = context.nowMs;
    context.deadlines.clear('handshake', this.venue.id, this.definition.name);
    for (const topic of topics) socket.subscriptions.want(topic);
    const { maxConnectionAgeMs } = this.venue.limits;
    if (maxConnectionAgeMs !== null) {
      const leadMs = Math.min(rotateBeforeMs, maxConnectionAgeMs / 10);
      this.setDeadline('age', context.nowMs + maxConnectionAgeMs - leadMs, context);
    }
    if (!context.deadlines.has('heartbeat', this.venue.id, this.definition.name)) {
      this.setDeadline('heartbeat', context.nowMs + beatAfterMs(this.venue.heartbeat), context);
    }
    context.log(this.venue.id, `${this.definition.name} connected`);
  }

  rotateAgainSoon(context: FeedContext): void {
    this.setDeadline('age', context.nowMs + rotateAgainMs, context);
  }

  /**
   * True: the new socket is to take over, since nothing is left that only the old one carries, or it is time and the new one
   * carries something. One that carries nothing in time is given up.
   */
  judgeHandover(topics: ReadonlySet<string>, context: FeedContext): boolean {
    const { successor, rotation } = this;
    if (successor === null || rotation === null) return false;
    rotation.settleQuiet(topics, context.nowMs);
    const isOverdue = context.nowMs - rotation.startedMs >= handoverMs;
    if (rotation.isComplete(topics) || (isOverdue && successor.hasData)) return true;
    if (!isOverdue) this.setDeadline('handover', context.nowMs + handoverLookMs, context);
    else {
      this.terminate(successor, 'carried no data in time', context);
      this.abandonRotation(context);
    }
    return false;
  }

  /** The successor is the active socket from here on. */
  handOver(context: FeedContext): Handover | null {
    const { active, successor, rotation } = this;
    if (successor === null || rotation === null) return null;
    this.terminate(active, 'handed over', context);
    this.active = successor;
    this.successor = null;
    this.rotation = null;
    context.deadlines.clear('handover', this.venue.id, this.definition.name);
    context.log(this.venue.id, `${this.definition.name} handed over`);
    const wasDoubted = (active?.doubtedMs ?? null) !== null;
    return { successor, rotation, endsDoubt: wasDoubted && successor.doubtedMs === null };
  }

  /** The second socket came to nothing; the first one is still good. */
  abandonRotation(context: FeedContext): void {
    this.successor = null;
    this.rotation = null;
    context.deadlines.clear('handover', this.venue.id, this.definition.name);
    if (this.active !== null) this.rotateAgainSoon(context);
  }

  terminate(socket: Socket | null, reason: string, context: FeedContext): void {
    if (socket === null) return;
    socket.subscriptions.close(context);
    const { generation } = socket;
    context.emit({ type: 'terminate', connection: this.definition.name, generation, reason });
  }

  end(reason: string, context: FeedContext): void {
    this.terminate(this.successor, reason, context);
    this.terminate(this.active, reason, context);
    this.successor = null;
    this.active = null;
    this.rotation = null;
  }

  save(): ConnectionSocketsSaved {
    return {
      active: this.active === null ? null : saveSocket(this.active),
      successor: this.successor === null ? null : saveSocket(this.successor),
      rotation: this.rotation?.save() ?? null,
    };
  }

  restore(saved: ConnectionSocketsSaved, nowMs: number): void {
    const restored = (socket: SocketSaved | null): Socket | null =>
      socket === null ? null : restoreSocket(this.newSocket(socket.generation, nowMs), socket);
    this.active = restored(saved.active);
    this.successor = restored(saved.successor);
    this.rotation = saved.rotation === null ? null : Rotation.restored(saved.rotation);
  }

  private openSocket(generation: number, context: FeedContext): Socket {
    const socket = this.newSocket(generation, context.nowMs);
    const { name: connection, path } = this.definition;
    this.setDeadline('handshake', context.nowMs + handshakeMs, context);
    context.log(this.venue.id, `${connection} connecting`);
    context.emit({ type: 'connect', venue: this.venue.id, connection, generation, path });
    return socket;
  }

  private newSocket(generation: number, nowMs: number): Socket {
    const { owner } = this;
    const subscriptions = new Subscriptions(this.venue, this.definition.name, generation, {
      onSubscribed: (topic) => {
        const { successor } = this;
        if (successor?.generation !== generation) owner.onSubscribed(topic);
        else this.rotation?.noteConfirmed(topic, successor.lastFrameMs);
      },
      // Refused on the next socket only: the present one still carries it.
      onRejected: (topic, code, text) => {
        if (this.successor?.generation !== generation) owner.onRejected(topic, code, text);
      },
      onUnanswered: (topics) => owner.onUnanswered(topics),
      onSent: () => owner.onSent(),
    });
    return createSocket(generation, subscriptions, nowMs);
  }

  private setDeadline(
    kind: 'age' | 'handover' | 'handshake' | 'heartbeat',
    due: number,
    context: FeedContext,
  ): void {
    context.deadlines.set(kind, this.venue.id, this.definition.name, due);
  }
}
