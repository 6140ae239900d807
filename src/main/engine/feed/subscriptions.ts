import type { AckEvent, ControlFrame, Venue } from '../venues/venue.ts';
import type { FeedContext } from './feedContext.ts';
import type { SubscriptionPaceSaved } from './subscriptionPace.ts';
import { SubscriptionPace } from './subscriptionPace.ts';

const ackTimeoutMs = 10_000;
const unsubscribeTimeoutMs = 5_000;
const rejectedBaseMs = 5_000;
const rejectedCapMs = 300_000;
const rateLimitedMs = 10_000;

/** `unconfirmed`: the frame is out, no ack and no data yet. */
type Phase = 'idle' | 'unconfirmed' | 'subscribed' | 'unsubscribing' | 'rejected';

interface Entry {
  readonly topic: string;
  desired: boolean;
  phase: Phase;
  /** Goes alone in its frame, since the venue refused a request without naming the culprit. */
  alone: boolean;
  /** To be taken off and asked for again. */
  restart: boolean;
  rejections: number;
  unanswered: number;
}

interface PendingRequest {
  readonly operation: 'subscribe' | 'unsubscribe';
  readonly topics: Set<string>;
}

export interface SubscriptionsSaved extends SubscriptionPaceSaved {
  readonly entries: readonly Entry[];
  readonly pending: readonly {
    readonly requestId: string;
    readonly operation: 'subscribe' | 'unsubscribe';
    readonly topics: readonly string[];
  }[];
}

/** What became of topics: the connection passes it on to their streams. */
export interface SubscriptionOwner {
  onSubscribed(topic: string): void;
  onRejected(topic: string, code: string, text: string): void;
  /** Asked twice, no ack and no data: this socket does not listen. */
  onUnanswered(topics: readonly string[]): void;
  onSent(): void;
}

/**
 * Desired against confirmed topics of one socket. Requests are paced, acks are correlated by request id, an error fails its
 * own topics only, and data confirms where an ack was lost.
 */
export class Subscriptions {
  private readonly venue: Venue;
  private readonly connection: string;
  private readonly generation: number;
  private readonly owner: SubscriptionOwner;
  private readonly entryByTopic = new Map<string, Entry>();
  private readonly pendingById = new Map<string, PendingRequest>();
  private readonly pace: SubscriptionPace;

  constructor(venue: Venue, connection: string, generation: number, owner: SubscriptionOwner) {
    this.venue = venue;
    this.connection = connection;
    this.generation = generation;
    this.owner = owner;
    this.pace = new SubscriptionPace(venue.limits);
  }

  want(topic: string): void {
    const entry = this.entryByTopic.get(topic);
    if (entry !== undefined) {
      entry.desired = true;
      return;
    }
    this.entryByTopic.set(topic, {
      topic,
      desired: true,
      phase: 'idle',
      alone: false,
      restart: false,
      rejections: 0,
      unanswered: 0,
    });
  }

  drop(topic: string): void {
    const entry = this.entryByTopic.get(topic);
    if (entry === undefined) return;
    entry.desired = false;
    if (entry.phase === 'idle' || entry.phase === 'rejected') this.entryByTopic.delete(topic);
  }

  /** Off and on again, so that the venue starts over: the second frame goes out after the first is acknowledged. */
  resubscribe(topic: string, context: FeedContext): void {
    const entry = this.entryByTopic.get(topic);
    if (entry === undefined || !entry.desired) return;
    entry.restart = entry.phase === 'subscribed' || entry.phase === 'unconfirmed';
    this.pump(context);
  }

  isConfirmed(topic: string): boolean {
    return this.entryByTopic.get(topic)?.phase === 'subscribed';
  }

  get settled(): boolean {
    for (const entry of this.entryByTopic.values()) {
      if (entry.phase !== 'subscribed' && entry.phase !== 'rejected') return false;
    }
    return true;
  }

  /** Sends what is due and fits, and sets a deadline for the rest. */
  pump(context: FeedContext): void {
    for (;;) {
      const next = this.nextFrame();
      if (next === null) return;
      const freeAt = this.pace.freeAt(context.nowMs);
      if (freeAt > context.nowMs) {
        context.deadlines.set('pump', this.venue.id, this.subject, freeAt);
        return;
      }
      const frames =
        next.operation === 'subscribe'
          ? this.venue.subscribeFrames(next.topics, context.nextRequestId)
          : this.venue.unsubscribeFrames(next.topics, context.nextRequestId);
      this.send(frames, next.operation, context);
    }
  }

