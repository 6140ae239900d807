import { describe, expect, test } from 'vitest';
import { BookState } from '../../src/main/engine/book/bookState.ts';
import { createBybitVenue } from '../../src/main/engine/venues/bybit/venue.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import type { BookSequence, BookSequencing } from '../../src/main/engine/venues/venue.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import { venueIds } from '../../src/shared/venues.ts';
import { Random } from '../shared/randomValues.ts';
import { bookEvent, bookSnapshot } from '../support/bookEvents.ts';
import type { Picture } from '../support/trueBook.ts';
import { TrueBook, changesOf, expectTrue, textsOf } from '../support/trueBook.ts';

const depth = 50;
const decimals = { price: 0, size: 0 };
const at = (step: number) => ({ receivedTime: step, monotonicMs: step });

/** A venue's stream in its own way of counting, with a window small enough for many thousand steps. */
class Wire {
  readonly sequencing: BookSequencing;
  readonly truth: TrueBook;
  step = 0;
  private readonly venue: VenueId;
  private readonly ids = new Map<number, number>();

  constructor(venue: VenueId, seed: number) {
    const { sequencing } = createVenue(venue);
    this.venue = venue;
    this.sequencing = sequencing.depth === null ? sequencing : { ...sequencing, depth };
    this.truth = new TrueBook(new Random(seed), this.sequencing.depth ?? 3 * depth, 5_000, 60, 2);
  }

  next() {
    const before = this.truth.latest;
    this.truth.move();
    this.step += 1;
    const after = this.truth.latest;
    const sequence = this.sequenceOf(before, after);
    this.ids.set(sequence.last, after.id);
    const bids = changesOf(before.bids, after.bids);
    return bookEvent('delta', sequence, bids, changesOf(before.asks, after.asks));
  }

  /** The venue's own snapshot, as its stream sends it after a subscription. */
  streamSnapshot() {
    const { bids, asks, id } = this.truth.latest;
    const last = this.venue === 'bybit' ? this.step : id;
    this.ids.set(last, id);
    return bookEvent('snapshot', { last }, textsOf(bids, 999), textsOf(asks, 999));
  }

  restSnapshot({ id, bids, asks }: Picture = this.truth.latest) {
    return bookSnapshot(id, textsOf(bids, depth), textsOf(asks, depth));
  }

  trueId(sequence: number): number {
    return this.ids.get(sequence) ?? sequence;
  }

  private sequenceOf(before: Picture, after: Picture): BookSequence {
    if (this.venue === 'bybit') return { first: null, last: this.step, previous: null };
    if (this.venue === 'okx') return { first: null, last: after.id, previous: before.id };
    return { first: before.id + 1, last: after.id, previous: null };
  }
}

/** A walk of the price makes a live book ask for a wider snapshot. */
function widen(state: BookState, wire: Wire, step: number): void {
  if (state.status !== 'live' || state.need !== 'restSnapshot') return;
  state.applySnapshot(wire.restSnapshot(), state.beginAttempt(), at(step));
}

function startLive(wire: Wire): BookState {
  const state = new BookState({ sequencing: wire.sequencing, decimals });
  if (wire.sequencing.bootstrap === 'rest') {
    state.applyEvent(wire.next(), at(0));
    const epoch = state.beginAttempt();
    state.applySnapshot(wire.restSnapshot(), epoch, at(0));
  } else state.applyEvent(wire.streamSnapshot(), at(0));
  expect(state.status).toBe('live');
  return state;
}

