import type { TapeRow, TradeTape } from '../../../../src/renderer/store/marketStore.ts';
import type { GapRecord } from '../../../../src/shared/feedHealth.ts';
import type { TradeValue } from '../../../../src/shared/values.ts';
import type { VenueId } from '../../../../src/shared/venues.ts';

export const now = 1_700_000_000_000;
export const market = 'BTC-USDT';

export function trade(
  ordinal: number,
  receivedTime: number,
  changes: Partial<TradeValue> & { readonly venue?: VenueId } = {},
): TradeValue {
  const { venue = 'binance', ...rest } = changes;
  return {
    type: 'trade',
    ordinal,
    instrument: `${venue}:${market}`,
    id: String(ordinal),
    side: 'buy',
    priceUnits: 8_425_010,
    priceDecimals: 2,
    sizeUnits: 1_000,
    sizeDecimals: 4,
    venueTime: receivedTime - 20,
    receivedTime,
    late: false,
    outlier: false,
    ...rest,
  };
}

export function tapeOf(rows: readonly TapeRow[], appended = rows.length): TradeTape {
  return { length: rows.length, at: (index) => rows[index], appended, epoch: 1 };
}

export function gap(changes: Partial<GapRecord> = {}): GapRecord {
  return {
    id: 1,
    venue: 'okx',
    instrument: `okx:${market}`,
    channel: 'trade',
    cause: 'sequence',
    from: now,
    to: now + 800,
    firstId: null,
    lastId: null,
    missing: null,
    repairedBy: null,
    ...changes,
  };
}