  /** With everything else that is due now: changes of one moment share a frame. */
  pumpSoon(context: FeedContext): void {
    context.deadlines.set('pump', this.venue.id, this.subject, context.nowMs);
  }

  /** A frame outside this class (a heartbeat) went out on the socket. */
  noteFrame(nowMs: number): void {
    this.pace.noteFrame(nowMs);
  }

  onData(topic: string): void {
    const entry = this.entryByTopic.get(topic);
    if (entry?.phase !== 'unconfirmed') return;
    this.forgetPending(topic);
    this.confirm(entry);
  }

  /** False: it refuses only to take topics off, which nobody has to know. */
  onAck(ack: AckEvent, context: FeedContext): boolean {
    const pending = ack.requestId === null ? undefined : this.pendingById.get(ack.requestId);
    const topics = ack.topics ?? (pending === undefined ? [] : [...pending.topics]);
    if (ack.outcome === 'rejected' && this.isOff(topics)) {
      this.refuseOff(topics, ack.rejectedTopic);
      this.pump(context);
      return false;
    }
    if (ack.outcome === 'rate-limited') {
      this.pace.hold(context.nowMs + rateLimitedMs);
      for (const topic of topics) this.settle(topic, 'idle');
    } else if (ack.outcome === 'rejected') {
      this.reject(ack, topics, context);
    } else {
      for (const topic of topics) this.accept(topic, ack.operation, pending?.operation ?? null);
    }
    this.pump(context);
    return true;
  }

  onAckTimeout(requestId: string, context: FeedContext): void {
    const pending = this.pendingById.get(requestId);
    if (pending === undefined) return;
    const silent: string[] = [];
    for (const topic of [...pending.topics]) {
      const entry = this.settle(topic, 'idle');
      if (entry === undefined || pending.operation === 'unsubscribe') continue;
      entry.unanswered += 1;
      if (entry.unanswered > 1) silent.push(topic);
    }
    this.pendingById.delete(requestId);
    if (silent.length > 0) this.owner.onUnanswered(silent);
    else this.pump(context);
  }

  retryRejected(topic: string, context: FeedContext): void {
    const entry = this.entryByTopic.get(topic);
    if (entry?.phase === 'rejected') entry.phase = 'idle';
    this.pump(context);
  }

  close(context: FeedContext): void {
    context.deadlines.clear('pump', this.venue.id, this.subject);
    for (const requestId of this.pendingById.keys()) {
      context.deadlines.clear('ack', this.venue.id, `${this.subject}/${requestId}`);
    }
    for (const topic of this.entryByTopic.keys()) {
      context.deadlines.clear('rejected', this.venue.id, `${this.subject}/${topic}`);
    }
  }

  save(): SubscriptionsSaved {
    return {
      entries: [...this.entryByTopic.values()].map((entry) => ({ ...entry })),
      pending: [...this.pendingById].map(([requestId, { operation, topics }]) => ({
        requestId,
        operation,
        topics: [...topics],
      })),
      ...this.pace.save(),
    };
  }

  restore(saved: SubscriptionsSaved): void {
    this.entryByTopic.clear();
    this.pendingById.clear();
    for (const entry of saved.entries) this.entryByTopic.set(entry.topic, { ...entry });
    for (const { requestId, operation, topics } of saved.pending) {
      this.pendingById.set(requestId, { operation, topics: new Set(topics) });
    }
    this.pace.restore(saved);
  }

  private get subject(): string {
    return `${this.connection}/${this.generation}`;
  }

  private nextFrame(): { operation: 'subscribe' | 'unsubscribe'; topics: string[] } | null {
    const off: string[] = [];
    const on: string[] = [];
    const limit = this.venue.limits.topicsPerFrame;
    for (const entry of this.entryByTopic.values()) {
      if (entry.restart || (!entry.desired && entry.phase === 'subscribed')) off.push(entry.topic);
      if (entry.desired && entry.phase === 'idle') {
        if (entry.alone && on.length === 0)
          return { operation: 'subscribe', topics: [entry.topic] };
        if (!entry.alone) on.push(entry.topic);
      }
      if (off.length === limit || on.length === limit) break;
    }
    if (off.length > 0) return { operation: 'unsubscribe', topics: off };
    return on.length > 0 ? { operation: 'subscribe', topics: on } : null;
  }

