import type { CandleInterval, Instrument } from '../../../shared/market.ts';
import type { CandleValue } from '../../../shared/values.ts';
import type { VenueRecordingFeed } from '../../engine/host.ts';

/** Bars as a program asks a venue for them. */
export interface CandleRange {
  readonly instrument: Instrument;
  readonly interval: CandleInterval;
  /** The first open time that counts; null: as old as there are. */
  readonly from: number | null;
  /** Bars that open before this; null: up to now. */
  readonly before: number | null;
  readonly limit: number;
  /** Which ones are meant where there are more. */
  readonly takes: 'oldest' | 'newest';
}

/** Oldest first; null: the recording does not hold them. */
export async function candlesIn(
  feed: VenueRecordingFeed,
  { instrument, interval, from, before, limit, takes }: CandleRange,
): Promise<readonly CandleValue[] | null> {
  const known = await feed.candles(instrument.id, interval, before);
  if (known.length === 0) return null;
  const bars = from === null ? known : known.filter(({ openTime }) => openTime >= from);
  return takes === 'oldest' ? bars.slice(0, limit) : bars.slice(-limit);
}

/** Epoch ms of a query; null: it names none. */
export function timeIn(query: URLSearchParams, name: string): number | null {
  const text = query.get(name) ?? '';
  return /^\d{1,16}$/.test(text) ? Number(text) : null;
}

/** As the venues write numbers: never with an exponent. */
export function numberText(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : text;
}

/** Open, high, low, close, base volume. */
export function figuresOf({ open, high, low, close, volume }: CandleValue): readonly string[] {
  return [open, high, low, close, volume].map(numberText);
}
