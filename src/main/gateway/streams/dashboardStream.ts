import type { DashboardEvent } from '../../../shared/gateway/dashboard.ts';
import { apiPaths } from '../../../shared/gateway/paths.ts';
import type { GatewayContext } from '../gatewayContext.ts';
import type { ClientSink } from '../hub/clientContract.ts';
import { DashboardTeller } from './dashboardTeller.ts';
import type { EventStream, StreamEvent } from './eventStream.ts';
import { createEventSink, messageEvent } from './marketStreams.ts';
import { parseRequest } from './parseRequest.ts';
import { dashboardQuerySchema, subscriptionOf } from './streamQuery.ts';
import { openEventClient, streamRoute } from './streamRoute.ts';

const defaultRatePerSec = 1;

/** SSE of metric cards and alerts: `metrics`, `update`, `notification`, `alert`, `heartbeat`. */
export function addDashboardStream(context: GatewayContext): void {
  context.server.get(apiPaths.dashboardStream, streamRoute, async (request, reply) => {
    const query = parseRequest(dashboardQuerySchema, request.query, 'query');
    await openEventClient({
      context,
      request,
      reply,
      subscribe: subscriptionOf({ rate: query.rate ?? defaultRatePerSec }, ['health', 'gaps']),
      lastEventId: query.lastEventId,
      createSink: (stream) => createDashboardSink(context, stream),
    });
    return reply;
  });
}

function createDashboardSink(context: GatewayContext, stream: EventStream): ClientSink {
  const { hub } = context;
  const teller = new DashboardTeller(() => {
    const { clients } = hub.counts();
    return Object.values(clients).reduce((sum, count) => sum + count, 0);
  });
  return {
    ...createEventSink(context, stream, ({ records, cursor }) => {
      const events = records.flatMap(({ update }) => teller.tellUpdate(update));
      return events.map((event, at) =>
        at === events.length - 1 ? { id: cursor, ...dashboardText(event) } : dashboardText(event),
      );
    }),
    sendMessage(message) {
      if (message.type !== 'status') {
        stream.send(messageEvent(message));
        return;
      }
      stream.send(...teller.tellStatus(message).map(dashboardText));
    },
  };
}

function dashboardText(event: DashboardEvent): StreamEvent {
  return { event: event.type, data: JSON.stringify(event) };
}
