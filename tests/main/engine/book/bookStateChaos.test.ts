import { expect, test } from 'vitest';
import { BookState } from '../../../../src/main/engine/book/bookState.ts';
import { sequencing as binance } from '../../../../src/main/engine/venues/binance/sequencing.ts';
import { sequencing as bybit } from '../../../../src/main/engine/venues/bybit/sequencing.ts';
import { sequencing as okx } from '../../../../src/main/engine/venues/okx/sequencing.ts';
import type { BookEvent, BookSequencing } from '../../../../src/main/engine/venues/venue.ts';
import { Random } from '../../../shared/randomValues.ts';
import type { LevelTexts } from '../../../support/bookEvents.ts';
import { bookEvent, bookSnapshot } from '../../../support/bookEvents.ts';

type Levels = ReadonlyMap<number, number>;

interface Picture {
  readonly id: number;
  readonly bids: Levels;
  readonly asks: Levels;
}

/** A venue's book whose middle wanders; every picture of it is kept by id. */
class TrueBook {
  readonly pictures: Picture[] = [];
  readonly #random: Random;
  readonly #depth: number | null;
  #middle = 5_000;

  constructor(random: Random, depth: number | null) {
    this.#random = random;
    this.#depth = depth;
    const bids = new Map<number, number>();
    const asks = new Map<number, number>();
    for (let step = 1; step <= 300; step += 1) {
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
    this.#middle += random.below(7) - (random.chance(0.8) ? 2 : 6);
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

function changesOf(before: Levels, after: Levels): LevelTexts {
  const changes: [string, string][] = [];
  for (const [price, size] of after) {
    if (before.get(price) !== size) changes.push([String(price), String(size)]);
  }
  for (const price of before.keys()) if (!after.has(price)) changes.push([String(price), '0']);
  return changes;
}

const textsOf = (levels: Levels, limit: number): LevelTexts =>
  [...levels].slice(0, limit).map(([price, size]) => [String(price), String(size)]);

interface Dialect {
  readonly name: string;
  readonly sequencing: BookSequencing;
  sequenceOf(before: Picture, after: Picture): BookEvent['sequence'];
}

const dialects: readonly Dialect[] = [
  {
    name: 'Binance spot',
    sequencing: binance,
    sequenceOf: (before, after) => ({ first: before.id + 1, last: after.id, previous: null }),
  },
  {
    name: 'Binance futures',
    sequencing: binance,
    sequenceOf: (before, after) => ({ first: after.id, last: after.id, previous: before.id }),
  },
  {
    name: 'OKX',
    sequencing: { ...okx, depth: 50 },
    sequenceOf: (before, after) => ({ first: null, last: after.id, previous: before.id }),
  },
  {
    name: 'Bybit',
    sequencing: { ...bybit, depth: 50 },
    sequenceOf: (_before, after) => ({ first: null, last: after.id, previous: null }),
  },
];

test.each(dialects)(
  '$name: what is live equals the true book of that id, under lost diffs and lagging snapshots',
  (dialect) => {
    const counts = { live: 0, gaps: 0, refreshed: 0, early: 0 };
    for (let seed = 1; seed <= 4; seed += 1) runSession(dialect, seed, counts);
    expect(counts.live).toBeGreaterThan(1_500);
    expect(counts.gaps).toBeGreaterThan(15);
    if (dialect.sequencing.depth === null) {
      expect(counts.refreshed).toBeGreaterThan(3);
      expect(counts.early).toBeGreaterThan(3);
    }
  },
);

function runSession(
  dialect: Dialect,
  seed: number,
  counts: { live: number; gaps: number; refreshed: number; early: number },
): void {
  const random = new Random(seed);
  const { sequencing } = dialect;
  const truth = new TrueBook(random, sequencing.depth);
  // Bybit counts by one.
  const renumber = sequencing.bootstrap === 'stream';
  let number = 0;
  let checked = -1;
  let state = new BookState({ sequencing, decimals: { price: 0, size: 0 } });
  let answer: { readonly due: number; readonly epoch: number; readonly picture: Picture } | null =
    null;
  let snapshotDue: number | null = sequencing.bootstrap === 'rest' ? null : 2;
  const trueIdOf = new Map<number, number>();

  for (let step = 0; step < 700; step += 1) {
    const time = { receivedTime: step, monotonicMs: step };
    const before = truth.latest;
    truth.move();
    const after = truth.latest;
    number += 1;
    const id = renumber ? number : after.id;
    trueIdOf.set(id, after.id);
    const sequence = renumber
      ? { first: null, last: id, previous: null }
      : dialect.sequenceOf(before, after);

    if (snapshotDue === step) {
      snapshotDue = null;
      const texts = [textsOf(after.bids, 999), textsOf(after.asks, 999)] as const;
      state.applyEvent(bookEvent('snapshot', { last: id }, ...texts), time);
    } else if (random.chance(0.992)) {
      const bids = changesOf(before.bids, after.bids);
      const asks = changesOf(before.asks, after.asks);
      const outcome = state.applyEvent(bookEvent('delta', sequence, bids, asks), time);
      if (outcome.type === 'gap') counts.gaps += 1;
      if (outcome.type === 'refreshed') counts.refreshed += 1;
    }

    if (answer !== null && answer.due <= step) {
      const { picture, epoch } = answer;
      answer = null;
      const limit = sequencing.depth ?? 40;
      const levels = [textsOf(picture.bids, limit), textsOf(picture.asks, limit)] as const;
      const outcome = state.applySnapshot(bookSnapshot(picture.id, ...levels), epoch, time);
      if (outcome.type === 'refreshed') counts.refreshed += 1;
      if (outcome.type === 'early') counts.early += 1;
    }
    if (state.need === 'restSnapshot' && answer === null) {
      const lagged = truth.pictures.at(-1 - random.below(4)) ?? after;
      answer = { due: step + random.below(6), epoch: state.beginAttempt(), picture: lagged };
    } else if (state.need === 'resubscribe') {
      state.beginAttempt();
      snapshotDue = step + 1 + random.below(5);
    }
    if (random.chance(0.01)) {
      const copy = new BookState({ sequencing, decimals: { price: 0, size: 0 } });
      copy.restore(JSON.parse(JSON.stringify(state.save())));
      state = copy;
    }
    if (state.status === 'live') {
      counts.live += 1;
      const justChanged = state.counters.gaps + state.counters.resyncs + state.epoch !== checked;
      checked = state.counters.gaps + state.counters.resyncs + state.epoch;
      if (!justChanged && !random.chance(0.25)) continue;
      expectTrue(state, truth, trueIdOf.get(state.sequence) ?? state.sequence);
    }
  }
}

function expectTrue(state: BookState, truth: TrueBook, id: number): void {
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
