import { gatewayPaths } from '../../../shared/channels.ts';
import type { GatewayContext } from '../gatewayContext.ts';
import { computeHealth } from '../health.ts';

export function addHealthRoute(context: GatewayContext, windows: () => number): void {
  context.server.get(gatewayPaths.health, async (_request, reply) => {
    const status = context.hub.status() ?? (await context.host?.status()) ?? null;
    if (status === null) return context.refuse(reply, { code: 'NO_FEED', message: 'x' });
    const { code, report } = computeHealth(status, windows(), context.clock.wallMs());
    return reply.code(code).header('cache-control', 'no-store').send(report);
  });
}
