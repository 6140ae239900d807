import { apiPaths } from '../../../shared/gateway/paths.ts';
import type { HealthUpdate } from '../../../shared/gateway/wire.ts';
import type { GatewayContext } from '../gatewayContext.ts';
import { computeHealth } from '../health.ts';

export interface HealthSources {
  /** Pages of the workstation that are attached. */
  readonly windows: () => number;
  readonly venues: () => Promise<HealthUpdate | null>;
  /** Connections of Socket.IO by what they use now. */
  readonly socketIo: () => { readonly websocket: number; readonly polling: number };
}

/** For monitors, without a token: states and counts, nothing of whom or what is traded. */
export function addHealthRoute(context: GatewayContext, sources: HealthSources): void {
  const { server, hub, host, clock } = context;
  server.get(apiPaths.health, async (_request, reply) => {
    const status = (await host?.status()) ?? hub.status();
    if (status === null) {
      return context.refuse(reply, {
        code: 'NO_FEED',
        message: 'No engine has been heard yet. Look at the ingesting processes and at Redis.',
        retryAfterMs: 2_000,
      });
    }
    const venues = (await sources.venues())?.venues ?? [];
    const { websocket, sse, poll, socketio } = hub.counts().clients;
    const byUse = sources.socketIo();
    const clients = {
      count: websocket + sse + poll + socketio + sources.windows(),
      transports: {
        ...{ websocket: websocket + byUse.websocket, sse },
        polling: poll + byUse.polling,
      },
    };
    const { code, report } = computeHealth(status, venues, clients, clock.wallMs());
    return reply.code(code).header('cache-control', 'no-store').send(report);
  });
}