  private send(
    frames: readonly ControlFrame[],
    operation: 'subscribe' | 'unsubscribe',
    context: FeedContext,
  ): void {
    for (const frame of frames) {
      for (const topic of frame.topics) {
        const entry = this.entryByTopic.get(topic);
        if (entry === undefined) continue;
        this.forgetPending(topic);
        entry.restart = false;
        entry.phase = operation === 'subscribe' ? 'unconfirmed' : 'unsubscribing';
      }
      this.pendingById.set(frame.requestId, { operation, topics: new Set(frame.topics) });
      this.pace.noteOperation(context.nowMs);
      const timeoutMs = operation === 'subscribe' ? ackTimeoutMs : unsubscribeTimeoutMs;
      const { connection, generation } = this;
      context.deadlines.set(
        'ack',
        this.venue.id,
        `${this.subject}/${frame.requestId}`,
        context.nowMs + timeoutMs,
      );
      this.owner.onSent();
      context.emit({
        type: 'send',
        connection,
        generation,
        text: frame.text,
        purpose: 'subscription',
      });
    }
  }

  private accept(
    topic: string,
    operation: AckEvent['operation'],
    asked: 'subscribe' | 'unsubscribe' | null,
  ): void {
    const entry = this.entryByTopic.get(topic);
    if (entry === undefined) return;
    const done = operation === 'other' ? asked : operation;
    if (done === 'unsubscribe' && entry.phase === 'unsubscribing') this.settle(topic, 'idle');
    if (done === 'subscribe' && entry.phase === 'unconfirmed') {
      this.forgetPending(topic);
      this.confirm(entry);
    }
  }

  private confirm(entry: Entry): void {
    entry.phase = 'subscribed';
    entry.rejections = 0;
    entry.unanswered = 0;
    this.owner.onSubscribed(entry.topic);
  }

  private isOff(topics: readonly string[]): boolean {
    const phases = topics.map((topic) => this.entryByTopic.get(topic)?.phase);
    return phases.length > 0 && phases.every((phase) => phase === 'unsubscribing');
  }

  /** A topic that the venue does not know any more is off. The others of the request are taken off once more. */
  private refuseOff(topics: readonly string[], rejectedTopic: string | null): void {
    const isNamed = rejectedTopic !== null && topics.includes(rejectedTopic);
    for (const topic of topics) {
      const isCulprit = !isNamed || topic === rejectedTopic;
      const entry = this.settle(topic, isCulprit ? 'idle' : 'subscribed');
      if (!isCulprit && entry?.desired === true) entry.restart = true;
    }
  }

  /** A request without named topics fell as a whole: its innocent topics are sent again, alone if nobody was named. */
  private reject(ack: AckEvent, topics: readonly string[], context: FeedContext): void {
    const culprits = new Set<string>();
    if (ack.rejectedTopic !== null) culprits.add(ack.rejectedTopic);
    if (ack.topics !== null) for (const topic of ack.topics) culprits.add(topic);
    if (culprits.size === 0 && topics.length === 1) for (const topic of topics) culprits.add(topic);
    for (const topic of new Set([...topics, ...culprits])) {
      const entry = this.settle(topic, 'idle');
      if (entry === undefined) continue;
      if (culprits.has(topic)) this.failTopic(entry, ack, context);
      else if (culprits.size === 0) entry.alone = true;
    }
  }

  private failTopic(entry: Entry, ack: AckEvent, context: FeedContext): void {
    const delayMs = Math.min(rejectedCapMs, rejectedBaseMs * 2 ** Math.min(10, entry.rejections));
    entry.rejections += 1;
    entry.phase = 'rejected';
    context.deadlines.set(
      'rejected',
      this.venue.id,
      `${this.subject}/${entry.topic}`,
      context.nowMs + delayMs,
    );
    this.owner.onRejected(entry.topic, ack.code, ack.text);
  }

  /** Takes the topic out of its request and puts it into a phase; one that nobody wants any more is forgotten. */
  private settle(topic: string, phase: Phase): Entry | undefined {
    this.forgetPending(topic);
    const entry = this.entryByTopic.get(topic);
    if (entry === undefined) return undefined;
    entry.phase = phase;
    if (entry.desired || phase !== 'idle') return entry;
    this.entryByTopic.delete(topic);
    return undefined;
  }

  private forgetPending(topic: string): void {
    for (const [requestId, pending] of this.pendingById) {
      pending.topics.delete(topic);
      if (pending.topics.size === 0) this.pendingById.delete(requestId);
    }
  }
}
