import type { Handshake, RestResult } from './dialect.ts';
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
  return { accepted: false, status: refusal.status, headers: {}, body: '' };
}

/** Counts a request and lets faults refuse it. */
export function gateRequest(context: VenueContext): RestResult | undefined {
  context.counters.requests += 1;
  const refusal = context.faults.onRequest(context.now());
  if (refusal === undefined) return undefined;
  context.counters.requestsRefused += 1;
  if (refusal.status === 'hang') return 'hang';
  if (refusal.status === 0) return 'reset';
  return { status: refusal.status, headers: {}, body: '', delayMs: networkDelay(context) };
}

export function networkDelay(context: VenueContext): number {
  return Math.round(shortestDelayMs + usualDelayMs * context.random.exponential());
}
