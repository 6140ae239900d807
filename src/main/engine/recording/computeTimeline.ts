import type { EpochMs } from '../../../shared/market.ts';
import type { TimeRange, TimelineBucket } from '../../../shared/replay.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { PricePoint, SampleCounts } from './timelineSamples.ts';

export interface TimelineRange {
  readonly startTime: EpochMs;
  readonly endTime: EpochMs;
}

/** Time without data of a venue; null: of all. */
export interface GapSpan {
  readonly venue: VenueId | null;
  readonly from: EpochMs;
  /** Null while it lasts. */
  readonly to: EpochMs | null;
}

/**
 * Equal buckets over a range. Messages of a sample that spans several are shared out by time, whole ones, so that none is
 * lost; a bucket that no sample touches has none at all. Where the wall clock was set back, what came later wins.
 */
export function computeBuckets(
  counts: readonly SampleCounts[],
  points: readonly PricePoint[],
  holdMs: number,
  buckets: number,
  { startTime, endTime }: TimelineRange,
): readonly TimelineBucket[] {
  const stepMs = Math.max(endTime - startTime, 1) / buckets;
  const messages = new Array<number | null>(buckets).fill(null);
  for (const sample of counts) share(sample, messages, startTime, stepMs);
  const prices = pricesAtEnds(points, holdMs, buckets, startTime, stepMs);
  return messages.map((each, index) => ({
    time: startTime + index * stepMs,
    messages: each,
    price: prices[index] ?? null,
  }));
}

function share(
  { time, coversMs, messages }: SampleCounts,
  shares: (number | null)[],
  startTime: EpochMs,
  stepMs: number,
): void {
  const from = time - coversMs;
  const first = Math.max(0, Math.floor((from - startTime) / stepMs));
  const last = Math.min(shares.length - 1, Math.floor((time - startTime) / stepMs));
  const sharedUntil = (moment: number) =>
    moment >= time ? messages : Math.round((messages * (moment - from)) / coversMs);
  for (let index = first; index <= last; index += 1) {
    const start = Math.max(from, startTime + index * stepMs);
    const end = Math.min(time, startTime + (index + 1) * stepMs);
    // It ends where this bucket begins.
    if (end <= start && coversMs > 0) continue;
    const before = coversMs > 0 ? sharedUntil(start) : 0;
    shares[index] = (shares[index] ?? 0) + sharedUntil(end) - before;
  }
}

/** The newest price at or before the end of each bucket, unless it is older than it holds. */
function pricesAtEnds(
  points: readonly PricePoint[],
  holdMs: number,
  buckets: number,
  startTime: EpochMs,
  stepMs: number,
): readonly (number | null)[] {
  const prices = new Array<number | null>(buckets).fill(null);
  const times = new Array<number>(buckets).fill(Number.NEGATIVE_INFINITY);
  for (const { time, price } of points) {
    const first = Math.max(0, Math.ceil((time - startTime) / stepMs) - 1);
    for (let index = first; index < buckets; index += 1) {
      if (startTime + (index + 1) * stepMs > time + holdMs) break;
      if (time < (times[index] ?? 0)) continue;
      times[index] = time;
      prices[index] = price;
    }
  }
  return prices;
}

/** Spans of a venue that touch are one; only what lies in the range, oldest first. */
export function mergeSpans(
  spans: readonly GapSpan[],
  { startTime, endTime }: TimelineRange,
): readonly (TimeRange & { readonly venue: VenueId | null })[] {
  const merged: { venue: VenueId | null; from: EpochMs; to: EpochMs }[] = [];
  const newest = new Map<VenueId | null, { from: EpochMs; to: EpochMs }>();
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const from = Math.max(span.from, startTime);
    const to = Math.min(span.to ?? endTime, endTime);
    if (to <= from) continue;
    const before = newest.get(span.venue);
    if (before !== undefined && from <= before.to) {
      before.to = Math.max(before.to, to);
      continue;
    }
    const next = { venue: span.venue, from, to };
    merged.push(next);
    newest.set(span.venue, next);
  }
  return merged;
}
