import type { CircuitState } from '../../../shared/feedHealth.ts';
import type { CandleInterval, InstrumentId } from '../../../shared/market.ts';
import type { RestRequest, Venue } from '../venues/venue.ts';
import type { CircuitSaved } from './circuitBreaker.ts';
import { CircuitBreaker } from './circuitBreaker.ts';
import type { FeedContext } from './feedContext.ts';

/** Why a request was made: decides who reads its answer. Plain, so that a checkpoint can hold it. */
export type RestPurpose =
  | { readonly type: 'instruments' }
  | { readonly type: 'serverTime' }
  | { readonly type: 'bookSnapshot'; readonly instrument: InstrumentId; readonly epoch: number }
  | { readonly type: 'ticker'; readonly instrument: InstrumentId }
  | {
      readonly type: 'trades';
      readonly instrument: InstrumentId;
      readonly gapId: number;
      /** Counted up with each question about the gap. */
      readonly attempt: number;
    }
  | {
      readonly type: 'candles';
      readonly instrument: InstrumentId;
      readonly interval: CandleInterval;
    }
  | { readonly type: 'probe'; readonly stream: string };

/**
 * What became of one try. `refused`: the venue answered that it will not; `failed`: no answer, or one of trouble of its own;
 * `foreign`: it was not the venue that answered.
 */
export type RestOutcome = 'answered' | 'refused' | 'failed' | 'foreign';
export type RestCause = 'rate-limited' | 'banned' | 'circuit';

/** One call: up to three tries of one request. */
export interface RestTask {
  readonly purpose: RestPurpose;
  readonly request: RestRequest;
  /** Tries that have failed. */
  readonly failed: number;
  /** Of its first try, null before that. */
  readonly beganMs: number | null;
  /** Of its last try. */
  readonly sentMs: number | null;
}

interface Delayed {
  readonly task: RestTask;
  readonly dueMs: number;
}

export interface RestQueueSaved {
  readonly waiting: readonly RestTask[];
  readonly delayed: readonly Delayed[];
  readonly inFlight: readonly (readonly [id: number, task: RestTask])[];
  readonly frozenUntilMs: number;
  readonly frozenCause: 'rate-limited' | 'banned';
  readonly circuit: CircuitSaved;
  readonly seenMs: number | null;
}

const answerTimeoutMs = 30_000;
const retryDelaysMs: readonly number[] = [1_000, 2_000];
/** For so long after a socket has opened, a question that fails is asked again soon. */
const seenForMs = 30_000;
const maxInFlight = 12;
const maxSnapshots = 4;
const maxWaiting = 4_000;
const priority: Readonly<Record<RestPurpose['type'], number>> = {
  instruments: 0,
  probe: 1,
  bookSnapshot: 2,
  trades: 3,
  ticker: 4,
  candles: 5,
  serverTime: 6,
};
/** Asked again by themselves, or worth nothing late. */
const triedOnce: ReadonlySet<RestPurpose['type']> = new Set(['probe', 'serverTime']);

/**
 * One venue's requests: bounded, ordered by urgency, at most four book snapshots at a time. Each is tried three times; what
 * fails all the same counts for the circuit breaker around it. Nothing is dropped while the venue rests: it waits.
 */
export class RestQueue {
  private readonly venue: Venue;
  private readonly breaker = new CircuitBreaker();
  private waiting: RestTask[] = [];
  private delayed: Delayed[] = [];
  private readonly inFlight = new Map<number, RestTask>();
  private frozenUntilMs = 0;
  private frozenCause: 'rate-limited' | 'banned' = 'rate-limited';
  /** When the venue last showed itself elsewhere. */
  private seenMs: number | null = null;

  constructor(venue: Venue) {
    this.venue = venue;
  }

  /** False when the queue is full: the caller treats it like a failed request. */
  add(purpose: RestPurpose, request: RestRequest, context: FeedContext): boolean {
    this.forgetFormer(purpose);
    if (this.waiting.length + this.delayed.length >= maxWaiting) return false;
    this.insert({ purpose, request, failed: 0, beganMs: null, sentMs: null });
    this.dispatch(context);
    return true;
  }

