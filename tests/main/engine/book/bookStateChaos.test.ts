import { expect, test } from 'vitest';
import { BookState } from '../../../../src/main/engine/book/bookState.ts';
import { sequencing as binance } from '../../../../src/main/engine/venues/binance/sequencing.ts';
import { sequencing as bybit } from '../../../../src/main/engine/venues/bybit/sequencing.ts';
import { sequencing as okx } from '../../../../src/main/engine/venues/okx/sequencing.ts';
import type { BookEvent, BookSequencing } from '../../../../src/main/engine/venues/venue.ts';
import { Random } from '../../../shared/randomValues.ts';
import { bookEvent, bookSnapshot } from '../../../support/bookEvents.ts';
import type { Picture } from '../../../support/trueBook.ts';
import { TrueBook, changesOf, expectTrue, textsOf } from '../../../support/trueBook.ts';

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
