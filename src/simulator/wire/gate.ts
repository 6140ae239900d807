import type { HandshakeRefusal } from '../faults/faultBoard.ts';
import type { Handshake, RestRequest, RestResult } from './dialect.ts';
import type { Peer } from './peer.ts';
import type { VenueContext } from './venueContext.ts';

const shortestDelayMs = 12;
const usualDelayMs = 18;

/** Counts a connection attempt and lets faults refuse it. */
export function gateHandshake(context: VenueContext): Handshake | undefined {
  context.counters.connects += 1;
  const refusal = context.faults.onHandshake(context.now());
  if (refusal === undefined) return undefined;
  context.counters.connectsRefused += 1;
  if (refusal.status === 'hang') return { accepted: 'hang' };
  return { accepted: false, status: refusal.status, headers: retryHeaders(refusal), body: '' };
}

/** Lets faults end or freeze a socket that was just accepted. */
export function gateAccepted(context: VenueContext, peer: Peer): void {
  const fate = context.faults.onAccepted(context.now());
  if (fate === undefined) return;
  if (fate === 'freeze') {
    peer.freeze();
    return;
  }
  context.schedule(context.now(), () => {
    if (fate === 'reset') peer.terminate();
    else peer.close(fate.code, '');
  });
}

/** Counts a request and lets faults refuse it. */
export function gateRequest(context: VenueContext, request: RestRequest): RestResult | undefined {
  context.counters.requests += 1;
  const refusal = context.faults.onRequest(context.now(), request.path);
  if (refusal === undefined) return undefined;
  context.counters.requestsRefused += 1;
  if (refusal.status === 'hang') return 'hang';
  if (refusal.status === 0) return 'reset';
  const delayMs = networkDelay(context);
  return { status: refusal.status, headers: retryHeaders(refusal), body: '', delayMs };
}

export function networkDelay(context: VenueContext): number {
  return Math.round(shortestDelayMs + usualDelayMs * context.random.exponential());
}

function retryHeaders(refusal: HandshakeRefusal): Record<string, string> {
  const { retryAfterSec } = refusal;
  return retryAfterSec === undefined ? {} : { 'retry-after': String(retryAfterSec) };
}
