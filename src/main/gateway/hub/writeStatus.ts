import type { StreamStatus } from '../../../shared/feedHealth.ts';
import type { PriceUpdate, WireStatus } from '../../../shared/gateway/wire.ts';
import type { BookPart, TickerValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { parseInstrumentId } from '../../../shared/market.ts';

export type RecordHead = Pick<
  PriceUpdate,
  'channel' | 'symbol' | 'epoch' | 'seq' | 'source' | 'time'
>;

export function isFresh(status: StreamStatus): boolean {
  return status === 'live' || status === 'quiet';
}

/** Of one stream of one venue. `hasValue`: it has brought something before. */
export function streamWireStatus(status: StreamStatus, hasValue: boolean): WireStatus {
  if (!hasValue) return 'none';
  if (status === 'live' || status === 'quiet' || status === 'resyncing') return status;
  return status === 'subscribing' ? 'resyncing' : 'stale';
}

const order: readonly WireStatus[] = [
  'live',
  'quiet',
  'degraded',
  'single',
  'disputed',
  'resyncing',
  'stale',
  'none',
];

/** Of several venues together: whole where all are fresh, less where some are left out, else the best of what is left. */
export function joinedStatus(statuses: readonly WireStatus[]): WireStatus {
  const fresh = statuses.filter((status) => status === 'live' || status === 'quiet');
  if (fresh.length === 0) return order.find((status) => statuses.includes(status)) ?? 'none';
  if (fresh.length === statuses.length) return fresh.includes('live') ? 'live' : 'quiet';
  return fresh.length === 1 ? 'single' : 'degraded';
}

export function tickerStatus({ status, last }: TickerValue): WireStatus {
  return streamWireStatus(status, last !== null);
}

export function bookStatus(part: BookPart): WireStatus {
  if (part.counted) return streamWireStatus(part.streamStatus, true);
  if (part.receivedTime === null) return 'none';
  return part.streamStatus === 'stale' || part.streamStatus === 'failed' ? 'stale' : 'resyncing';
}

/** The sentence beside a status that is not live; absent where there is nothing to say. */
export function noteOf(
  status: WireStatus,
  leftOut: readonly (VenueId | null)[],
): { readonly note?: string } {
  const names = leftOut.flatMap((venue) => (venue === null ? [] : [venueRecord(venue).name]));
  if (names.length > 0) return { note: `Without ${names.join(' and ')} at the moment.` };
  if (status === 'disputed') return { note: 'The venues differ by more than 2 %.' };
  if (status === 'stale') return { note: 'No venue is fresh: this is the last value.' };
  if (status === 'none') return { note: 'No venue has sent a value yet.' };
  return status === 'resyncing' ? { note: 'The venues are being read anew.' } : {};
}

export function venueOf(instrument: string): VenueId | null {
  return parseInstrumentId(instrument)?.venue ?? null;
}
