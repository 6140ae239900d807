import type {
  ClientPorts,
  ClientTransport,
  FetchLike,
  ResolvedOptions,
  SocketConstructor,
  TruetapeClientOptions,
} from './clientContract.ts';
import { transportChain } from './chooseTransport.ts';
import type { ClientClock } from './clientClock.ts';
import { systemClientClock } from './clientClock.ts';
import { defaultReconnect, reconnectPresets } from './reconnectPolicy.ts';

export const defaultGatewayUrl = 'http://127.0.0.1:7411';
export const defaultTransports: readonly ClientTransport[] = /* @__PURE__ */ transportChain();

export interface ResolvedPorts {
  /** Null where the platform has none: the transport then fails and the next is tried. */
  readonly WebSocket: SocketConstructor | null;
  readonly fetch: FetchLike;
  readonly clock: ClientClock;
  readonly random: () => number;
}

export function resolvePorts(ports: ClientPorts = {}): ResolvedPorts {
  return {
    WebSocket: ports.WebSocket ?? globalThis.WebSocket ?? null,
    fetch: ports.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    clock: ports.clock ?? systemClientClock,
    random: ports.random ?? Math.random,
  };
}

/** The origin and path prefix of a gateway, as `http(s)`, from any address of it that people write. */
export function resolveBaseUrl(url: string | undefined): string {
  const origin = globalThis.location?.origin;
  const isPage = origin !== undefined && /^https?:/.test(origin);
  const parsed = new URL(url ?? (isPage ? origin : defaultGatewayUrl), isPage ? origin : undefined);
  const protocol = parsed.protocol.replace(/^ws/, 'http');
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new TypeError('The address of a gateway begins with http, https, ws or wss.');
  }
  // A key after `#` or in the query is never sent along.
  const path = parsed.pathname.replace(/\/api\/socket\/?$/, '').replace(/\/+$/, '');
  return `${protocol}//${parsed.host}${path}`;
}

export function resolveOptions(options: TruetapeClientOptions): ResolvedOptions {
  const { reconnect = defaultReconnect, transports = defaultTransports } = options;
  if (transports.length === 0) throw new TypeError('Name at least one transport.');
  const isPreset = typeof reconnect === 'string';
  return {
    url: resolveBaseUrl(options.url),
    transports: [...new Set(transports)],
    reconnect: isPreset ? reconnectPresets[reconnect] : reconnect,
    afterLastAttempt: options.afterLastAttempt ?? (isPreset ? 'close' : 'keep-trying'),
    onCleanClose: options.onCleanClose ?? 'reconnect',
    refreshThresholdMs: options.refreshThresholdMs ?? 60_000,
    maxTokenRetries: options.maxTokenRetries ?? 3,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 30_000,
    heartbeatTimeoutMs: options.heartbeatTimeoutMs ?? 10_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    noDataMs: options.noDataMs ?? 9_000,
    probeIntervalMs: options.probeIntervalMs ?? 30_000,
    encoding: options.encoding ?? 'json',
    rate: options.rate ?? null,
    queue: {
      maxMessages: options.queue?.maxMessages ?? 100,
      ttlMs: options.queue?.ttlMs ?? 30_000,
    },
    snapshots: options.snapshots ?? true,
    credentials: options.credentials ?? 'same-origin',
  };
}
