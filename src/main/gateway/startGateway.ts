import { gatewayLimits } from '../../shared/gateway/limits.ts';
import type { EngineHost, HostLogEntry } from '../engine/host.ts';
import { addAuthRoutes } from './accounts/authRoutes.ts';
import { createAccess } from './accounts/createAccess.ts';
import type { GatewayAccess } from './accounts/createAccess.ts';
import { openBridgeSockets } from './bridgeSocket.ts';
import { addExportRoute } from './exportRoute.ts';
import { allowListOf, isLoopback, originOf, reachedOrigin, schemeOf } from './gatewayAddress.ts';
import type { AddressOptions } from './gatewayAddress.ts';
import { systemGatewayClock } from './gatewayClock.ts';
import type { GatewayClock } from './gatewayClock.ts';
import type { GatewayContext, GatewayPart, GatewaySettings } from './gatewayContext.ts';
import { createHttpServer } from './httpServer.ts';
import type { HttpServerOptions } from './httpServer.ts';
import type { MarketHub } from './hub/clientContract.ts';
import { createMarketHub, stoppingText } from './hub/createMarketHub.ts';
import type { MarketHubOptions } from './hub/createMarketHub.ts';
import { openEngineFeed } from './hub/engineFeed.ts';
import type { MarketFeed } from './hub/marketFeed.ts';
import { addClientsRoute } from './http/clientsRoute.ts';
import { addDocumentRoutes } from './http/documentRoutes.ts';
import { addHealthRoute } from './http/healthRoute.ts';
import { addMarketRoutes } from './http/marketRoutes.ts';
import { addMetricsRoute } from './http/metricsRoute.ts';
import { RequestCounts } from './http/requestCounts.ts';
import type { RouteRecord } from './http/routeTable.ts';
import { watchVenueHealth } from './http/venueHealth.ts';
import { addPages } from './pages.ts';
import { refuse } from './refuse.ts';
import type { ScaleOut } from './redis/openScaleOut.ts';
import { addSocketIo } from './socketio/addSocketIo.ts';
import { addStreams } from './streams/addStreams.ts';
import { listenForUpgrades } from './upgradeRoutes.ts';
import { addVenueReplay } from './venueReplay/addVenueReplay.ts';
import type { VenueAddress, VenueReplays, VenueReplayStart } from './venueReplay/addVenueReplay.ts';

export interface GatewayOptions extends AddressOptions {
  /** Null: the feed comes from elsewhere, and there is no workstation page. */
  readonly host: EngineHost | null;
  /** Instead of the engine's, e.g. over Redis. The gateway closes it. */
  readonly openFeed?: (clock: GatewayClock) => MarketFeed;
  /** Feed, rooms and revocations over Redis. Closed by who opened it, after the gateway. */
  readonly scaleOut?: ScaleOut;
  /** Built pages: index.html and hashed files under assets/. */
  readonly rendererFolder: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly appVersion: string;
  readonly log: (entry: HostLogEntry) => void;
  /** Folder of the accounts; null or absent: none. */
  readonly profile?: string | null;
  readonly openMetrics?: boolean;
  readonly accessTokenSec?: number;
  readonly settings?: Partial<GatewaySettings>;
  readonly limits?: MarketHubOptions['limits'];
  readonly connectBucket?: { readonly size: number; readonly perSec: number };
  readonly requestMs?: HttpServerOptions['requestMs'];
  readonly clock?: GatewayClock;
}

export interface Gateway {
  readonly port: number;
  /** Where it listens, without a key. */
  readonly origin: string;
  /** Of its pages, as others find them, with the session key in its fragment, which never leaves the browser. Off loopback: without. */
  readonly address: string;
  readonly routes: readonly RouteRecord[];
  /** The recording that the host shows, on its venues' own protocols too. Throws, with a text for a person. */
  serveAsVenues(start: VenueReplayStart): Promise<readonly VenueAddress[]>;
  /** The same for one use, for a window that we open ourselves. */
  issueOneTimeAddress(): string;
  close(): Promise<void>;
}

