import type { TradeTape } from '../../store/marketStore.ts';
import type { TapeSource } from './tapeRows.ts';
import { holdRows } from './tapeRows.ts';

interface Held {
  readonly rows: TapeSource;
  /** Rows that had been appended when they were held; later ones are new. */
  readonly seen: number;
}

/** Rows keep still while they are read: under the pointer, and while scrolled back. */
export class TapeHold {
  readonly #tape: () => TradeTape;
  #held: Held | null = null;
  #hovered = false;
  #scroll = 0;

  constructor(tape: () => TradeTape) {
    this.#tape = tape;
  }

  get paused(): boolean {
    return this.#held !== null;
  }

  /** Pixels that the newest row is scrolled out of view. */
  get scroll(): number {
    return this.#scroll;
  }

  get rows(): TapeSource | null {
    return this.#held?.rows ?? null;
  }

  get seen(): number | null {
    return this.#held?.seen ?? null;
  }

  setHovered(hovered: boolean): void {
    this.#hovered = hovered;
    this.#settle();
  }

  scrollBy(pixels: number): void {
    this.#scroll = Math.max(0, this.#scroll + pixels);
    this.#settle();
  }

  limitScroll(most: number): void {
    this.#scroll = Math.min(this.#scroll, Math.max(0, most));
  }

  release(): void {
    this.#scroll = 0;
    this.#hovered = false;
    this.#settle();
  }

  /** The tape started over: what was new before cannot be counted any more, what is read stays. */
  startOver(tape: TradeTape): void {
    if (this.#held !== null) this.#held = { ...this.#held, seen: tape.appended };
  }

  #settle(): void {
    if (!this.#hovered && this.#scroll === 0) {
      this.#held = null;
      return;
    }
    if (this.#held !== null) return;
    const tape = this.#tape();
    this.#held = { rows: holdRows(tape), seen: tape.appended };
  }
}
