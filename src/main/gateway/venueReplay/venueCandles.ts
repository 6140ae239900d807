import type { CandleInterval, Instrument } from '../../../shared/market.ts';
import type { CandleValue } from '../../../shared/values.ts';
import type { RecordedCandle, VenueRecordingFeed } from '../../engine/host.ts';
import { numberText } from './venueNumbers.ts';

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
  /** The answer has places for what this venue alone says of a bar. */
  readonly withOwnFigures: boolean;
}

/** Oldest first; null: the recording does not hold them. */
export async function candlesIn(
  feed: VenueRecordingFeed,
  { instrument, interval, from, before, limit, takes, withOwnFigures }: CandleRange,
): Promise<readonly RecordedCandle[] | null> {
  const known = await feed.candles(instrument.id, interval, { before, withOwnFigures });
  if (known.length === 0) return null;
  const bars = from === null ? known : known.filter(({ openTime }) => openTime >= from);
  return takes === 'oldest' ? bars.slice(0, limit) : bars.slice(-limit);
}

/** Open, high, low, close, base volume. */
export function figuresOf({ open, high, low, close, volume }: CandleValue): readonly string[] {
  return [open, high, low, close, volume].map(numberText);
}
