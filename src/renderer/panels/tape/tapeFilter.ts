import * as v from 'valibot';
import type { TradeValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds, venueRecord } from '../../../shared/venues.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import { groupDigits } from '../../format/digits.ts';

const sizeText = v.pipe(v.string(), v.regex(/^\d{1,9}(\.\d{1,8})?$/));

const optionsSchema = v.object({
  /** Plain decimal of the base coin; empty shows all. */
  leastSize: v.fallback(v.union([v.literal(''), sizeText]), ''),
  /** Venues left out. */
  hidden: v.fallback(v.array(v.picklist(venueIds)), []),
  /** From this size on a row is tinted; empty follows the market's own sizes. */
  largeSize: v.fallback(v.union([v.literal(''), sizeText]), ''),
});

/** What a tape keeps with the layout. */
export type TapeOptions = v.InferOutput<typeof optionsSchema>;

export function parseTapeOptions(saved: unknown): TapeOptions {
  const parsed = v.safeParse(optionsSchema, saved);
  return parsed.success ? parsed.output : v.parse(optionsSchema, {});
}

/** What a person typed as a size; null when it is none. An empty field is the empty option. */
export function parseSizeField(text: string): string | null {
  const plain = text.trim().replace(',', '.').replace(/\.$/, '');
  return plain === '' || v.is(sizeText, plain) ? plain : null;
}

export function tradeSize(trade: TradeValue): number {
  return trade.sizeUnits / 10 ** trade.sizeDecimals;
}

export function tradeVenue(trade: TradeValue): VenueId | null {
  return parseInstrumentId(trade.instrument)?.venue ?? null;
}

export interface TapeFilter {
  readonly leastSize: number;
  readonly hidden: readonly VenueId[];
}

export function createFilter(options: TapeOptions): TapeFilter {
  return { leastSize: Number(options.leastSize), hidden: options.hidden };
}

export function passesFilter(trade: TradeValue, filter: TapeFilter): boolean {
  if (tradeSize(trade) < filter.leastSize) return false;
  if (filter.hidden.length === 0) return true;
  const venue = tradeVenue(trade);
  return venue === null || !filter.hidden.includes(venue);
}

/** The filter in words: `All sizes, all venues`, `≥ 0.1 BTC, BN OK`. */
export function filterWords(options: TapeOptions, unit: string): string {
  const sizes =
    options.leastSize === '' ? 'All sizes' : `≥ ${groupDigits(options.leastSize)} ${unit}`;
  if (options.hidden.length === 0) return `${sizes}, all venues`;
  const shown = venueIds.filter((venue) => !options.hidden.includes(venue));
  const codes = shown.map((venue) => venueRecord(venue).code).join(' ');
  return `${sizes}, ${codes === '' ? 'no venue' : codes}`;
}
