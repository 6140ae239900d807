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

  /** Takes the first place for a request of this weight; returns its time. */
  reserveRequest(weight: number, nowMs: number): number {
    const at = Math.max(nowMs, this.#frozenUntilMs, this.#weight.freeAt(nowMs, weight));
    this.#weight.use(at, weight);
    return at;
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
        used: this.#weight.used(nowMs),
        limit: restWeight.count,
        windowMs: restWeight.windowMs,
      },
    ];
  }
}
