import type { HeldValue } from './heldValues.ts';
import type { TapeRow, TradeTape } from './marketStore.ts';

export const tapeCapacity = 2000;

/** The newest rows in a ring: appending moves nothing. */
export class TapeRing implements TradeTape, HeldValue<TapeRow> {
  readonly #rows: (TapeRow | undefined)[] = [];
  #appended = 0;
  #epoch = 0;

  get length(): number {
    return Math.min(this.#appended, tapeCapacity);
  }

  get appended(): number {
    return this.#appended;
  }

  get epoch(): number {
    return this.#epoch;
  }

  at(index: number): TapeRow | undefined {
    if (index < 0 || index >= this.length) return undefined;
    return this.#rows[(this.#appended - this.length + index) % tapeCapacity];
  }

  apply(row: TapeRow): void {
    this.#rows[this.#appended % tapeCapacity] = row;
    this.#appended++;
  }

  reset(): void {
    this.#rows.length = 0;
    this.#appended = 0;
    this.#epoch++;
  }
}
