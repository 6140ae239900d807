import type { ConnectionReason, FeedError } from '../../../shared/feedHealth.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import type { DecodeError } from '../errors.ts';
import type { AckEvent, RestVerdict } from '../venues/venue.ts';
import type { LinkFailure } from '../ports/linkFailure.ts';
import { inertText } from './inertText.ts';
import { explainFailure, isForeign } from './linkFailures.ts';

/** An error before it gets its time. `detail` is for the log, `message` for a person. */
export type UntimedError = Omit<FeedError, 'time'>;

/** A handshake answered with anything but an upgrade or a refusal was not answered by the venue. */
export function failureOfClose(code: number): LinkFailure | null {
  return code >= 200 && code < 400 ? 'hijacked' : null;
}

/** What a close means for the next attempt, in the health panel's words. */
export function reasonOfClose(code: number, failure: LinkFailure | null): ConnectionReason {
  if (failure !== null && isForeign(failure)) return 'refused';
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
  failure: LinkFailure | null = null,
): UntimedError {
  if (failure !== null && !opened) return errorOfLink(venue, failure, `${code} ${reason}`);
  const fallback = opened ? `closed the connection (${code})` : `cannot be reached (${code})`;
  const text = !opened && code === 1006 ? 'cannot be reached' : (textByCode[code] ?? fallback);
  const isLimit = code === 429 || code === 418 || code === 403 || code === 1008;
  const isBan = code === 418 || code === 403;
  const next = isBan ? 'Nothing is sent to it until that ends, then all goes on' : 'Reconnecting';
  return inert({
    type: isLimit ? 'rate-limit' : 'connection',
    venue,
    code: String(code),
    detail: reason,
    message: `${nameOf(venue)} ${text}. ${next} by itself.`,
  });
}

/** The link itself failed: who is to look after it, and what happens meanwhile. */
export function errorOfLink(venue: VenueId, failure: LinkFailure, detail: string): UntimedError {
  return inert({
    type: 'connection',
    venue,
    code: failure,
    detail,
    message: explainFailure(failure, nameOf(venue)),
  });
}

/** The socket is there and says nothing; `what` is the connection's name. */
export function errorOfSilence(venue: VenueId, what: string, detail: string): UntimedError {
  return inert({
    type: 'connection',
    venue,
    code: 'silent',
    detail,
    message: `${what} stopped delivering: it is replaced by a new socket.`,
  });
}

export function errorOfRejection(venue: VenueId, ack: AckEvent): UntimedError {
  const culprit = ack.rejectedTopic ?? ack.topics?.join(', ') ?? 'a request';
  return inert({
    type: 'subscription',
    venue,
    code: ack.code,
    detail: ack.text,
    message: `${nameOf(venue)} refused ${culprit}. It is asked for again later; the others go on.`,
  });
}

export function errorOfUnanswered(venue: VenueId, topics: readonly string[]): UntimedError {
  return inert({
    type: 'subscription',
    venue,
    code: 'no-answer',
    detail: topics.slice(0, 20).join(', '),
    message: `${nameOf(venue)} did not answer subscriptions: the connection is replaced.`,
  });
}

export function errorOfLostBook(venue: VenueId, topic: string, attempts: number): UntimedError {
  return inert({
    type: 'subscription',
    venue,
    code: 'no-snapshot',
    detail: `${topic}: ${attempts} subscriptions without a live book`,
    message: `The order book ${topic} does not come back: the connection is replaced.`,
  });
}

export function errorOfFrame(venue: VenueId, error: DecodeError, text: string): UntimedError {
  return inert({
    type: 'parse',
    venue,
    code: error.reason,
    detail: `${error.message}: ${text}`,
    message: `A message of ${nameOf(venue)} could not be read and was left out.`,
  });
}

export function errorOfBody(venue: VenueId, error: DecodeError, what: string): UntimedError {
  return inert({
    type: 'parse',
    venue,
    code: error.reason,
    detail: `${what}: ${error.message}`,
    message: `An answer of ${nameOf(venue)} could not be read (${what}). It is asked again.`,
  });
}

export function errorOfListings(venue: VenueId, first: DecodeError, count: number): UntimedError {
  const what = count === 1 ? '1 listing' : `${count} listings`;
  return inert({
    type: 'parse',
    venue,
    code: first.reason,
    detail: `instruments: ${first.message}`,
    message: `${what} of ${nameOf(venue)} could not be read and cannot be found here; the others can.`,
  });
}

export function errorOfRequest(venue: VenueId, what: string, reason: string): UntimedError {
  return inert({
    type: 'server',
    venue,
    code: 'no-answer',
    detail: `${what}: ${reason}`,
    message: `${nameOf(venue)} could not be asked (${what}). It is asked again.`,
  });
}

/** `restMs`: how long nothing is asked. */
export function errorOfVerdict(
  venue: VenueId,
  what: string,
  status: number,
  verdict: Exclude<RestVerdict, { type: 'ok' }>,
  restMs: number,
): UntimedError {
  const isLimit = verdict.type === 'rate-limited';
  const seconds = Math.ceil(restMs / 1000);
  const next = isLimit ? `Requests rest for ${seconds} s, as it asks.` : 'It is asked again.';
  return inert({
    type: isLimit ? 'rate-limit' : 'server',
    venue,
    code: verdict.type === 'failed' ? verdict.code : String(status),
    detail: `${what}: ${verdict.text}`,
    message: `${nameOf(venue)} did not answer a request (${what}). ${next}`,
  });
}

function nameOf(venue: VenueId): string {
  return venueRecord(venue).name;
}

/** Venues, proxies and strangers write into these texts: nothing of theirs is trusted. */
function inert(error: UntimedError): UntimedError {
  const { code, detail, message } = error;
  return {
    ...error,
    code: inertText(code),
    detail: inertText(detail),
    message: inertText(message),
  };
}
