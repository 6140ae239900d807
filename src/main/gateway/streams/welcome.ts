import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import type { WelcomeMessage } from '../../../shared/gateway/wire.ts';
import type { GatewayContext } from '../gatewayContext.ts';
import type { ClientSession } from '../hub/clientContract.ts';

/** The first message of every stream of the gateway's own protocol. */
export function welcomeOf(
  { hub, clock, version, settings }: Pick<GatewayContext, 'hub' | 'clock' | 'version' | 'settings'>,
  session: ClientSession,
): WelcomeMessage {
  return {
    type: 'welcome',
    protocol: 1,
    version,
    client: session.id,
    source: hub.source,
    time: clock.wallMs(),
    cursor: session.cursor,
    heartbeatMs: settings.heartbeatMs,
    retentionMs: gatewayLimits.retentionMs,
    user: session.principal.user,
    expiresTime: session.principal.expiresTime,
  };
}
