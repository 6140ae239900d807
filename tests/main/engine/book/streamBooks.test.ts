import { describe, expect, test } from 'vitest';
import { BookState } from '../../../../src/main/engine/book/bookState.ts';
import type { InputTime } from '../../../../src/main/engine/inputs.ts';
import { sequencing as bybit } from '../../../../src/main/engine/venues/bybit/sequencing.ts';
import {
  checksumOf,
  sequencing as okx,
} from '../../../../src/main/engine/venues/okx/sequencing.ts';
import type { BookSequencing } from '../../../../src/main/engine/venues/venue.ts';
import type { LevelTexts } from '../../../support/bookEvents.ts';
import { bookEvent, bookSnapshot } from '../../../support/bookEvents.ts';

const at = (time: number): InputTime => ({ receivedTime: time, monotonicMs: time });
const now = at(1);

function stateOf(sequencing: BookSequencing): BookState {
  return new BookState({ sequencing, decimals: { price: 0, size: 0 } });
}

describe('a book that starts from its stream', () => {
  const delta = (last: number, bids: LevelTexts = [], asks: LevelTexts = []) =>
    bookEvent('delta', { last }, bids, asks);
  const snapshot = (last: number, bids: LevelTexts, asks: LevelTexts) =>
    bookEvent('snapshot', { last }, bids, asks);

  test('ignores deltas before its snapshot and replaces, never merges, at each later one', () => {
    const state = stateOf(bybit);
    expect(state.applyEvent(delta(4, [['9', '1']]), now)).toEqual({ type: 'ignored' });
    expect([state.status, state.need]).toEqual(['buffering', 'none']);
    expect(state.applyEvent(snapshot(5, [['9', '1']], [['11', '1']]), now)).toEqual({
      type: 'live',
    });
    expect(state.applyEvent(delta(6, [['10', '2']]), now)).toEqual({ type: 'applied' });
    expect(state.applyEvent(snapshot(9, [['9', '3']], [['12', '1']]), at(4)).type).toBe('applied');
    expect([state.sequence, state.book.bids.count, state.book.bestBid, state.book.bestAsk]).toEqual(
      [9, 1, 9, 12],
    );
    expect(state.knownRange).toEqual({ low: 0, high: Number.POSITIVE_INFINITY });
  });

  test('resubscribes after a gap and lets the late rest of the old stream pass', () => {
    const state = stateOf(bybit);
    state.applyEvent(snapshot(5, [['9', '1']], [['11', '1']]), now);
    expect(state.applyEvent(delta(8), now).type).toBe('gap');
    expect([state.status, state.need]).toEqual(['gap', 'resubscribe']);
    state.beginAttempt();
    expect([state.status, state.need]).toEqual(['resyncing', 'none']);
    expect(state.applyEvent(delta(9), now).type).toBe('ignored');
    state.bootstrapOverdue();
    expect(state.need).toBe('resubscribe');
    state.beginAttempt();
    expect(state.applyEvent(snapshot(20, [['9', '1']], [['11', '1']]), now).type).toBe('live');
    expect([state.counters.gaps, state.counters.resyncs]).toEqual([1, 1]);
  });

  test('waits for the snapshot of a restarted service without an alarm', () => {
    const state = stateOf(bybit);
    state.applyEvent(snapshot(500, [['9', '1']], [['11', '1']]), now);
    expect(state.applyEvent(delta(1), now)).toEqual({ type: 'restarted' });
    expect([state.status, state.need, state.counters.gaps]).toEqual(['resyncing', 'none', 0]);
    expect(state.applyEvent(snapshot(1, [['9', '1']], [['11', '1']]), now).type).toBe('live');
    expect(state.applyEvent(delta(2), now).type).toBe('applied');
  });

  test('drops a repeated delta', () => {
    const state = stateOf(bybit);
    state.applyEvent(snapshot(5, [['9', '1']], [['11', '1']]), now);
    state.applyEvent(delta(6, [['9', '2']]), now);
    expect(state.applyEvent(delta(6, [['9', '7']]), now).type).toBe('ignored');
    expect(state.book.bids.sizeAt(0)).toBe(2);
  });

  test('keeps the window of the venue', () => {
    const state = stateOf({ ...bybit, depth: 2 });
    state.applyEvent(
      snapshot(
        5,
        [
          ['9', '1'],
          ['8', '1'],
        ],
        [
          ['11', '1'],
          ['12', '1'],
        ],
      ),
      now,
    );
    state.applyEvent(delta(6, [['10', '1']], [['10.5', '1']]), now);
    expect([state.book.bids.count, state.book.bids.priceAt(1)]).toEqual([2, 90]);
    expect([state.book.asks.count, state.book.asks.priceAt(1)]).toEqual([2, 110]);
  });
});