describe.each(venueIds)('%s', (venue) => {
  test('[D01] one diff in ten thousand lost: not live in that call, one resync in flight, true again', () => {
    const wire = new Wire(venue, 7);
    const state = startLive(wire);
    const lost = new Set([1_234, 10_500]);
    let resyncs = 0;
    let broken = 0;
    for (let step = 1; step <= 10_600; step += 1) {
      const event = wire.next();
      if (lost.has(step)) continue;
      const outcome = state.applyEvent(event, at(step));
      if (!lost.has(step - 1)) {
        if (state.status !== 'live' || outcome.type !== 'applied') broken += 1;
        widen(state, wire, step);
        if (step % 197 === 0) expectTrue(state, wire.truth, wire.trueId(state.sequence));
        continue;
      }
      expect([outcome.type, state.status, state.knownRange]).toEqual(['gap', 'gap', null]);
      const epoch = state.beginAttempt();
      // A thousand deltas pass while the answer is under way: none asks for another.
      for (let waited = 0; waited < 1_000; waited += 1) {
        state.applyEvent(wire.next(), at(step));
        const isWaiting = state.status === 'resyncing' && state.need === 'none';
        if (!isWaiting || state.beginAttempt() !== epoch) broken += 1;
      }
      if (wire.sequencing.bootstrap === 'rest') {
        state.applySnapshot(wire.restSnapshot(), epoch, at(step));
      } else state.applyEvent(wire.streamSnapshot(), at(step));
      resyncs += 1;
      expect(state.status).toBe('live');
      expectTrue(state, wire.truth, wire.trueId(state.sequence));
    }
    expect([broken, resyncs, state.counters.gaps, state.counters.resyncs]).toEqual([0, 2, 2, 2]);
  });

  test('[D02] doubled, late and swapped diffs are never applied twice: what is live is true', () => {
    const random = new Random(11);
    const wire = new Wire(venue, 5);
    const state = startLive(wire);
    const counts = { repeated: 0, late: 0, swapped: 0, live: 0 };
    let held: ReturnType<Wire['next']> | null = null;
    let older = wire.next();
    state.applyEvent(older, at(0));
    for (let step = 1; step <= 2_000; step += 1) {
      const event = wire.next();
      if (held === null && random.chance(0.004)) {
        held = event;
        counts.swapped += 1;
        continue;
      }
      state.applyEvent(event, at(step));
      if (held !== null) state.applyEvent(held, at(step));
      held = null;
      if (random.chance(0.01)) {
        state.applyEvent(event, at(step));
        counts.repeated += 1;
      }
      if (random.chance(0.004)) {
        state.applyEvent(older, at(step));
        counts.late += 1;
      }
      if (step % 3 === 0) older = event;
      widen(state, wire, step);
      if (state.status === 'live') {
        counts.live += 1;
        expectTrue(state, wire.truth, wire.trueId(state.sequence));
        continue;
      }
      state.beginAttempt();
      if (wire.sequencing.bootstrap !== 'rest') state.applyEvent(wire.streamSnapshot(), at(step));
      else state.applySnapshot(wire.restSnapshot(), state.epoch, at(step));
    }
    expect(Math.min(counts.repeated, counts.late, counts.swapped)).toBeGreaterThan(5);
    expect(counts.live).toBeGreaterThan(1_700);
  });

  test('[D06] a book crossed after a whole message is not live in that call; a locked one stays', () => {
    const wire = new Wire(venue, 3);
    const state = startLive(wire);
    const { book } = state;
    const cross = (bid: number) => {
      const event = wire.next();
      return bookEvent('delta', event.sequence, [[String(bid), '1']], []);
    };
    expect(state.applyEvent(cross(book.bestAsk ?? 0), at(1)).type).toBe('applied');
    const outcome = state.applyEvent(cross((book.bestAsk ?? 0) + 1), at(2));
    expect(outcome).toMatchObject({ type: 'gap', cause: 'crossed' });
    expect([state.status, state.knownRange, state.counters.crossed]).toEqual(['gap', null, 1]);
    expect(state.need).toBe(wire.sequencing.bootstrap === 'rest' ? 'restSnapshot' : 'resubscribe');
  });
});

test('[D03] a snapshot from before the held diffs is fetched again, and nothing held is dropped', () => {
  const wire = new Wire('binance', 2);
  const state = new BookState({ sequencing: wire.sequencing, decimals });
  const old = wire.truth.latest;
  wire.next();
  wire.next();
  for (let step = 0; step < 20; step += 1) state.applyEvent(wire.next(), at(step));
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const outcome = state.applySnapshot(wire.restSnapshot(old), state.beginAttempt(), at(30));
    expect([outcome.type, state.status, state.need, state.heldDeltas]).toEqual([
      'early',
      'buffering',
      'restSnapshot',
      20,
    ]);
  }
  const joined = wire.truth.pictures.at(-10);
  state.applySnapshot(wire.restSnapshot(joined), state.beginAttempt(), at(40));
  expect(state.status).toBe('live');
  expectTrue(state, wire.truth, wire.trueId(state.sequence));
});

