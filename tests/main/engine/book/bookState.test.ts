import { describe, expect, test } from 'vitest';
import { BookState } from '../../../../src/main/engine/book/bookState.ts';
import { DecodeError } from '../../../../src/main/engine/errors.ts';
import type { InputTime } from '../../../../src/main/engine/inputs.ts';
import { sequencing as binance } from '../../../../src/main/engine/venues/binance/sequencing.ts';
import type { BookEvent, BookSequencing } from '../../../../src/main/engine/venues/venue.ts';
import type { LevelTexts } from '../../../support/bookEvents.ts';
import { bookEvent, bookSnapshot } from '../../../support/bookEvents.ts';

const decimals = { price: 0, size: 0 };
const at = (time: number): InputTime => ({ receivedTime: time, monotonicMs: time });
const now = at(1);

function stateOf(sequencing: BookSequencing, maxHeldLevels?: number): BookState {
  return new BookState({
    sequencing,
    decimals,
    ...(maxHeldLevels === undefined ? {} : { maxHeldLevels }),
  });
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

describe('a book seeded by REST', () => {
  test('asks for a snapshot with its first diff and joins it without losing a held one', () => {
    const state = stateOf(binance);
    expect([state.status, state.need]).toEqual(['empty', 'none']);
    expect(state.applyEvent(spot(90, 95, [['9', '5']]), now)).toEqual({ type: 'buffered' });
    expect([state.status, state.need, state.knownRange]).toEqual([
      'buffering',
      'restSnapshot',
      null,
    ]);
    const epoch = state.beginAttempt();
    expect(state.need).toBe('none');
    state.applyEvent(spot(96, 101, [['10', '3']]), now);
    state.applyEvent(spot(102, 104, [], [['11', '0']]), at(7));
    const snapshot = bookSnapshot(
      100,
      [
        ['10', '1'],
        ['9', '1'],
      ],
      [
        ['11', '1'],
        ['12', '2'],
      ],
    );
    expect(state.applySnapshot(snapshot, epoch, now)).toEqual({ type: 'live' });
    const { book } = state;
    expect({
      status: state.status,
      sequence: state.sequence,
      received: state.receivedTime,
      best: [book.bids.priceAt(0), book.bids.sizeAt(0), book.asks.priceAt(0), book.asks.sizeAt(0)],
      known: state.knownRange,
      counters: state.counters.applied,
      held: state.heldDeltas,
    }).toEqual({
      status: 'live',
      sequence: 104,
      received: 7,
      best: [10, 3, 12, 2],
      known: { low: 9, high: 12 },
      counters: 2,
      held: 0,
    });
  });

  test('keeps everything held when the snapshot is older than the first diff', () => {
    const state = stateOf(binance);
    state.applyEvent(spot(110, 112, [['10', '2']]), now);
    const old = bookSnapshot(100, [['9', '1']], [['11', '1']]);
    expect(state.applySnapshot(old, state.beginAttempt(), now)).toEqual({ type: 'early' });
    expect([state.status, state.need, state.heldDeltas]).toEqual(['buffering', 'restSnapshot', 1]);
    const newer = bookSnapshot(109, [['9', '1']], [['11', '1']]);
    expect(state.applySnapshot(newer, state.beginAttempt(), now)).toEqual({ type: 'live' });
    expect([state.sequence, state.book.bestBid]).toEqual([112, 10]);
  });

  test('leaves live in the very call that sees a gap, once, and counts one resync', () => {
    const state = liveSpot();
    expect(state.applyEvent(spot(101, 101), now)).toEqual({ type: 'applied' });
    expect(state.applyEvent(spot(103, 104, [['10', '9']]), now)).toEqual({
      type: 'gap',
      cause: 'sequence',
      last: 101,
      received: 104,
    });
    expect([state.status, state.need, state.knownBids(), state.knownRange]).toEqual([
      'gap',
      'restSnapshot',
      0,
      null,
    ]);
    const epoch = state.beginAttempt();
    expect(state.status).toBe('resyncing');
    expect(state.applyEvent(spot(105, 106, [['8', '1']]), now)).toEqual({ type: 'buffered' });
    const snapshot = bookSnapshot(
      104,
      [
        ['10', '9'],
        ['7', '7'],
      ],
      [['11', '1']],
    );
    expect(state.applySnapshot(snapshot, epoch, now)).toEqual({ type: 'live' });
    expect([state.sequence, state.counters.gaps, state.counters.resyncs]).toEqual([106, 1, 1]);
    expect(state.book.bids.count).toBe(3);
  });

  test('ignores the answer to an attempt that is over', () => {
    const state = liveSpot();
    state.applyEvent(spot(103, 104), now);
    const old = state.beginAttempt();
    state.reset();
    state.applyEvent(spot(200, 201), now);
    const epoch = state.beginAttempt();
    const snapshot = bookSnapshot(104, [['1', '1']], [['2', '1']]);
    expect(state.applySnapshot(snapshot, old, now)).toEqual({ type: 'ignored' });
    expect(epoch).not.toBe(old);
    expect(state.status).toBe('buffering');
    state.attemptFailed(old);
    expect(state.need).toBe('none');
    state.attemptFailed(epoch);
    expect(state.need).toBe('restSnapshot');
  });

  test('finds a gap inside the held diffs and asks for a snapshot beyond it', () => {
    const state = stateOf(binance);
    state.applyEvent(spot(101, 102), now);
    state.applyEvent(spot(105, 106, [['10', '4']]), now);
    const first = bookSnapshot(100, [['9', '1']], [['11', '1']]);
    expect(state.applySnapshot(first, state.beginAttempt(), now)).toEqual({
      type: 'gap',
      cause: 'sequence',
      last: 102,
      received: 106,
    });
    const second = bookSnapshot(105, [['9', '1']], [['11', '1']]);
    expect(state.applySnapshot(second, state.beginAttempt(), now)).toEqual({ type: 'live' });
    expect([state.sequence, state.book.bestBid]).toEqual([106, 10]);
  });

  test('is not live while crossed, unless in a pre-open; locked is legal', () => {
    const state = liveSpot();
    expect(state.applyEvent(spot(101, 101, [['11', '1']]), now).type).toBe('applied');
    expect(state.applyEvent(spot(102, 102, [['12', '1']]), now)).toEqual({
      type: 'gap',
      cause: 'crossed',
      last: 102,
      received: 102,
    });
    expect([state.status, state.counters.crossed, state.counters.gaps]).toEqual(['gap', 1, 0]);
    const open = liveSpot();
    open.allowCrossed(true);
    expect(open.applyEvent(spot(101, 101, [['12', '1']]), now).type).toBe('applied');
  });

  test('takes a book that only gets old messages for frozen', () => {
    const state = liveSpot();
    state.applyEvent(spot(101, 101), now);
    const outcomes = Array.from({ length: 51 }, () => state.applyEvent(spot(3, 4), now).type);
    expect(outcomes.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => 'ignored'));
    expect([outcomes.at(-1), state.status]).toEqual(['gap', 'gap']);
  });

  test('bounds what is held and counts what gave way', () => {
    const state = stateOf(binance, 100);
    for (let id = 1; id <= 40; id += 1) state.applyEvent(spot(id, id, [[String(id), '1']]), now);
    expect(state.heldDeltas).toBeLessThanOrEqual(20);
    expect(state.counters.overflowed).toBe(40 - state.heldDeltas);
    const early = bookSnapshot(5, [['1', '1']], [['90', '1']]);
    expect(state.applySnapshot(early, state.beginAttempt(), now).type).toBe('early');
    const late = bookSnapshot(35, [['1', '1']], [['90', '1']]);
    expect(state.applySnapshot(late, state.beginAttempt(), now).type).toBe('live');
  });

  test('gives up what is held when one diff of it fits no scale, instead of failing for ever', () => {
    const state = stateOf(binance);
    state.applyEvent(spot(101, 101, [['0.000000000000001', '1']]), now);
    const snapshot = bookSnapshot(100, [['61837', '1']], [['61838', '1']]);
    expect(() => state.applySnapshot(snapshot, state.beginAttempt(), now)).toThrow(DecodeError);
    expect([state.status, state.need, state.heldDeltas]).toEqual(['buffering', 'restSnapshot', 0]);
    const next = bookSnapshot(101, [['61837', '1']], [['61838', '1']]);
    expect(state.applySnapshot(next, state.beginAttempt(), now).type).toBe('live');
  });

  test('a live book refuses such a diff whole, and the next one shows the gap', () => {
    const state = stateOf(binance);
    state.applyEvent(spot(99, 100), now);
    const snapshot = bookSnapshot(100, [['61837', '1']], [['61838', '1']]);
    state.applySnapshot(snapshot, state.beginAttempt(), now);
    const odd = spot(101, 101, [
      ['0.5', '9'],
      ['0.000000000000001', '1'],
    ]);
    expect(() => state.applyEvent(odd, now)).toThrow(DecodeError);
    expect([state.status, state.sequence, state.book.bids.count]).toEqual(['live', 100, 1]);
    expect(state.applyEvent(spot(102, 103), now)).toMatchObject({ type: 'gap', last: 100 });
    expect(state.decimals).toEqual({ price: 0, size: 0 });
  });

  test('never shows a book without a snapshot', () => {
    const state = stateOf(binance);
    for (let id = 1; id <= 500; id += 1) state.applyEvent(spot(id, id, [['10', '1']]), now);
    expect([state.status, state.knownRange, state.knownBids(), state.book.bids.count]).toEqual([
      'buffering',
      null,
      0,
      0,
    ]);
  });
});

