import type { CircuitState } from '../../../shared/feedHealth.ts';

const threshold = 5;
const openMs = 60_000;

export interface CircuitSaved {
  readonly state: CircuitState;
  readonly failures: number;
  readonly lastFailureMs: number;
  readonly openUntilMs: number;
  readonly probing: boolean;
}

/**
 * Keeps calls from a venue that does not answer them: open after five failures in a row, half-open a minute later, and then
 * one call decides. Calls that ran side by side fail for one reason: they count once.
 */
export class CircuitBreaker {
  private state: CircuitState = 'closed';
  private failures = 0;
  private lastFailureMs = Number.NEGATIVE_INFINITY;
  private openUntilMs = Number.NEGATIVE_INFINITY;
  private probing = false;

  stateAt(nowMs: number): CircuitState {
    return this.state === 'open' && nowMs >= this.openUntilMs ? 'half-open' : this.state;
  }

  /** When calls may be tried again, null while nothing keeps them back. */
  opensMs(nowMs: number): number | null {
    return this.stateAt(nowMs) === 'open' ? this.openUntilMs : null;
  }

  /** Whether a call may go out now. Asked once for each call: in half-open the first is the probe, and the only one. */
  admit(nowMs: number): boolean {
    this.state = this.stateAt(nowMs);
    if (this.state === 'closed') return true;
    if (this.state === 'open' || this.probing) return false;
    this.probing = true;
    return true;
  }

  succeed(): void {
    this.state = 'closed';
    this.failures = 0;
    this.probing = false;
  }

  fail(beganMs: number, nowMs: number): void {
    if (this.state === 'half-open') {
      if (this.probing) this.open(nowMs);
      return;
    }
    if (this.state === 'open' || beganMs < this.lastFailureMs) return;
    this.failures += 1;
    this.lastFailureMs = nowMs;
    if (this.failures >= threshold) this.open(nowMs);
  }

  /** No use to count: whoever answers is not the venue. */
  open(nowMs: number): void {
    this.state = 'open';
    this.openUntilMs = nowMs + openMs;
    this.probing = false;
  }

  /** The venue has shown itself elsewhere, or a person wants to know: the next call decides, without waiting. */
  doubt(): void {
    if (this.state === 'open') this.state = 'half-open';
  }

  save(): CircuitSaved {
    const { state, failures, lastFailureMs, openUntilMs, probing } = this;
    return { state, failures, lastFailureMs, openUntilMs, probing };
  }

  restore(saved: CircuitSaved): void {
    Object.assign(this, saved);
  }
}
