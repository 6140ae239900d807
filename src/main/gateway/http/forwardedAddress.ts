import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Behind a proxy every connection comes from the proxy, and limits by address would count all clients as one. What stands
 * last in `x-forwarded-for` is what the proxy itself saw; what stands before it may be anybody's claim. A connection that
 * is kept carries one request after the other, so each of them says whose it is now.
 */
export function adoptForwardedAddress({ headers, socket }: IncomingMessage): void {
  const forwarded = headers['x-forwarded-for'];
  const claims = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? '')).split(',');
  const address = claims.at(-1)?.trim() ?? '';
  Reflect.deleteProperty(socket, 'remoteAddress');
  if (isIP(address) === 0) return;
  Object.defineProperty(socket, 'remoteAddress', { value: address, configurable: true });
}
