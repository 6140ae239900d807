import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { BookState } from '../../src/main/engine/book/bookState.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import type {
  BboEvent,
  BookEvent,
  DecodeContext,
  VenueEvent,
} from '../../src/main/engine/venues/venue.ts';
import { bookEvent, bookSnapshot } from '../support/bookEvents.ts';

const fixtures = new URL('../fixtures/', import.meta.url);
const unzipped = (name: string): string =>
  gunzipSync(readFileSync(new URL(name, fixtures))).toString('utf8');

const now = { receivedTime: 1, monotonicMs: 1 };

function topOf(sequence: number, bid: number, ask: number, size = 1): BboEvent {
  return {
    ...{ type: 'bbo', instrument: 'binance:BTC-USDT', venueSymbol: 'BTCUSDT' },
    ...{ topic: 'btcusdt@bookTicker', channel: 'bookTicker', venueTime: null },
    ...{ bidUnits: bid, bidSizeUnits: size, askUnits: ask, askSizeUnits: 1 },
    ...{ priceDecimals: 0, sizeDecimals: 0, sequence },
  };
}

function liveBook(): BookState {
  const { sequencing } = createVenue('binance');
  const state = new BookState({ sequencing, decimals: { price: 0, size: 0 } });
  state.applyEvent(bookEvent('delta', { first: 1, last: 1 }, [], []), now);
  const snapshot = bookSnapshot(5, [['9', '1']], [['11', '1']]);
  expect(state.applySnapshot(snapshot, state.beginAttempt(), now).type).toBe('live');
  return state;
}

describe('a book against the best prices of its venue [D07]', () => {
  test('differs twice in a row at equal ids: not live in that call, and a new snapshot is needed', () => {
    const state = liveBook();
    expect(state.applyTop(topOf(5, 8, 11)).type).toBe('ignored');
    expect([state.status, state.counters.mismatches]).toEqual(['live', 1]);
    state.applyEvent(bookEvent('delta', { first: 6, last: 6 }, [['7', '1']], []), now);
    expect(state.applyTop(topOf(6, 8, 11))).toMatchObject({ type: 'gap', cause: 'mismatch' });
    expect([state.status, state.need, state.counters.mismatches]).toEqual([
      'gap',
      'restSnapshot',
      2,
    ]);
    expect(state.knownRange).toBeNull();
  });

  test('is found wrong as well when the best prices come before the change of the same id', () => {
    const state = liveBook();
    state.applyTop(topOf(6, 8, 11));
    state.applyTop(topOf(7, 8, 11));
    const change = (id: number) => bookEvent('delta', { first: id, last: id }, [['7', '1']], []);
    expect(state.applyEvent(change(6), now).type).toBe('applied');
    expect(state.applyEvent(change(7), now)).toMatchObject({ type: 'gap', cause: 'mismatch' });
  });

  test('stays live when only one differs, when only the ids differ, and after a size that fits', () => {
    const state = liveBook();
    const change = (id: number) => bookEvent('delta', { first: id, last: id }, [['7', '1']], []);
    state.applyTop(topOf(5, 8, 11));
    state.applyEvent(change(6), now);
    state.applyTop(topOf(6, 9, 11));
    state.applyEvent(change(7), now);
    state.applyTop(topOf(7, 9, 11, 2));
    state.applyTop(topOf(9, 1, 2));
    state.applyTop(topOf(10, 1, 2));
    state.applyEvent(bookEvent('delta', { first: 8, last: 11 }, [['7', '2']], []), now);
    expect([state.status, state.counters.mismatches]).toEqual(['live', 2]);
  });

  test('keeps what waits to be compared over a restored state', () => {
    const state = liveBook();
    state.applyTop(topOf(6, 8, 11));
    state.applyTop(topOf(5, 8, 11));
    const { sequencing } = createVenue('binance');
    const copy = new BookState({ sequencing, decimals: { price: 0, size: 0 } });
    copy.restore(JSON.parse(JSON.stringify(state.save())));
    const change = bookEvent('delta', { first: 6, last: 6 }, [['7', '1']], []);
    expect(copy.applyEvent(change, now).type).toBe('gap');
  });

  test('recorded books agree with the recorded best prices at equal ids; altered levels are found', () => {
    const whole = playRecording(Number.POSITIVE_INFINITY);
    expect([whole.status, whole.counters.mismatches]).toEqual(['live', 0]);
    expect(whole.counters.applied).toBeGreaterThan(270);
    const broken = playRecording(1_500);
    expect([broken.status, broken.need, broken.counters.mismatches]).toEqual([
      'gap',
      'restSnapshot',
      2,
    ]);
  });
});

/** `breakAt`: from this line on our book gets wrong sizes. */
function playRecording(breakAt: number): BookState {
  const venue = createVenue('binance');
  const state = new BookState({ sequencing: venue.sequencing, decimals: { price: 2, size: 5 } });
  const context: DecodeContext = {
    marketKind: 'spot',
    instrumentOf: () => 'binance:BTC-USDT',
    decimalsOf: () => state.decimals,
  };
  let line = 0;
  const sink = (event: VenueEvent): void => {
    if (event.type === 'book')
      state.applyEvent(line < breakAt ? event : withWrongSizes(event), now);
    if (event.type === 'bbo') state.applyTop(event);
  };
  const snapshot = unzipped('binance-spot/btcusdt-20240808.depth-snapshot.json.gz');
  const lines = unzipped('binance-spot/btcusdt-20240808-first3000.ndjson.gz').trim().split('\n');
  for (const text of lines) {
    line += 1;
    if (line === 8) {
      const read = venue.rest.readBookSnapshot(snapshot, state.decimals);
      state.applySnapshot(read, state.beginAttempt(), now);
    }
    venue.decode(text.slice(28), context, sink);
  }
  return state;
}

function withWrongSizes(event: BookEvent): BookEvent {
  const { bids, asks } = event;
  const sizes = Array.from({ length: bids.count }, (_, index) => 2 * (bids.sizes[index] ?? 0));
  return { ...event, bids: { ...bids, sizes }, asks };
}
