import type { BudgetHealth } from '../../../shared/feedHealth.ts';
import { RollingWindow } from '../feed/rollingWindow.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { VenueLimits } from '../venues/venue.ts';

const maxQueued = 1_000;

/**
 * Frames of one socket, sent no faster than its venue allows. Pongs count too, so one place of the window is kept for one;
 * where pings come faster only the newest is answered, as RFC 6455 (5.5.3) allows. Heartbeats go before subscriptions.
 */
export class FrameQueue {
  readonly #clock: ClockPort;
  readonly #send: (text: string) => void;
  readonly #frames: RollingWindow | null;
  readonly #pongs: RollingWindow | null;
  readonly #operations: RollingWindow | null;
  readonly #limits: VenueLimits;
  #heartbeats: string[] = [];
  #subscriptions: string[] = [];
  #cancelTimer: (() => void) | null = null;
  /** Sends the pong of the newest ping that has none. */
  #answerPing: (() => void) | null = null;
  #cancelPong: (() => void) | null = null;

  constructor(limits: VenueLimits, clock: ClockPort, send: (text: string) => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#send = send;
    const frames = limits.framesPerConnection;
    this.#frames =
      frames === null
        ? null
        : new RollingWindow({ ...frames, count: Math.max(1, frames.count - 1) });
    this.#pongs = frames === null ? null : new RollingWindow({ ...frames, count: 1 });
    const operations = limits.subscriptionOpsPerConnection;
    this.#operations = operations === null ? null : new RollingWindow(operations);
  }

  /** False when the queue is full: the socket is of no use any more. */
  add(text: string, purpose: 'heartbeat' | 'subscription'): boolean {
    const queue = purpose === 'heartbeat' ? this.#heartbeats : this.#subscriptions;
    if (queue.length >= maxQueued) return false;
    queue.push(text);
    // What is waited for may be an hour of subscriptions, which does not concern a heartbeat.
    if (purpose === 'heartbeat') this.#stopWaiting();
    this.#drain();
    return true;
  }

  /** At once, or when the pong before it leaves the window. */
  answerPing(answer: () => void): void {
    this.#answerPing = answer;
    if (this.#cancelPong === null) this.#sendPong();
  }

  get length(): number {
    return this.#heartbeats.length + this.#subscriptions.length;
  }

  /** What this socket has used of what the venue allows a socket. */
  health(): readonly BudgetHealth[] {
    const now = this.#clock.monotonicMs();
    const { framesPerConnection, subscriptionOpsPerConnection } = this.#limits;
    const budgets: BudgetHealth[] = [];
    if (framesPerConnection !== null && this.#frames !== null) {
      const { count, windowMs } = framesPerConnection;
      budgets.push({
        name: 'frames',
        used: this.#frames.used(now) + (this.#pongs?.used(now) ?? 0),
        limit: count,
        windowMs,
      });
    }
    if (subscriptionOpsPerConnection !== null && this.#operations !== null) {
      const { count, windowMs } = subscriptionOpsPerConnection;
      const used = this.#operations.used(now);
      budgets.push({ name: 'subscriptions', used, limit: count, windowMs });
    }
    return budgets;
  }

  close(): void {
    this.#stopWaiting();
    this.#cancelPong?.();
    this.#cancelPong = null;
    this.#answerPing = null;
    this.#heartbeats = [];
    this.#subscriptions = [];
  }

  #stopWaiting(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #sendPong(): void {
    const now = this.#clock.monotonicMs();
    const at = this.#pongs?.freeAt(now) ?? now;
    if (at > now) {
      this.#cancelPong = this.#clock.setTimer(at - now, () => {
        this.#cancelPong = null;
        this.#sendPong();
      });
      return;
    }
    const answer = this.#answerPing;
    this.#answerPing = null;
    if (answer === null) return;
    this.#pongs?.use(now);
    answer();
  }

  #drain(): void {
    if (this.#cancelTimer !== null) return;
    for (;;) {
      const isHeartbeat = this.#heartbeats.length > 0;
      const queue = isHeartbeat ? this.#heartbeats : this.#subscriptions;
      const text = queue[0];
      if (text === undefined) return;
      const now = this.#clock.monotonicMs();
      const at = Math.max(
        this.#frames?.freeAt(now) ?? now,
        isHeartbeat ? now : (this.#operations?.freeAt(now) ?? now),
      );
      if (at > now) {
        this.#cancelTimer = this.#clock.setTimer(at - now, () => {
          this.#cancelTimer = null;
          this.#drain();
        });
        return;
      }
      queue.shift();
      this.#frames?.use(now);
      if (!isHeartbeat) this.#operations?.use(now);
      this.#send(text);
    }
  }
}
