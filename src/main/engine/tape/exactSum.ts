import { formatBigUnits } from '../decimal.ts';

export interface SavedSum {
  readonly units: string;
  readonly decimals: number;
}

/**
 * An exact sum of unsigned units at a growing number of decimals. Small addends gather in a safe integer and spill into a
 * bigint only when that is full: most trades then cost no bigint at all.
 */
export class ExactSum {
  #spilled = 0n;
  #pending = 0;
  #decimals = 0;

  get decimals(): number {
    return this.#decimals;
  }

  get units(): bigint {
    return this.#spilled + BigInt(this.#pending);
  }

  add(units: number, decimals: number): void {
    if (decimals !== this.#decimals) {
      this.addBig(BigInt(units), decimals);
      return;
    }
    const sum = this.#pending + units;
    if (sum <= Number.MAX_SAFE_INTEGER) this.#pending = sum;
    else {
      this.#spilled += BigInt(this.#pending) + BigInt(units);
      this.#pending = 0;
    }
  }

  /** `first * second`, with the decimals of both. */
  addProduct(first: number, second: number, decimals: number): void {
    const product = first * second;
    if (product <= Number.MAX_SAFE_INTEGER) this.add(product, decimals);
    else this.addBig(BigInt(first) * BigInt(second), decimals);
  }

  addBig(units: bigint, decimals: number): void {
    const growth = decimals - this.#decimals;
    if (growth > 0) {
      this.#spilled = this.units * 10n ** BigInt(growth);
      this.#pending = 0;
      this.#decimals = decimals;
    }
    this.#spilled += growth < 0 ? units * 10n ** BigInt(-growth) : units;
  }

  clear(): void {
    this.#spilled = 0n;
    this.#pending = 0;
    this.#decimals = 0;
  }

  toString(): string {
    return formatBigUnits(this.units, this.#decimals);
  }

  save(): SavedSum {
    return { units: String(this.units), decimals: this.#decimals };
  }

  restore(saved: SavedSum): void {
    this.#spilled = BigInt(saved.units);
    this.#pending = 0;
    this.#decimals = saved.decimals;
  }
}
