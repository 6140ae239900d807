import type { CandleInterval, InstrumentId } from '../../../shared/market.ts';
import type { RestRequest, Venue } from '../venues/venue.ts';
import type { FeedContext } from './feedContext.ts';

/** Why a request was made: decides who reads its answer. Plain, so that a checkpoint can hold it. */
export type RestPurpose =
  | { readonly type: 'instruments' }
  | { readonly type: 'serverTime' }
  | { readonly type: 'bookSnapshot'; readonly instrument: InstrumentId; readonly epoch: number }
  | { readonly type: 'ticker'; readonly instrument: InstrumentId }
  | { readonly type: 'trades'; readonly instrument: InstrumentId }
  | {
      readonly type: 'candles';
      readonly instrument: InstrumentId;
      readonly interval: CandleInterval;
    }
  | { readonly type: 'probe'; readonly stream: string };

export interface RestTask {
  readonly purpose: RestPurpose;
  readonly request: RestRequest;
}

interface InFlight extends RestTask {
  readonly sentMs: number;
}

export interface RestQueueSaved {
  readonly waiting: readonly RestTask[];
  readonly inFlight: readonly (readonly [id: number, task: InFlight])[];
  readonly frozenUntilMs: number;
}

const answerTimeoutMs = 30_000;
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

/** One venue's requests: bounded, ordered by urgency, at most four book snapshots at a time, at rest while frozen. */
export class RestQueue {
  private readonly venue: Venue;
  private waiting: RestTask[] = [];
  private readonly inFlight = new Map<number, InFlight>();
  private frozenUntilMs = Number.NEGATIVE_INFINITY;

  constructor(venue: Venue) {
    this.venue = venue;
  }

  /** False when the queue is full: the caller treats it like a failed request. */
  add(purpose: RestPurpose, request: RestRequest, context: FeedContext): boolean {
    if (this.waiting.length >= maxWaiting) return false;
    let index = this.waiting.length;
    while (index > 0 && isLess(purpose, this.waiting[index - 1])) index -= 1;
    this.waiting.splice(index, 0, { purpose, request });
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

  freeze(untilMs: number, context: FeedContext): void {
    if (untilMs <= this.frozenUntilMs) return;
    this.frozenUntilMs = untilMs;
    context.deadlines.set('restResume', this.venue.id, '', untilMs);
  }

  isFrozen(nowMs: number): boolean {
    return nowMs < this.frozenUntilMs;
  }

  dispatch(context: FeedContext): void {
    if (this.isFrozen(context.nowMs)) return;
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
      if (isSnapshot) snapshots += 1;
      this.waiting.splice(index, 1);
      this.send(task, context);
    }
  }

  save(): RestQueueSaved {
    return {
      waiting: [...this.waiting],
      inFlight: [...this.inFlight],
      frozenUntilMs: this.frozenUntilMs,
    };
  }

  restore(saved: RestQueueSaved): void {
    this.waiting = [...saved.waiting];
    this.inFlight.clear();
    for (const [id, task] of saved.inFlight) this.inFlight.set(id, task);
    this.frozenUntilMs = saved.frozenUntilMs;
  }

  private send(task: RestTask, context: FeedContext): void {
    const requestId = context.nextRestId();
    this.inFlight.set(requestId, { ...task, sentMs: context.nowMs });
    const due = context.nowMs + answerTimeoutMs;
    context.deadlines.set('rest', this.venue.id, String(requestId), due);
    context.emit({ type: 'fetch', venue: this.venue.id, requestId, request: task.request });
  }
}

function isLess(purpose: RestPurpose, other: RestTask | undefined): boolean {
  return other !== undefined && priority[purpose.type] < priority[other.purpose.type];
}
