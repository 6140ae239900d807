import type { GatewayContext } from '../gatewayContext.ts';
import type { GatewayAccess } from './createAccess.ts';

/** Login, refresh, logout, ticket, and the page's own `/api/session` (exchange of the printed key, state of its cookie). */
export function addAuthRoutes(
  context: Pick<GatewayContext, 'server' | 'refuse' | 'clock' | 'log'>,
  access: GatewayAccess,
): void {
  void context;
  void access;
}
