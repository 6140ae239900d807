import { describe, expect, test } from 'vitest';
import { BookState } from '../../../../src/main/engine/book/bookState.ts';
import type { InputTime } from '../../../../src/main/engine/inputs.ts';
import { sequencing as binance } from '../../../../src/main/engine/venues/binance/sequencing.ts';
import { sequencing as bybit } from '../../../../src/main/engine/venues/bybit/sequencing.ts';
import {
  checksumOf,
  sequencing as okx,
} from '../../../../src/main/engine/venues/okx/sequencing.ts';
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