test('goes on equally after a checkpoint, in any state', () => {
  const events: readonly BookEvent[] = [
    spot(95, 98, [['9', '4']]),
    spot(99, 101, [
      ['10', '0'],
      ['9.5', '2'],
    ]),
    spot(
      102,
      103,
      [],
      [
        ['11', '0'],
        ['10.25', '1'],
      ],
    ),
    spot(104, 104, [['9.5', '1']]),
    spot(107, 108, [['9', '1']]),
    spot(109, 110, [], [['10.25', '7']]),
  ];
  const snapshots = new Map([
    [
      1,
      bookSnapshot(
        100,
        [
          ['10', '1'],
          ['9', '1'],
        ],
        [
          ['11', '1'],
          ['12', '1'],
        ],
      ),
    ],
    [
      5,
      bookSnapshot(
        108,
        [['9', '1']],
        [
          ['10.25', '1'],
          ['12', '1'],
        ],
      ),
    ],
  ]);
  const run = (checkpointAt: number | null) => {
    let state = stateOf(binance);
    return events.map((event, index) => {
      if (index === checkpointAt) {
        const copy = stateOf(binance);
        copy.restore(JSON.parse(JSON.stringify(state.save())));
        state = copy;
      }
      const outcome = state.applyEvent(event, at(index));
      const snapshot = snapshots.get(index);
      const joined =
        snapshot === undefined || state.need === 'none'
          ? null
          : state.applySnapshot(snapshot, state.beginAttempt(), at(index));
      return { outcome, joined, saved: JSON.stringify(state.save()) };
    });
  };
  const whole = run(null);
  expect(whole.map(({ outcome }) => outcome.type)).toEqual([
    'buffered',
    'buffered',
    'applied',
    'applied',
    'gap',
    'buffered',
  ]);
  for (let index = 0; index < events.length; index += 1) expect(run(index)).toEqual(whole);
});
