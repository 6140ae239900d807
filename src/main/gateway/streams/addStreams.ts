import type { GatewayError } from '../../../shared/gateway/errors.ts';
import type { GatewayContext, GatewayPart } from '../gatewayContext.ts';
import { addDashboardStream } from './dashboardStream.ts';
import { addLongPolling } from './longPoll.ts';
import { addMarketStreams } from './marketStreams.ts';
import { addProfitAndLossRoutes } from './profitAndLossRoutes.ts';
import { openSocketEndpoint } from './socketEndpoint.ts';

const revoked: GatewayError = {
  code: 'TOKEN_REVOKED',
  message: 'The access was ended. Sign in again.',
};

/** The gateway's own protocol on WebSockets, Server-Sent Events and long polling. */
export function addStreams(context: GatewayContext): GatewayPart {
  addMarketStreams(context);
  addDashboardStream(context);
  addProfitAndLossRoutes(context);
  const parts = [openSocketEndpoint(context), addLongPolling(context)];
  const stopListening = context.access.onRevoked(({ user, family }) => {
    context.hub.endSessions({ user, ...(family === null ? {} : { family }) }, revoked);
  });
  return {
    async close() {
      stopListening();
      for (const part of parts) await part.close();
    },
  };
}