describe('a book that starts from either', () => {
  const update = (previous: number, last: number, bids: LevelTexts = [], asks: LevelTexts = []) =>
    bookEvent('delta', { previous, last }, bids, asks);
  const snapshot = (last: number) => bookEvent('snapshot', { last }, [['9', '1']], [['11', '1']]);

  test('follows the chain through an empty update and a maintenance reset', () => {
    const state = stateOf(okx);
    expect(state.applyEvent(snapshot(10), now).type).toBe('live');
    const chain = [update(10, 15), update(15, 15), update(15, 3), update(3, 5)];
    expect(chain.map((event) => state.applyEvent(event, now).type)).toEqual([
      'applied',
      'applied',
      'applied',
      'applied',
    ]);
    expect(state.sequence).toBe(5);
    expect(state.applyEvent(update(7, 8), now)).toMatchObject({
      type: 'gap',
      last: 5,
      received: 8,
    });
    expect(state.need).toBe('resubscribe');
  });

  test('turns to REST when the first message is an update', () => {
    const state = stateOf(okx);
    expect(state.applyEvent(update(20, 25, [['10', '1']]), now).type).toBe('buffered');
    expect(state.need).toBe('restSnapshot');
    const rest = bookSnapshot(22, [['9', '1']], [['11', '1']]);
    expect(state.applySnapshot(rest, state.beginAttempt(), now).type).toBe('live');
    expect([state.sequence, state.book.bestBid]).toEqual([25, 10]);
    expect(state.applyEvent(update(25, 30), now).type).toBe('applied');
  });

  test('after resubscribing waits for the snapshot, and turns to REST only when it is overdue', () => {
    const state = stateOf(okx);
    state.applyEvent(snapshot(10), now);
    state.applyEvent(update(12, 14), now);
    state.beginAttempt();
    expect(state.applyEvent(update(14, 16), now).type).toBe('buffered');
    expect(state.need).toBe('none');
    state.bootstrapOverdue();
    expect(state.need).toBe('restSnapshot');
    const epoch = state.beginAttempt();
    expect(state.applyEvent(snapshot(30), now).type).toBe('live');
    const rest = bookSnapshot(22, [['1', '1']], [['2', '1']]);
    expect(state.applySnapshot(rest, epoch, now).type).toBe('ignored');
    expect(state.sequence).toBe(30);
  });

  test('verifies a checksum over the exact texts, and leaves live when it is wrong', () => {
    const bids = [
      ['84250.1', '0.95'],
      ['84250', '2.10'],
    ] as const;
    const asks = [
      ['84250.2', '1.2'],
      ['84250.3', '0.8'],
      ['84250.4', '1.5'],
    ] as const;
    const texts: { bids: readonly (readonly [string, string])[]; asks: typeof texts.bids } = {
      bids,
      asks,
    };
    const right = checksumOf({
      bid: (rank) => texts.bids[rank] ?? null,
      ask: (rank) => texts.asks[rank] ?? null,
    });
    const event = (checksum: number | null) =>
      bookEvent('snapshot', { last: 1 }, bids, asks, {
        checksum,
        rawLevels: checksum === null ? null : { bids, asks },
      });
    const state = stateOf(okx);
    expect(state.applyEvent(event(right), now).type).toBe('live');
    expect(state.applyEvent(event(right + 1), now)).toMatchObject({
      type: 'gap',
      cause: 'checksum',
    });
    expect([state.status, state.need, state.counters.checksumFailures]).toEqual([
      'gap',
      'resubscribe',
      1,
    ]);
    expect(stateOf(okx).applyEvent(event(null), now).type).toBe('live');
  });
});
