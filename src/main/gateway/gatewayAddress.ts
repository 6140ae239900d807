import { networkInterfaces } from 'node:os';
import { createAllowList } from './allowList.ts';
import type { AllowList } from './allowList.ts';
import type { TlsFiles } from './httpServer.ts';

/** Where a gateway listens, and how it is reached. */
export interface AddressOptions {
  /** An IP address, or a wildcard. */
  readonly hostname: string;
  readonly tls?: TlsFiles | null;
  /** A proxy in front ends TLS. */
  readonly isBehindTls?: boolean;
  readonly publicHosts?: readonly string[];
  /** Pages elsewhere that may read; `*`: all. */
  readonly origins?: readonly string[] | '*';
}

export function isLoopback(hostname: string): boolean {
  return hostname === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

export function schemeOf({ tls, isBehindTls }: AddressOptions): 'http:' | 'https:' {
  return (tls ?? null) !== null || isBehindTls === true ? 'https:' : 'http:';
}

function shownHost({ hostname, publicHosts }: AddressOptions): string {
  const [first] = publicHosts ?? [];
  if (isWildcard(hostname)) return first?.replace(/:\d+$/, '') ?? '127.0.0.1';
  return hostname;
}

function isWildcard(hostname: string): boolean {
  return hostname === '0.0.0.0' || hostname === '::';
}

function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** An address cannot be rebound to another machine, as a name can: all of our own are safe. */
export function allowListOf(options: AddressOptions, port: number): AllowList {
  const { hostname, publicHosts = [], origins = [] } = options;
  const own = isWildcard(hostname)
    ? Object.values(networkInterfaces()).flatMap((found) =>
        (found ?? []).map(({ address }) => address),
      )
    : [hostname];
  return createAllowList({
    ...{ port, publicHosts, origins, scheme: schemeOf(options) },
    addresses: [...new Set(['127.0.0.1', 'localhost', '[::1]', ...own.map(inUrl)])],
  });
}

/** How the pages of a listening gateway begin, without a slash at the end. */
export function originOf(options: AddressOptions, port: number): string {
  const scheme = (options.tls ?? null) === null ? 'http:' : 'https:';
  return `${scheme}//${inUrl(shownHost(options))}:${port}`;
}

/** The same as others find them: where a proxy ends TLS, by the name that it serves. */
export function reachedOrigin(options: AddressOptions, port: number): string {
  const [first] = options.publicHosts ?? [];
  const isProxied = options.isBehindTls === true && first !== undefined;
  return isProxied ? `https://${first}` : originOf(options, port);
}
