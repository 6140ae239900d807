import { candleIntervalMs } from '../../../shared/market.ts';
import type { ClockOffset } from '../health/clockOffset.ts';
import type { CandleEvent, MarketDataEvent } from '../venues/venue.ts';
import type { Stream } from './stream.ts';

/** By this much a venue's messages may precede its clock, or each other, without either being wrong. */
const toleranceMs = 2_000;
/** No message that still comes is later than this. */
const latestMs = 60_000;

/**
 * A message of the future cannot be: it happened by now at the latest, and its time says nothing of its lag. Nor is a trade
 * of a minute ago told only now. Null where the times are as they should be. The order of messages is that of their
 * arrival, whatever their times say.
 */
export function withoutImpossible(
  event: MarketDataEvent,
  clock: ClockOffset,
  nowMs: number,
): MarketDataEvent | null {
  const venueNow = clock.venueTime(nowMs);
  if (venueNow === null) return null;
  const latest = venueNow + (clock.errorMs(nowMs) ?? 0) + toleranceMs;
  const isTrade = event.type === 'trade';
  const newest = isTrade ? Math.max(event.venueTime ?? 0, event.tradeTime) : event.venueTime;
  if (newest === null) return null;
  const isAncient = isTrade && newest < venueNow - latestMs;
  if (newest <= latest && !isAncient) return null;
  if (!isTrade) return { ...event, venueTime: null };
  const now = Math.floor(venueNow);
  const tradeTime = isAncient ? now : Math.min(event.tradeTime, now);
  return { ...event, venueTime: null, tradeTime };
}

/** The event as if the venue's clock were right; null for a bar that a clock which is off has cut, or that cannot be yet. */
export function settled(
  event: MarketDataEvent,
  clock: ClockOffset,
  nowMs: number,
): MarketDataEvent | null {
  if (event.type === 'candle' && !isPossibleBar(event, clock, nowMs)) return null;
  if (clock.strayMs === 0) return event;
  const venueTime = event.venueTime === null ? null : clock.settledTime(event.venueTime, nowMs);
  if (event.type !== 'trade') return { ...event, venueTime };
  return { ...event, venueTime, tradeTime: clock.settledTime(event.tradeTime, nowMs) };
}

function isPossibleBar(event: CandleEvent, clock: ClockOffset, nowMs: number): boolean {
  if (clock.strayMs !== 0) return false;
  const venueNow = clock.venueTime(nowMs);
  if (venueNow === null) return true;
  const { openTime } = event.candle;
  const lengthMs = event.interval === null ? 0 : candleIntervalMs[event.interval];
  const isAhead = openTime > venueNow + (clock.errorMs(nowMs) ?? 0) + toleranceMs;
  return !isAhead && openTime + lengthMs >= venueNow - latestMs;
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

/** Ahead of the venue's clock: what is late never is. */
export function isAhead(
  { venueTime }: MarketDataEvent,
  clock: ClockOffset,
  nowMs: number,
): boolean {
  const venueNow = clock.venueTime(nowMs);
  return venueTime !== null && venueNow !== null && venueTime > venueNow;
}
