import { apiPaths } from '../../../shared/gateway/paths.ts';
import { profitAndLossAt, profitAndLossCadenceMs } from '../../../shared/gateway/profitAndLoss.ts';
import type { GatewayContext } from '../gatewayContext.ts';
import { createEventSink } from './marketStreams.ts';
import { parseRequest } from './parseRequest.ts';
import { fixedQuerySchema } from './streamQuery.ts';
import { openEventClient, principalOf, streamRoute } from './streamRoute.ts';

/** Profit and loss under the names that programs know; it says that nothing computes it, and no figure. */
export function addProfitAndLossRoutes(context: GatewayContext): void {
  const { server, clock } = context;
  const text = (): string => JSON.stringify(profitAndLossAt(clock.wallMs()));
  server.get(apiPaths.pnl, async (request, reply) => {
    await principalOf(context, request);
    return reply
      .header('cache-control', 'no-store')
      .type('application/json; charset=utf-8')
      .send(text());
  });
  server.get(apiPaths.pnlStream, streamRoute, async (request, reply) => {
    parseRequest(fixedQuerySchema, request.query, 'query');
    await openEventClient({
      context,
      request,
      reply,
      subscribe: null,
      lastEventId: undefined,
      createSink: (stream) => createEventSink(context, stream, () => []),
      onOpen(stream) {
        let cancel: () => void = () => undefined;
        const tell = (event: 'snapshot' | 'update'): void => {
          stream.send({ event, data: text() });
          cancel = clock.after(profitAndLossCadenceMs, () => {
            tell('update');
          });
        };
        tell('snapshot');
        stream.onClose(() => {
          cancel();
        });
      },
    });
    return reply;
  });
}
