import { describe, expect, test } from 'vitest';
import { BookState } from '../../../../src/main/engine/book/bookState.ts';
import type { InputTime } from '../../../../src/main/engine/inputs.ts';
import { sequencing as binance } from '../../../../src/main/engine/venues/binance/sequencing.ts';
import type { BookEvent, BookSequencing } from '../../../../src/main/engine/venues/venue.ts';
import type { LevelTexts } from '../../../support/bookEvents.ts';
import { bookEvent, bookSnapshot } from '../../../support/bookEvents.ts';

const at = (time: number): InputTime => ({ receivedTime: time, monotonicMs: time });
const now = at(1);

function stateOf(sequencing: BookSequencing): BookState {
  return new BookState({ sequencing, decimals: { price: 0, size: 0 } });
}

function spot(
  first: number,
  last: number,
  bids: LevelTexts = [],
  asks: LevelTexts = [],
): BookEvent {
  return bookEvent('delta', { first, last }, bids, asks);
}

/** A live Binance book at id 100: bids 10 and 9, asks 11 and 12, everything known. */
function liveSpot(): BookState {
  const state = stateOf(binance);
  state.applyEvent(spot(95, 98), now);
  const snapshot = bookSnapshot(
    100,
    [
      ['10', '1'],
      ['9', '1'],
    ],
    [
      ['11', '1'],
      ['12', '1'],
    ],
    { bidsComplete: true, asksComplete: true },
  );
  state.applySnapshot(snapshot, state.beginAttempt(), now);
  return state;
}

describe('the known range of a book seeded by REST', () => {
  const bids = (from: number, count: number): LevelTexts =>
    Array.from({ length: count }, (_, index) => [String(from - index), '1'] as const);
  const asks = (from: number, count: number): LevelTexts =>
    Array.from({ length: count }, (_, index) => [String(from + index), '1'] as const);

  function wideBook(): BookState {
    const state = stateOf(binance);
    state.applyEvent(spot(99, 100), now);
    const snapshot = bookSnapshot(100, bids(1000, 400), asks(1001, 400));
    state.applySnapshot(snapshot, state.beginAttempt(), now);
    return state;
  }

  test('counts only levels inside it', () => {
    const state = wideBook();
    state.applyEvent(spot(101, 101, [['500', '7']], [['1500', '7']]), now);
    expect([state.book.bids.count, state.knownBids()]).toEqual([401, 400]);
    expect([state.book.asks.count, state.knownAsks()]).toEqual([401, 400]);
    expect(state.knownRange).toEqual({ low: 601, high: 1400 });
  });

  test('is widened before the best price reaches its end, without leaving live', () => {
    const state = wideBook();
    const removed = bids(1000, 310).map(([price]) => [price, '0'] as const);
    expect(
      state.applyEvent(spot(101, 101, removed.slice(0, 290), [['800', '1']]), at(3)).type,
    ).toBe('applied');
    expect(state.need).toBe('none');
    state.applyEvent(spot(102, 102, removed, [['700', '1']]), at(4));
    expect([state.status, state.need]).toEqual(['live', 'restSnapshot']);
    const epoch = state.beginAttempt();
    state.applyEvent(spot(103, 103, [['690', '8']]), at(5));
    const snapshot = bookSnapshot(102, bids(690, 400), [
      ['700', '1'],
      ['800', '1'],
      ...asks(1001, 300),
    ]);
    expect(state.applySnapshot(snapshot, epoch, at(9))).toEqual({ type: 'refreshed' });
    expect({
      status: state.status,
      need: state.need,
      sequence: state.sequence,
      known: state.knownRange,
      best: [state.book.bids.priceAt(0), state.book.bids.sizeAt(0)],
      // 690 changed at 5; 689 was told by the first snapshot and is the same in the second.
      changed: [state.book.bids.changedAt(0), state.book.bids.changedAt(1)],
      asks: state.book.asks.count,
    }).toEqual({
      status: 'live',
      need: 'none',
      sequence: 103,
      known: { low: 291, high: 1400 },
      best: [690, 8],
      changed: [5, 1],
      // Beyond 1300 the second snapshot is silent; what the first told stays.
      asks: 402,
    });
  });

  test('waits with a snapshot that is newer than the stream', () => {
    const state = wideBook();
    const removed = bids(1000, 310).map(([price]) => [price, '0'] as const);
    state.applyEvent(spot(101, 101, removed, [['700', '1']]), now);
    const epoch = state.beginAttempt();
    const snapshot = bookSnapshot(103, bids(680, 400), [['695', '2']]);
    expect(state.applySnapshot(snapshot, epoch, now)).toEqual({ type: 'buffered' });
    expect([state.status, state.sequence, state.book.bestBid]).toEqual(['live', 101, 690]);
    const gone = bids(690, 10).map(([price]) => [price, '0'] as const);
    expect(state.applyEvent(spot(102, 102, gone), now).type).toBe('applied');
    expect(state.applyEvent(spot(103, 104, [], [['695', '3']]), now).type).toBe('refreshed');
    expect([state.book.bestBid, state.book.bestAsk, state.book.asks.sizeAt(0)]).toEqual([
      680, 695, 3,
    ]);
  });

  test('tries again after a snapshot from before it was asked for', () => {
    const state = wideBook();
    const removed = bids(1000, 310).map(([price]) => [price, '0'] as const);
    state.applyEvent(spot(101, 105, removed, [['700', '1']]), now);
    const old = bookSnapshot(103, bids(690, 400), [['700', '1']]);
    expect(state.applySnapshot(old, state.beginAttempt(), now)).toEqual({ type: 'early' });
    expect([state.status, state.need]).toEqual(['live', 'restSnapshot']);
    state.applyEvent(spot(106, 107), now);
    // The venue's REST lags for ever: what was held since the first attempt bridges it.
    const lagging = bookSnapshot(105, bids(690, 400), [['700', '1']]);
    expect(state.applySnapshot(lagging, state.beginAttempt(), now)).toEqual({ type: 'refreshed' });
    expect(state.sequence).toBe(107);
  });

  test('has no end where the venue sent a side whole', () => {
    const state = liveSpot();
    expect(state.knownRange).toEqual({ low: 0, high: Number.POSITIVE_INFINITY });
    state.applyEvent(
      spot(101, 101, [
        ['10', '0'],
        ['9', '0'],
        ['1', '1'],
      ]),
      now,
    );
    expect([state.need, state.knownBids()]).toEqual(['none', 1]);
  });
});
