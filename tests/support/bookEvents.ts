import { LevelReader } from '../../src/main/engine/venues/levels.ts';
import type {
  BookEvent,
  BookSequence,
  BookSnapshot,
  LevelList,
} from '../../src/main/engine/venues/venue.ts';

export type LevelTexts = readonly (readonly [price: string, size: string])[];

/** Both sides in units, at the fewest decimals that hold them or more. */
export function levelsOf(bids: LevelTexts, asks: LevelTexts, decimals = { price: 0, size: 0 }) {
  const reader = new LevelReader();
  reader.read(bids, asks, decimals.price, decimals.size);
  return {
    bids: copyOf(reader.bids),
    asks: copyOf(reader.asks),
    priceDecimals: reader.priceDecimals,
    sizeDecimals: reader.sizeDecimals,
  };
}

function copyOf(levels: LevelList): LevelList {
  return {
    count: levels.count,
    prices: Array.from({ length: levels.count }, (_, index) => levels.prices[index] ?? 0),
    sizes: Array.from({ length: levels.count }, (_, index) => levels.sizes[index] ?? 0),
  };
}

export function bookEvent(
  kind: BookEvent['kind'],
  sequence: Partial<BookSequence> & { readonly last: number },
  bids: LevelTexts,
  asks: LevelTexts,
  changes: Partial<BookEvent> = {},
): BookEvent {
  return {
    type: 'book',
    instrument: 'binance:BTC-USDT',
    venueSymbol: 'BTCUSDT',
    topic: 'btcusdt@depth@100ms',
    channel: 'depth@100ms',
    venueTime: null,
    kind,
    ...levelsOf(bids, asks),
    sequence: { first: null, previous: null, ...sequence },
    checksum: null,
    rawLevels: null,
    ...changes,
  };
}

export function bookSnapshot(
  lastSequence: number,
  bids: LevelTexts,
  asks: LevelTexts,
  changes: Partial<BookSnapshot> = {},
): BookSnapshot {
  return {
    lastSequence,
    bidsComplete: false,
    asksComplete: false,
    ...levelsOf(bids, asks),
    ...changes,
  };
}
