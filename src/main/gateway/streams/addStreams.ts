import type { GatewayContext, GatewayPart } from '../gatewayContext.ts';
import { addDashboardStream } from './dashboardStream.ts';
import { addLongPolling } from './longPoll.ts';
import { addMarketStreams } from './marketStreams.ts';
import { addProfitAndLossRoutes } from './profitAndLossRoutes.ts';
import { openSocketEndpoint } from './socketEndpoint.ts';

/** The gateway's own protocol on WebSockets, Server-Sent Events and long polling. */
export function addStreams(context: GatewayContext): GatewayPart {
  addMarketStreams(context);
  addDashboardStream(context);
  addProfitAndLossRoutes(context);
  const parts = [openSocketEndpoint(context), addLongPolling(context)];
  return {
    async close() {
      for (const part of parts) await part.close();
    },
  };
}