export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

/** Off loopback the printed key lets nobody in: without accounts nobody could. */
export class NoAccountsError extends Error {
  override readonly name = 'NoAccountsError';
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const clock = options.clock ?? systemGatewayClock;
  let port = options.port;
  let allowList = allowListOf(options, port);
  const access = await openAccess(options, clock, () => port);
  const isBehindProxy = options.isBehindTls ?? false;
  const counts = new RequestCounts();
  const refuseCounted: GatewayContext['refuse'] = (reply, error) => {
    counts.countRefusal(error.code);
    return refuse(reply, error);
  };
  const { server, routes } = createServerOr(() => access.close(), {
    refuse: refuseCounted,
    allowList: () => allowList,
    tls: options.tls ?? null,
    log: options.log,
    isBehindProxy,
    maxConnectionsPerAddress: isBehindProxy ? null : gatewayLimits.maxClientsPerAddress + 256,
    ...(options.requestMs === undefined ? {} : { requestMs: options.requestMs }),
  });
  const feed = feedOf(options, clock);
  const context: GatewayContext = {
    ...{ server, clock, host: options.host, version: options.appVersion, log: options.log },
    hub: hubOf(options, feed, clock),
    access: counts.countedAccess(access),
    allowList: () => allowList,
    settings: { ...usualSettings, ...options.settings },
    upgrades: listenForUpgrades(server.server, () => allowList, isBehindProxy),
    refuse: refuseCounted,
  };
  const parts = addParts(context, { access, counts, options });
  const venueReplay = addVenueReplay(context, { isBehindTls: isBehindProxy });
  const close = closer(context, feed, [...parts, venueReplay]);
  try {
    await options.scaleOut?.caughtUp();
    port = await listen(context, options);
  } catch (error) {
    await close();
    throw error;
  }
  allowList = allowListOf(options, port);
  options.log({
    level: 'info',
    scope: 'gateway',
    text: `listening on ${options.hostname}:${port}`,
  });
  return describe(options, { port, access, routes: routes.routes, close, venueReplay });
}

/** A certificate that is none ends it here. */
function createServerOr(
  close: () => void,
  options: HttpServerOptions,
): ReturnType<typeof createHttpServer> {
  try {
    return createHttpServer(options);
  } catch (error) {
    close();
    throw error;
  }
}

const usualSettings: GatewaySettings = {
  heartbeatMs: gatewayLimits.heartbeatMs,
  sseHeartbeatMs: gatewayLimits.sseHeartbeatMs,
  compress: false,
};

