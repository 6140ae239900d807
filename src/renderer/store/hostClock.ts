import type { EpochMs } from '../../shared/market.ts';

const bucketMs = 5000;

/**
 * The host's clock on the page's monotonic one. A batch takes some time to arrive, so the largest difference of the last
 * seconds is the best; a replay's clock may run at any speed, so there the last one is.
 */
export class HostClock {
  #presentBest: number | null = null;
  #formerBest: number | null = null;
  #bucketStart = 0;

  reset(): void {
    this.#presentBest = null;
    this.#formerBest = null;
  }

  observe(hostTime: EpochMs, receivedMs: number, isReplay: boolean): void {
    const difference = hostTime - receivedMs;
    if (isReplay) {
      this.#formerBest = null;
      this.#presentBest = difference;
      return;
    }
    if (receivedMs - this.#bucketStart >= bucketMs) {
      this.#formerBest = this.#presentBest;
      this.#presentBest = null;
      this.#bucketStart = receivedMs;
    }
    this.#presentBest = Math.max(this.#presentBest ?? difference, difference);
  }

  now(monotonicMs: number): EpochMs {
    const best = Math.max(this.#presentBest ?? -Infinity, this.#formerBest ?? -Infinity);
    return best === -Infinity ? Date.now() : monotonicMs + best;
  }
}
