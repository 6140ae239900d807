import { expect } from 'vitest';
import type { BookState } from '../../src/main/engine/book/bookState.ts';
import type { Random } from '../shared/randomValues.ts';
import type { LevelTexts } from './bookEvents.ts';

export type Levels = ReadonlyMap<number, number>;

export interface Picture {
  readonly id: number;
  readonly bids: Levels;
  readonly asks: Levels;
}

/** A venue's book whose middle wanders; every picture of it is kept by id. */
export class TrueBook {
  readonly pictures: Picture[] = [];
  readonly #random: Random;
  readonly #depth: number | null;
  #middle: number;
  readonly #fall: number;

  /** `fall`: how much of each step leads down. */
  constructor(random: Random, depth: number | null, middle = 5_000, levels = 300, fall = 6) {
    this.#random = random;
    this.#depth = depth;
    this.#middle = middle;
    this.#fall = fall;
    const bids = new Map<number, number>();
    const asks = new Map<number, number>();
    for (let step = 1; step <= levels; step += 1) {
      bids.set(this.#middle - step, 1 + random.below(50));
      asks.set(this.#middle + step, 1 + random.below(50));
    }
    this.pictures.push({ id: 1_000, bids: this.#window(bids, -1), asks: this.#window(asks, 1) });
  }

  get latest(): Picture {
    const picture = this.pictures.at(-1);
    if (picture === undefined) throw new Error('no picture');
    return picture;
  }

  at(id: number): Picture | undefined {
    return this.pictures.find((picture) => picture.id === id);
  }

  move(): void {
    const { id, bids, asks } = this.latest;
    const random = this.#random;
    this.#middle += random.below(7) - (random.chance(0.8) ? 2 : this.#fall);
    const next = { bids: new Map(bids), asks: new Map(asks) };
    for (const price of next.bids.keys()) if (price >= this.#middle) next.bids.delete(price);
    for (const price of next.asks.keys()) if (price <= this.#middle) next.asks.delete(price);
    for (let change = 0; change < 8; change += 1) {
      const distance = 1 + random.below(random.chance(0.1) ? 400 : 30);
      const side = random.chance(0.5) ? next.bids : next.asks;
      const price = this.#middle + (side === next.bids ? -distance : distance);
      if (random.chance(0.3)) side.delete(price);
      else side.set(price, 1 + random.below(50));
    }
    this.pictures.push({
      id: id + 1 + random.below(3),
      bids: this.#window(next.bids, -1),
      asks: this.#window(next.asks, 1),
    });
    if (this.pictures.length > 400) this.pictures.shift();
  }

  #window(side: Map<number, number>, direction: 1 | -1): Map<number, number> {
    const sorted = [...side].sort(([first], [second]) => (first - second) * direction);
    return new Map(this.#depth === null ? sorted : sorted.slice(0, this.#depth));
  }
}

export function changesOf(before: Levels, after: Levels): LevelTexts {
  const changes: [string, string][] = [];
  for (const [price, size] of after) {
    if (before.get(price) !== size) changes.push([String(price), String(size)]);
  }
  for (const price of before.keys()) if (!after.has(price)) changes.push([String(price), '0']);
  return changes;
}

export const textsOf = (levels: Levels, limit: number): LevelTexts =>
  [...levels].slice(0, limit).map(([price, size]) => [String(price), String(size)]);

/** Inside its known range the book is the true one of that id. */
export function expectTrue(state: BookState, truth: TrueBook, id: number): void {
  const picture = truth.at(id);
  if (picture === undefined) throw new Error(`no true book of id ${id}`);
  const range = state.knownRange;
  const inRange = (price: number) => range !== null && price >= range.low && price <= range.high;
  const { bids, asks } = state.book;
  const shown = (side: typeof bids, count: number) =>
    Array.from({ length: count }, (_, rank) => `${side.priceAt(rank)} ${side.sizeAt(rank)}`).join();
  const known = (side: Levels, direction: 1 | -1) =>
    [...side]
      .filter(([price]) => inRange(price))
      .sort(([first], [second]) => (first - second) * direction)
      .map(([price, size]) => `${price} ${size}`)
      .join();
  expect(shown(bids, state.knownBids())).toBe(known(picture.bids, -1));
  expect(shown(asks, state.knownAsks())).toBe(known(picture.asks, 1));
}
