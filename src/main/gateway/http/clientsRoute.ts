import type { ClientConnection, ClientsReport } from '../../../shared/gateway/clientsReport.ts';
import { apiPaths } from '../../../shared/gateway/paths.ts';
import type { Principal } from '../accounts/access.ts';
import type { GatewayContext } from '../gatewayContext.ts';
import type { ClientView } from '../hub/clientContract.ts';
import { authorize } from './authorize.ts';

/** More nobody reads; the counts have all of them. */
const maxListedClients = 500;
const maxChannelNames = 20;

export interface ClientsSources {
  /** Pages of the workstation that are attached. */
  readonly windows: () => number;
}

/** For the panel of connections: all of them for a session key, a user's own ones and the counts for a user. */
export function addClientsRoute(context: GatewayContext, { windows }: ClientsSources): void {
  const { server, hub, clock } = context;
  const startedMs = clock.monotonicMs();
  server.get(apiPaths.clients, async (request, reply) => {
    const principal = await authorize(context, request, reply);
    if (principal === null) return reply;
    const uptimeMs = clock.monotonicMs() - startedMs;
    const report: ClientsReport = {
      ...{ time: clock.wallMs(), uptimeMs, windows: windows() },
      ...writeCounts(context),
      ...writeConnections(hub.clients(), principal),
    };
    return reply.header('cache-control', 'no-store').send(report);
  });
}

type Counts = Omit<
  ClientsReport,
  'time' | 'uptimeMs' | 'windows' | 'slow' | 'connectedMs' | 'view' | 'visible' | 'connections'
>;

function writeCounts({ hub }: GatewayContext): Counts {
  const { clients, channels, recordsSent, bytesSent, conflated, ...counts } = hub.counts();
  const { resyncs, resumed, evicted, deliveryMs, durationsSec } = counts;
  const { count, sum } = durationsSec;
  return {
    ...{ clients, channels, recordsSent, bytesSent, conflated },
    ...{ resyncs, resumed, evicted, deliveryMs },
    ended: { count, averageMs: count === 0 ? null : (sum * 1_000) / count },
  };
}

type Connections = Pick<ClientsReport, 'slow' | 'connectedMs' | 'view' | 'visible' | 'connections'>;

/** Figures are of all clients, whoever asks. */
export function writeConnections(all: readonly ClientView[], { user }: Principal): Connections {
  const isAll = user === null;
  const visible = isAll ? all : all.filter((client) => client.user === user);
  const listed = visible.toSorted((a, b) => rank(a) - rank(b)).slice(0, maxListedClients);
  const total = all.reduce((sum, { connectedMs }) => sum + connectedMs, 0);
  const longest = all.reduce((most, { connectedMs }) => Math.max(most, connectedMs), 0);
  const isNobody = all.length === 0;
  return {
    slow: all.filter(({ state }) => state === 'slow').length,
    connectedMs: {
      average: isNobody ? null : total / all.length,
      longest: isNobody ? null : longest,
    },
    view: isAll ? 'all' : 'own',
    visible: visible.length,
    connections: listed.map((client) => writeConnection(client, isAll)),
  };
}

/** The slow ones come first; the others stay in the order in which they came. */
function rank({ state }: ClientView): number {
  return state === 'slow' ? 0 : 1;
}

function writeConnection(client: ClientView, showsAddress: boolean): ClientConnection {
  const { channels, address, ...rest } = client;
  return {
    ...rest,
    address: showsAddress ? address : null,
    channels: channels.length,
    channelNames: channels.slice(0, maxChannelNames),
  };
}
