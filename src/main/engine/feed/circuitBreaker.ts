import type { CircuitState } from '../../../shared/feedHealth.ts';

const threshold = 5;
const openMs = 60_000;
/** Right after the venue has shown itself elsewhere: its books wait, and the outage is at its end. */
const openOfSeenMs = 5_000;

export interface CircuitSaved {
  readonly state: CircuitState;
  readonly failures: number;
  readonly lastFailureMs: number | null;
  readonly openUntilMs: number;
  readonly probeMs: number | null;
}

/**
 * Keeps calls from a venue that does not answer them: open after five failures in a row, half-open a minute later, and then
 * one call decides. Calls that ran side by side fail for one reason: they count once.
 */
export class CircuitBreaker {
  private state: CircuitState = 'closed';
  private failures = 0;
  private lastFailureMs: number | null = null;
  private openUntilMs = 0;
  /** When the call that decides went out, null while none has. */
  private probeMs: number | null = null;

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
    if (this.state === 'open' || this.probeMs !== null) return false;
    this.probeMs = nowMs;
    return true;
  }

  succeed(): void {
    this.state = 'closed';
    this.failures = 0;
    this.probeMs = null;
  }

  /** `beganMs`: of the call; `sentMs`: of its last try; `isSeen`: the venue has just shown itself elsewhere. */
  fail(beganMs: number, sentMs: number, nowMs: number, isSeen: boolean): void {
    if (this.state === 'half-open') {
      // What was sent before the question says nothing of now.
      if (this.probeMs !== null && sentMs >= this.probeMs) this.open(nowMs, isSeen);
      return;
    }
    if (this.state === 'open' || beganMs < (this.lastFailureMs ?? beganMs)) return;
    this.failures += 1;
    this.lastFailureMs = nowMs;
    if (this.failures >= threshold) this.open(nowMs, isSeen);
  }

  /** No use to count: whoever answers is not the venue. */
  open(nowMs: number, isSeen: boolean): void {
    this.state = 'open';
    this.openUntilMs = nowMs + (isSeen ? openOfSeenMs : openMs);
    this.probeMs = null;
  }

  /** The venue has shown itself elsewhere, or a person wants to know: the next call decides, without waiting. */
  doubt(): void {
    if (this.state === 'closed') return;
    this.state = 'half-open';
    this.probeMs = null;
  }

  save(): CircuitSaved {
    const { state, failures, lastFailureMs, openUntilMs, probeMs } = this;
    return { state, failures, lastFailureMs, openUntilMs, probeMs };
  }

  restore(saved: CircuitSaved): void {
    Object.assign(this, saved);
  }
}
