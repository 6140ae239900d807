import type { GatewayErrorCode } from '../../../shared/gateway/errors.ts';

/** Ours to try again later. The reason of the close is the code of the error. */
const laterCodes: ReadonlySet<GatewayErrorCode> = new Set([
  'SLOW_CONSUMER',
  'OVERLOADED',
  'NO_FEED',
  'RATE_LIMITED',
]);

export function closeCodeOf(code: GatewayErrorCode): number {
  if (code === 'INTERNAL') return 1011;
  return laterCodes.has(code) ? 1013 : 1008;
}
