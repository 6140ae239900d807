import type { ClockOffset } from '../health/clockOffset.ts';
import type { MarketDataEvent } from '../venues/venue.ts';
import type { Stream } from './stream.ts';

/** By this much a venue's messages may precede its clock, or each other, without either being wrong. */
const toleranceMs = 2_000;

/**
 * A message of the future cannot be: it happened by now at the latest, and its time says nothing of its lag. Null where the
 * times are as they should be. The order of messages is that of their arrival, whatever their times say.
 */
export function withoutFuture(
  event: MarketDataEvent,
  clock: ClockOffset,
  nowMs: number,
): MarketDataEvent | null {
  const venueNow = clock.venueTime(nowMs);
  if (venueNow === null) return null;
  const latest = venueNow + (clock.errorMs(nowMs) ?? 0) + toleranceMs;
  const isTrade = event.type === 'trade';
  const newest = isTrade ? Math.max(event.venueTime ?? 0, event.tradeTime) : event.venueTime;
  if (newest === null || newest <= latest) return null;
  if (!isTrade) return { ...event, venueTime: null };
  return { ...event, venueTime: null, tradeTime: Math.min(event.tradeTime, Math.floor(venueNow)) };
}

/** The message is older than the one before it, by more than two threads of a venue can be apart. */
export function goesBack(event: MarketDataEvent, { lastVenueTime }: Stream): boolean {
  if (event.venueTime === null || lastVenueTime === null) return false;
  return event.venueTime < lastVenueTime - toleranceMs;
}

/** The message is so far from what we take for the venue's clock that one of the two is wrong. */
export function contradicts(
  { venueTime }: MarketDataEvent,
  clock: ClockOffset,
  nowMs: number,
): boolean {
  const venueNow = clock.venueTime(nowMs);
  if (venueTime === null || venueNow === null) return false;
  return Math.abs(venueNow - venueTime) > (clock.errorMs(nowMs) ?? 0) + toleranceMs;
}
