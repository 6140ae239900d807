import { scaleOutLimits } from './scaleOutLimits.ts';

export interface PeersNow {
  /** All that markets are shared among. */
  readonly peers: readonly string[];
  /** Redis was away or lost what it held: some of them may not be back yet. */
  readonly isSettling: boolean;
}

/**
 * Who publishes beside this process. When Redis was away, all come back to it within some seconds of each other; until then
 * those of before count as there, so that nobody takes what another one goes on with.
 */
export class KnownPeers {
  #known: readonly string[] = [];
  #run = '';
  #isInterrupted = false;
  #settledMs = -Infinity;

  /** Redis did not answer. */
  interrupt(): void {
    this.#isInterrupted = true;
  }

  note(present: readonly string[], run: string, nowMs: number): PeersNow {
    const wasThere = this.#run !== '';
    if (wasThere && (this.#isInterrupted || run !== this.#run)) {
      this.#settledMs = nowMs + scaleOutLimits.settleMs;
    }
    this.#isInterrupted = false;
    this.#run = run;
    const isSettling = nowMs < this.#settledMs;
    this.#known = isSettling ? [...new Set([...present, ...this.#known])] : present;
    return { peers: this.#known, isSettling };
  }
}