  /** The task that an answer belongs to; null when it came too late or was never asked. */
  take(requestId: number, context: FeedContext): RestTask | null {
    const task = this.inFlight.get(requestId);
    if (task === undefined) return null;
    this.inFlight.delete(requestId);
    context.deadlines.clear('rest', this.venue.id, String(requestId));
    return task;
  }

  /** What became of a task that was taken. False: it is tried again, and nobody is told yet. */
  conclude(task: RestTask, outcome: RestOutcome, context: FeedContext): boolean {
    if (outcome === 'answered' || outcome === 'refused') {
      this.breaker.succeed();
      return true;
    }
    // Given up before it went out: that says nothing of the venue.
    if (task.beganMs === null) return true;
    const { nowMs } = context;
    const delayMs = retryDelaysMs[task.failed];
    const isOfUse = outcome === 'failed' && !triedOnce.has(task.purpose.type);
    if (isOfUse && delayMs !== undefined && this.breaker.stateAt(nowMs) === 'closed') {
      if (this.hasNewer(task.purpose)) return true;
      this.delayed.push({
        task: { ...task, failed: task.failed + 1 },
        dueMs: nowMs + delayMs,
      });
      return false;
    }
    const isSeen = this.seenMs !== null && nowMs - this.seenMs < seenForMs;
    if (outcome === 'foreign') this.breaker.open(nowMs, false);
    else this.breaker.fail(task.beganMs, task.sentMs ?? task.beganMs, nowMs, isSeen);
    if (this.breaker.stateAt(nowMs) === 'open') this.giveUpProbes(context);
    return true;
  }

  /** The venue said how long to leave it alone. */
  freeze(untilMs: number, cause: 'rate-limited' | 'banned', context: FeedContext): void {
    if (untilMs <= this.frozenUntilMs) return;
    this.frozenUntilMs = untilMs;
    this.frozenCause = cause;
    this.giveUpProbes(context);
    this.resumeLater(context);
  }

  /** The venue answers elsewhere, or a person asks: an open circuit need not wait for its minute. */
  tryNow(context: FeedContext): void {
    this.seenMs = context.nowMs;
    this.breaker.doubt();
    this.delayed = this.delayed.map(({ task }) => ({ task, dueMs: context.nowMs }));
    this.dispatch(context);
  }

  circuit(nowMs: number): CircuitState {
    return this.breaker.stateAt(nowMs);
  }

  /** Until when nothing is asked, and why; null when the venue may be asked. */
  restsUntil(nowMs: number): { readonly untilMs: number; readonly cause: RestCause } | null {
    if (nowMs < this.frozenUntilMs) {
      return { untilMs: this.frozenUntilMs, cause: this.frozenCause };
    }
    const untilMs = this.breaker.opensMs(nowMs);
    return untilMs === null ? null : { untilMs, cause: 'circuit' };
  }

  /** The venue has banned us, or asked for a pause. */
  isToldToWait(nowMs: number): boolean {
    return nowMs < this.frozenUntilMs;
  }

  /** Whether a question would have to wait. */
  isFrozen(nowMs: number): boolean {
    return nowMs < this.frozenUntilMs || this.breaker.stateAt(nowMs) !== 'closed';
  }

  dispatch(context: FeedContext): void {
    this.wakeDelayed(context.nowMs);
    if (context.nowMs >= this.frozenUntilMs) this.sendWaiting(context);
    this.resumeLater(context);
  }

  /** What waits, is delayed and is on its way. */
  get length(): number {
    return this.waiting.length + this.delayed.length + this.inFlight.size;
  }

  save(): RestQueueSaved {
    return {
      waiting: [...this.waiting],
      delayed: [...this.delayed],
      inFlight: [...this.inFlight],
      frozenUntilMs: this.frozenUntilMs,
      frozenCause: this.frozenCause,
      circuit: this.breaker.save(),
      seenMs: this.seenMs,
    };
  }

  restore(saved: RestQueueSaved): void {
    this.waiting = [...saved.waiting];
    this.delayed = [...saved.delayed];
    this.inFlight.clear();
    for (const [id, task] of saved.inFlight) this.inFlight.set(id, task);
    this.frozenUntilMs = saved.frozenUntilMs;
    this.frozenCause = saved.frozenCause;
    this.breaker.restore(saved.circuit);
    this.seenMs = saved.seenMs;
  }

