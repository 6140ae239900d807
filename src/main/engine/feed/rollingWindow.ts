import type { RollingLimit } from '../venues/venue.ts';

export interface RollingWindowSaved {
  readonly uses: readonly (readonly [time: number, weight: number])[];
}

/**
 * At most `count` uses in any span of `windowMs`, without the burst that a token bucket would allow on top. A use may
 * weigh more than one.
 */
export class RollingWindow {
  readonly limit: RollingLimit;
  private times: number[] = [];
  private weights: number[] = [];
  private sum = 0;

  constructor(limit: RollingLimit) {
    this.limit = limit;
  }

  /** Earliest time at or after `now` at which `weight` fits. A weight beyond the limit fits an empty window. */
  freeAt(now: number, weight = 1): number {
    this.expire(now);
    const room = Math.max(0, this.limit.count - weight);
    let sum = this.sum;
    let at = now;
    for (let index = 0; index < this.times.length && sum > room; index += 1) {
      sum -= this.weights[index] ?? 0;
      at = Math.max(at, (this.times[index] ?? 0) + this.limit.windowMs);
    }
    return at;
  }

  /** Notes a use at `time`, which may lie ahead (a reserved place), whether there was room or not. */
  use(time: number, weight = 1): void {
    let index = this.times.length;
    while (index > 0 && (this.times[index - 1] ?? 0) > time) index -= 1;
    this.times.splice(index, 0, time);
    this.weights.splice(index, 0, weight);
    this.sum += weight;
  }

  used(now: number): number {
    this.expire(now);
    return this.sum;
  }

  save(): RollingWindowSaved {
    return { uses: this.times.map((time, index) => [time, this.weights[index] ?? 0]) };
  }

  restore(saved: RollingWindowSaved): void {
    this.times = saved.uses.map(([time]) => time);
    this.weights = saved.uses.map(([, weight]) => weight);
    this.sum = this.weights.reduce((sum, weight) => sum + weight, 0);
  }

  private expire(now: number): void {
    let expired = 0;
    while (expired < this.times.length && (this.times[expired] ?? 0) + this.limit.windowMs <= now) {
      this.sum -= this.weights[expired] ?? 0;
      expired += 1;
    }
    if (expired === 0) return;
    this.times.splice(0, expired);
    this.weights.splice(0, expired);
  }
}
