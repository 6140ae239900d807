import type { ConnectionReason, FeedError } from '../../../shared/feedHealth.ts';
import { venueRecord, type VenueId } from '../../../shared/venues.ts';

/** What a close means for the next attempt, in the health panel's words. */
export function reasonOfClose(code: number): ConnectionReason {
  if (code === 429 || code === 1008) return 'rate-limited';
  if (code === 418 || code === 403) return 'banned';
  if (code >= 400 && code < 1000) return 'refused';
  return 'backoff';
}

const textByCode: Readonly<Record<number, string>> = {
  403: 'refused the connection (403)',
  418: 'has banned this address for a while (418)',
  429: 'asks for fewer connections (429)',
  1000: 'closed the connection',
  1001: 'closed the connection for maintenance',
  1006: 'dropped the connection without a word',
  1008: 'closed the connection: too many requests',
  1009: 'closed the connection: message too long',
  1011: 'closed the connection after an error of its own',
  4004: 'closed the connection: it heard nothing from us for 30 s',
  4005: 'closed the connection: we read too slowly',
  4008: 'closed the connection: too many channels',
};

export function errorOfClose(
  venue: VenueId,
  code: number,
  reason: string,
  opened: boolean,
): Omit<FeedError, 'time'> {
  const fallback = opened ? `closed the connection (${code})` : `cannot be reached (${code})`;
  const text = !opened && code === 1006 ? 'cannot be reached' : (textByCode[code] ?? fallback);
  const isLimit = code === 429 || code === 418 || code === 403 || code === 1008;
  return {
    type: isLimit ? 'rate-limit' : 'connection',
    venue,
    code: String(code),
    detail: reason.slice(0, 500),
    message: `${venueRecord(venue).name} ${text}. Reconnecting by itself.`,
  };
}