function hubOf(options: GatewayOptions, feed: MarketFeed, clock: GatewayClock): MarketHub {
  return createMarketHub({
    ...{ feed, clock, version: options.appVersion, log: options.log },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
}

/** All groups of routes and sockets; what they return is ended with the gateway. */
function addParts(
  context: GatewayContext,
  own: {
    readonly access: GatewayAccess;
    readonly counts: RequestCounts;
    readonly options: GatewayOptions;
  },
): readonly GatewayPart[] {
  const { access, counts, options } = own;
  const { host } = options;
  const scaleOut = options.scaleOut ?? null;
  const bridge = host === null ? null : openBridgeSockets(context, host);
  addAuthRoutes(context, access);
  const socketIo = addSocketIo(
    context,
    scaleOut === null ? {} : { adapter: scaleOut.socketIoAdapter() },
  );
  const monitored = {
    windows: () => bridge?.count() ?? 0,
    venues: watchVenueHealth(context),
    socketIo: () => socketIo.counts(),
  };
  addHealthRoute(context, monitored);
  addClientsRoute(context, monitored);
  const isOpen = options.openMetrics ?? false;
  const metrics = addMetricsRoute(context, {
    ...monitored,
    ...{ counts, isOpen, scaleOut },
  });
  addMarketRoutes(context);
  addDocumentRoutes(context);
  if (host !== null) addExportRoute(context, host);
  addPages(context.server, options.rendererFolder);
  const streams = addStreams(context);
  const parts: readonly (GatewayPart | null | undefined)[] = [
    bridge,
    metrics,
    streams,
    socketIo,
    scaleOut?.share(access, context.clock),
  ];
  return parts.filter((part) => part !== null && part !== undefined);
}

async function openAccess(
  options: GatewayOptions,
  clock: GatewayClock,
  port: () => number,
): Promise<GatewayAccess> {
  const access = await createAccess({
    folder: options.profile ?? null,
    isLoopback: isLoopback(options.hostname),
    isSecure: schemeOf(options) === 'https:',
    port,
    clock,
    log: options.log,
    hasSiblings: options.scaleOut !== undefined,
    ...(options.accessTokenSec === undefined ? {} : { accessTokenSec: options.accessTokenSec }),
    ...(options.connectBucket === undefined ? {} : { connectBucket: options.connectBucket }),
  });
  if (isLoopback(options.hostname) || access.hasAccounts()) return access;
  access.close();
  throw new NoAccountsError(
    `${options.hostname} can be reached from other machines, and there is no account yet. ` +
      'Add one first: truetape user add NAME',
  );
}

function feedOf(options: GatewayOptions, clock: GatewayClock): MarketFeed {
  if (options.openFeed !== undefined) return options.openFeed(clock);
  if (options.scaleOut !== undefined) return options.scaleOut.openFeed(clock);
  if (options.host === null) throw new Error('a gateway needs an engine or another feed');
  return openEngineFeed({ host: options.host, clock });
}

/** How long what was said as goodbye has to leave the machine. */
const goodbyeMs = 500;

/** Stops accepting, says goodbye on every transport, and cuts what is left. Safe to call twice. */
function closer(
  context: GatewayContext,
  feed: MarketFeed,
  parts: readonly GatewayPart[],
): () => Promise<void> {
  const closeAll = async (): Promise<void> => {
    const { server, hub, access, upgrades, clock } = context;
    const http = server.server;
    const drained = new Promise<void>((resolve) => {
      if (!http.listening) resolve();
      http.close(() => resolve());
    });
    for (const part of parts) part.announceEnd?.(stoppingText);
    await hub.close();
    await Promise.all(parts.map(async (part) => part.close()));
    upgrades.close();
    http.closeIdleConnections();
    const late = Promise.withResolvers<void>();
    const cancelLate = clock.after(goodbyeMs, late.resolve);
    await Promise.race([drained, late.promise]);
    cancelLate();
    http.closeAllConnections();
    await server.close();
    await feed.close();
    access.close();
  };
  let closing: Promise<void> | null = null;
  return () => {
    closing ??= closeAll();
    return closing;
  };
}

async function listen({ server }: GatewayContext, options: GatewayOptions): Promise<number> {
  try {
    await server.listen({ host: options.hostname, port: options.port });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new PortInUseError(error.message, { cause: error });
    }
    throw error;
  }
  const address = server.server.address();
  return typeof address === 'object' && address !== null ? address.port : options.port;
}

function describe(
  options: GatewayOptions,
  opened: Pick<Gateway, 'port' | 'routes' | 'close'> & {
    readonly access: GatewayAccess;
    readonly venueReplay: VenueReplays;
  },
): Gateway {
  const { port, routes, close, access } = opened;
  const { sessions } = access;
  const origin = originOf(options, port);
  const reached = reachedOrigin(options, port);
  const isLocal = isLoopback(options.hostname);
  return {
    ...{ port, origin, routes, close },
    address: isLocal ? `${reached}/#key=${sessions.key}` : `${reached}/`,
    async serveAsVenues(start) {
      if (options.host === null) throw new Error('this gateway shows no recording');
      return opened.venueReplay.openShown(options.host, start, reached);
    },
    issueOneTimeAddress: () =>
      isLocal ? `${reached}/#key=${sessions.issueOneTimeKey()}` : `${reached}/`,
  };
}
