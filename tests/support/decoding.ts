import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatUnits } from '../../src/main/engine/decimal.ts';
import { DecodeError } from '../../src/main/engine/errors.ts';
import type {
  BookDecimals,
  LevelList,
  Venue,
  VenueEvent,
} from '../../src/main/engine/venues/venue.ts';
import type { MarketKind } from '../../src/shared/market.ts';

export interface DecodingChanges {
  readonly marketKind?: MarketKind;
  readonly decimals?: BookDecimals;
}

/** Events of one frame, in a form that outlives the call and shows exact numbers as text. */
export function eventsOf(venue: Venue, text: string, changes: DecodingChanges = {}): unknown[] {
  const { marketKind = 'spot', decimals = { price: 0, size: 0 } } = changes;
  const events: unknown[] = [];
  venue.decode(
    text,
    {
      marketKind,
      instrumentOf: (symbol) => venue.describeSymbol(symbol, marketKind).instrument,
      decimalsOf: () => decimals,
    },
    (event) => events.push(shownEvent(event)),
  );
  return events;
}

/** The reason why a frame is refused; fails when it is not, or when events were written before. */
export function refusalOf(venue: Venue, text: string, changes: DecodingChanges = {}): string {
  const { marketKind = 'spot', decimals = { price: 0, size: 0 } } = changes;
  let written = 0;
  try {
    venue.decode(
      text,
      {
        marketKind,
        instrumentOf: (symbol) => venue.describeSymbol(symbol, marketKind).instrument,
        decimalsOf: () => decimals,
      },
      () => {
        written += 1;
      },
    );
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return written === 0 ? error.reason : `${written} events, then ${error.reason}`;
  }
  return `not refused: ${written} events`;
}

/** Exact numbers as text; the arrays of levels are copied. */
export function shownEvent(event: VenueEvent): unknown {
  switch (event.type) {
    case 'trade': {
      const { priceUnits, priceDecimals, sizeUnits, sizeDecimals, ...rest } = event;
      const price = formatUnits(priceUnits, priceDecimals);
      return { ...rest, price, size: formatUnits(sizeUnits, sizeDecimals) };
    }
    case 'bbo': {
      const { bidUnits, bidSizeUnits, askUnits, askSizeUnits, ...others } = event;
      const { priceDecimals, sizeDecimals, ...rest } = others;
      return {
        ...rest,
        bid: [formatUnits(bidUnits, priceDecimals), formatUnits(bidSizeUnits, sizeDecimals)],
        ask: [formatUnits(askUnits, priceDecimals), formatUnits(askSizeUnits, sizeDecimals)],
      };
    }
    case 'book': {
      const { bids, asks, priceDecimals, sizeDecimals, ...rest } = event;
      const texts = (side: LevelList) =>
        Array.from({ length: side.count }, (_, index) => [
          formatUnits(side.prices[index] ?? 0, priceDecimals),
          formatUnits(side.sizes[index] ?? 0, sizeDecimals),
        ]);
      return { ...rest, bids: texts(bids), asks: texts(asks) };
    }
    default:
      return event;
  }
}

/** Frames of a recording of this repository, without their receive times. */
export function framesOf(file: string): readonly string[] {
  const path = fileURLToPath(new URL(`../fixtures/${file}`, import.meta.url));
  const bytes = readFileSync(path);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(line.indexOf(' ') + 1));
}

export function fixtureText(file: string): string {
  const bytes = readFileSync(fileURLToPath(new URL(`../fixtures/${file}`, import.meta.url)));
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** `r1`, `r2`, ... */
export function countingIds(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `r${count}`;
  };
}