test('[D04] a snapshot that an earlier connection asked for does not join the book of the next', () => {
  // The venue began its numbers anew between the two connections, so that the old ones look ahead of the new.
  const wire = new Wire('binance', 2);
  const state = new BookState({ sequencing: wire.sequencing, decimals });
  const ofBefore = bookSnapshot(900_000, [['10', '1']], [['12', '1']]);
  state.applyEvent(bookEvent('delta', { first: 899_990, last: 899_999 }, [], []), at(0));
  const earlier = state.beginAttempt();
  state.reset();
  for (let step = 1; step < 10; step += 1) state.applyEvent(wire.next(), at(step));
  const epoch = state.beginAttempt();
  expect(epoch).not.toBe(earlier);
  expect(state.applySnapshot(ofBefore, earlier, at(10))).toEqual({ type: 'ignored' });
  expect([state.status, state.heldDeltas, state.need]).toEqual(['buffering', 9, 'none']);
  state.attemptFailed(earlier);
  expect(state.need).toBe('none');
  state.applySnapshot(wire.restSnapshot(), epoch, at(11));
  expect(state.status).toBe('live');
  expectTrue(state, wire.truth, wire.trueId(state.sequence));
});

test('[D07] over a walk of more than 5 % a book shows only what its snapshots cover, and that is true', () => {
  const truth = new TrueBook(new Random(4), 400, 5_000, 300, 3);
  const { sequencing } = createVenue('binance');
  const state = new BookState({ sequencing, decimals });
  const snapshot = () => {
    const { id, bids, asks } = truth.latest;
    return bookSnapshot(id, textsOf(bids, 60), textsOf(asks, 60));
  };
  const next = () => {
    const before = truth.latest;
    truth.move();
    const after = truth.latest;
    const sequence = { first: before.id + 1, last: after.id, previous: null };
    const bids = changesOf(before.bids, after.bids);
    return bookEvent('delta', sequence, bids, changesOf(before.asks, after.asks));
  };
  state.applyEvent(next(), at(0));
  state.applySnapshot(snapshot(), state.beginAttempt(), at(0));
  const first = state.book.bestBid ?? 0;
  let refreshes = 0;
  let furthest = 0;
  for (let step = 1; step < 1_000; step += 1) {
    state.applyEvent(next(), at(step));
    if (state.need === 'restSnapshot') {
      const outcome = state.applySnapshot(snapshot(), state.beginAttempt(), at(step));
      if (outcome.type === 'refreshed') refreshes += 1;
    }
    expect(state.status).toBe('live');
    expect([state.knownBids() > 0, state.knownAsks() > 0]).toEqual([true, true]);
    expectTrue(state, truth, state.sequence);
    furthest = Math.max(furthest, Math.abs((state.book.bestBid ?? first) / first - 1));
  }
  expect(furthest).toBeGreaterThan(0.05);
  expect(refreshes).toBeGreaterThan(3);
  expect(state.counters.gaps).toBe(0);
});

test.each([
  [true, 'gap'],
  [false, 'applied'],
] as const)('[D01] Bybit ids that skip, with strictU %s: %s', (strictU, outcome) => {
  const { sequencing } = createBybitVenue({ strictU });
  const state = new BookState({ sequencing, decimals });
  state.applyEvent(bookEvent('snapshot', { last: 5 }, [['9', '1']], [['11', '1']]), at(0));
  expect(state.applyEvent(bookEvent('delta', { last: 8 }, [['8', '1']], []), at(1)).type).toBe(
    outcome,
  );
  expect(
    createVenue('bybit').sequencing.check(5, { first: null, last: 8, previous: null }, false),
  ).toBe('gap');
});
