/** At most `limit` units in any window of `windowMs`: strict, never a bucket that refills. */
export class RollingWindow {
  private readonly limit: number;
  private readonly windowMs: number;
  private readonly times: number[] = [];
  private readonly amounts: number[] = [];
  private first = 0;
  private sum = 0;

  constructor(limit: number, windowMs: number) {
    this.limit = limit;
    this.windowMs = windowMs;
  }

  /** Counts the units even when they exceed the limit, as venues do. */
  take(now: number, amount = 1): boolean {
    this.forget(now);
    this.times.push(now);
    this.amounts.push(amount);
    this.sum += amount;
    return this.sum <= this.limit;
  }

  used(now: number): number {
    this.forget(now);
    return this.sum;
  }

  /** When the oldest unit leaves the window. */
  freeAt(now: number): number {
    this.forget(now);
    return (this.times[this.first] ?? now - this.windowMs) + this.windowMs;
  }

  private forget(now: number): void {
    while (this.first < this.times.length) {
      const time = this.times[this.first];
      if (time === undefined || time > now - this.windowMs) break;
      this.sum -= this.amounts[this.first] ?? 0;
      this.first += 1;
    }
    if (this.first > 256 && this.first * 2 > this.times.length) {
      this.times.splice(0, this.first);
      this.amounts.splice(0, this.first);
      this.first = 0;
    }
  }
}
