/** Least time between two flashes of one value: at most twice a second. */
export const flashIntervalMs = 500;
export const flashLengthMs = 250;

const visibleShare = 0.05;

/** Lets at most 5 % of the visible cells flash at once, and at least one: above that a flash says nothing. */
export class FlashBudget {
  #cells = 0;
  #ends: number[] = [];

  addCell(): () => void {
    this.#cells += 1;
    return () => {
      this.#cells -= 1;
    };
  }

  take(now: number): boolean {
    this.#ends = this.#ends.filter((end) => end > now);
    if (this.#ends.length >= Math.max(1, Math.floor(this.#cells * visibleShare))) return false;
    this.#ends.push(now + flashLengthMs);
    return true;
  }
}