  private sendWaiting(context: FeedContext): void {
    let snapshots = 0;
    for (const task of this.inFlight.values()) {
      if (task.purpose.type === 'bookSnapshot') snapshots += 1;
    }
    for (let index = 0; index < this.waiting.length && this.inFlight.size < maxInFlight;) {
      const task = this.waiting[index];
      if (task === undefined) return;
      const isSnapshot = task.purpose.type === 'bookSnapshot';
      if (isSnapshot && snapshots >= maxSnapshots) {
        index += 1;
        continue;
      }
      if (!this.breaker.admit(context.nowMs)) return;
      if (isSnapshot) snapshots += 1;
      this.waiting.splice(index, 1);
      this.send(task, context);
    }
  }

  private send(task: RestTask, context: FeedContext): void {
    const requestId = context.nextRestId();
    const { nowMs } = context;
    this.inFlight.set(requestId, { ...task, beganMs: task.beganMs ?? nowMs, sentMs: nowMs });
    const due = nowMs + answerTimeoutMs;
    context.deadlines.set('rest', this.venue.id, String(requestId), due);
    context.emit({ type: 'fetch', venue: this.venue.id, requestId, request: task.request });
  }

  private insert(task: RestTask): void {
    let index = this.waiting.length;
    while (index > 0 && isLess(task.purpose, this.waiting[index - 1])) index -= 1;
    this.waiting.splice(index, 0, task);
  }

  private wakeDelayed(nowMs: number): void {
    if (this.delayed.length === 0) return;
    const due = this.delayed.filter(({ dueMs }) => dueMs <= nowMs);
    if (due.length === 0) return;
    this.delayed = this.delayed.filter(({ dueMs }) => dueMs > nowMs);
    for (const { task } of due) this.insert(task);
  }

  private resumeLater(context: FeedContext): void {
    const { nowMs } = context;
    const rest = this.restsUntil(nowMs);
    const times = this.delayed.map(({ dueMs }) => dueMs);
    if (rest !== null && this.waiting.length > 0) times.push(rest.untilMs);
    const next = Math.min(...times);
    if (next === Number.POSITIVE_INFINITY) {
      context.deadlines.clear('restResume', this.venue.id, '');
      return;
    }
    context.deadlines.set('restResume', this.venue.id, '', Math.max(next, rest?.untilMs ?? next));
  }

  /** A question whose answer is of use only now gets its answer now: none. */
  private giveUpProbes(context: FeedContext): void {
    const probes = this.waiting.filter(({ purpose }) => purpose.type === 'probe');
    if (probes.length === 0) return;
    this.waiting = this.waiting.filter(({ purpose }) => purpose.type !== 'probe');
    for (const task of probes) {
      const requestId = context.nextRestId();
      this.inFlight.set(requestId, task);
      context.deadlines.set('rest', this.venue.id, String(requestId), context.nowMs);
    }
  }

  /** A later attempt at the same thing takes the place of an earlier one that has not gone out. */
  private forgetFormer(purpose: RestPurpose): void {
    const key = keyOf(purpose);
    if (key === null) return;
    this.waiting = this.waiting.filter((task) => keyOf(task.purpose) !== key);
    this.delayed = this.delayed.filter(({ task }) => keyOf(task.purpose) !== key);
  }

  private hasNewer(purpose: RestPurpose): boolean {
    const key = keyOf(purpose);
    if (key === null) return false;
    const others = [...this.waiting, ...this.inFlight.values()];
    return others.some((task) => keyOf(task.purpose) === key);
  }
}

function isLess(purpose: RestPurpose, other: RestTask | undefined): boolean {
  return other !== undefined && priority[purpose.type] < priority[other.purpose.type];
}

/** What two requests have in common of which only the newer is of use; null where each has its own meaning. */
function keyOf(purpose: RestPurpose): string | null {
  switch (purpose.type) {
    case 'instruments':
    case 'serverTime':
      return purpose.type;
    case 'bookSnapshot':
    case 'ticker':
      return `${purpose.type} ${purpose.instrument}`;
    case 'candles':
      return `${purpose.type} ${purpose.instrument} ${purpose.interval}`;
    case 'trades':
    case 'probe':
      return null;
    default:
      return purpose satisfies never;
  }
}
