import { RollingWindow } from '../feed/rollingWindow.ts';
import type { BudgetHealth } from '../../../shared/feedHealth.ts';
import type { VenueLimits } from '../venues/venue.ts';
import { ConnectPlaces } from './connectPlaces.ts';

export type FreezeCause = 'rate-limited' | 'banned';

/** One venue's budget, shared by every connect and request to it: strict rolling windows and punishments. */
export class VenueBudget {
  readonly limits: VenueLimits;
  readonly #connects: ConnectPlaces;
  readonly #weight: RollingWindow;
  /** Weight of requests without an answer. */
  #onTheirWay = 0;
  #frozenUntilMs = Number.NEGATIVE_INFINITY;
  #cause: FreezeCause = 'rate-limited';

  constructor(limits: VenueLimits) {
    this.limits = limits;
    this.#connects = new ConnectPlaces(limits.connects);
    this.#weight = new RollingWindow(limits.restWeight);
  }

  /** Plans a connect for the first free time at or after `earliestMs`; returns it. */
  planConnect(connection: string, earliestMs: number, nowMs: number): number {
    return this.#connects.plan(connection, Math.max(earliestMs, this.#frozenUntilMs), nowMs);
  }

  /** A connect that is due: now, or as soon as the venue bears it. */
  takeConnect(connection: string, nowMs: number): number {
    return this.#connects.take(connection, Math.max(nowMs, this.#frozenUntilMs), nowMs);
  }

  /** Now, and then the request counts; or when to ask again. */
  takeRequest(weight: number, nowMs: number): number {
    const at = Math.max(nowMs, this.#frozenUntilMs, this.#freeAt(weight, nowMs));
    if (at <= nowMs) this.#onTheirWay += weight;
    return at;
  }

  /**
   * It was answered, or nobody waits for it any more. The venue counted it somewhere between its sending and now: counted from
   * its sending it would leave our window before it leaves the venue's.
   */
  endRequest(weight: number, nowMs: number): void {
    this.#onTheirWay -= weight;
    this.#weight.use(nowMs, weight);
  }

  /** What the venue says that this address has used: others behind it, or we ourselves before a restart, count too. */
  noteUsed(weight: number, nowMs: number): void {
    const unknown = Math.min(weight, this.limits.restWeight.count) - this.#used(nowMs);
    if (unknown > 0) this.#weight.use(nowMs, unknown);
  }

  /** Nothing is sent to the venue until then; a longer freeze stays. */
  freeze(untilMs: number, cause: FreezeCause): void {
    if (untilMs <= this.#frozenUntilMs) return;
    this.#frozenUntilMs = untilMs;
    this.#cause = cause;
  }

  frozen(nowMs: number): { readonly untilMs: number; readonly cause: FreezeCause } | null {
    if (nowMs >= this.#frozenUntilMs) return null;
    return { untilMs: this.#frozenUntilMs, cause: this.#cause };
  }

  health(nowMs: number): readonly BudgetHealth[] {
    const { connects, restWeight } = this.limits;
    return [
      {
        name: 'connects',
        used: this.#connects.used(nowMs),
        limit: connects.count,
        windowMs: connects.windowMs,
      },
      {
        name: 'requests',
        used: this.#used(nowMs),
        limit: restWeight.count,
        windowMs: restWeight.windowMs,
      },
    ];
  }

  #freeAt(weight: number, nowMs: number): number {
    const { count, windowMs } = this.limits.restWeight;
    const wanted = weight + this.#onTheirWay;
    // Not before what is on its way has been counted for a whole window.
    if (this.#onTheirWay > 0 && wanted > count) return nowMs + windowMs;
    return this.#weight.freeAt(nowMs, wanted);
  }

  #used(nowMs: number): number {
    return this.#weight.used(nowMs) + this.#onTheirWay;
  }
}
