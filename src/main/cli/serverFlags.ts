import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { GatewayOptions } from '../gateway/startGateway.ts';
import { isLoopback } from '../gateway/gatewayAddress.ts';
import { usageFailure } from './commandFailure.ts';
import { printable } from './flags.ts';
import type { FlagTable, ParsedFlags } from './flags.ts';
import { reasonOf } from './hostFlags.ts';
import { parseAddress } from './portFlag.ts';

/** Of the gateway as a server for programs and other machines. */
export const serverFlags = {
  'public-host': {
    value: 'NAME',
    help: 'name by which others reach it, with its port unless it is the usual one; may be repeated',
    multiple: true,
  },
  cert: { value: 'FILE', help: 'certificate chain (PEM): serve HTTPS; needs --key' },
  key: { value: 'FILE', help: 'private key (PEM) of --cert' },
  'insecure-http': { help: 'off this machine without --cert: a proxy in front ends TLS' },
  'allow-origin': {
    value: 'ORIGIN',
    help: 'pages of this origin may read with a token, e.g. https://desk.example; may be repeated',
    multiple: true,
  },
  'dev-cors': { help: 'pages of any origin may read with a token: for development only' },
  heartbeat: { value: 'SECONDS', help: 'of WebSocket, Socket.IO and long polling (default 25)' },
  'sse-heartbeat': { value: 'SECONDS', help: 'of event streams (default 30)' },
  'token-ttl': { value: 'SECONDS', help: 'how long an access token holds (default 900)' },
  compress: { help: 'compress WebSocket messages for clients that offer it' },
  'open-metrics': { help: 'GET /metrics without a token' },
} as const satisfies FlagTable;

type ServerOptions = Required<
  Pick<
    GatewayOptions,
    'hostname' | 'publicHosts' | 'origins' | 'tls' | 'isBehindTls' | 'openMetrics'
  >
> &
  Pick<GatewayOptions, 'accessTokenSec' | 'settings'>;

/** What can be wrong with the flags is said before anything is begun. */
export function parseServerFlags(flags: ParsedFlags): ServerOptions {
  const hostname = parseAddress(flags.one('host'));
  const tls = parseTls(flags.one('cert'), flags.one('key'));
  const isBehindTls = flags.has('insecure-http');
  if (!isLoopback(hostname) && tls === null && !isBehindTls) {
    throw usageFailure(
      `--host ${hostname} can be reached from other machines, where passwords and tokens need TLS. ` +
        'Give --cert FILE and --key FILE, or --insecure-http when a proxy in front ends TLS.',
    );
  }
  if (tls !== null && isBehindTls) {
    throw usageFailure('--cert and --insecure-http exclude each other; leave one out.');
  }
  const heartbeatMs = parseSeconds(flags, 'heartbeat', 1, 300, 1_000);
  const sseHeartbeatMs = parseSeconds(flags, 'sse-heartbeat', 1, 300, 1_000);
  const accessTokenSec = parseSeconds(flags, 'token-ttl', 30, 86_400, 1);
  return {
    ...{ hostname, tls, isBehindTls },
    publicHosts: flags.all('public-host').map(parsePublicHost),
    origins: flags.has('dev-cors') ? '*' : flags.all('allow-origin').map(parseOrigin),
    openMetrics: flags.has('open-metrics'),
    ...(accessTokenSec === null ? {} : { accessTokenSec }),
    settings: {
      ...(heartbeatMs === null ? {} : { heartbeatMs }),
      ...(sseHeartbeatMs === null ? {} : { sseHeartbeatMs }),
      compress: flags.has('compress'),
    },
  };
}

function parseSeconds(
  flags: ParsedFlags,
  name: string,
  least: number,
  most: number,
  unit: number,
): number | null {
  const text = flags.one(name);
  if (text === null) return null;
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= least && seconds <= most) return seconds * unit;
  throw usageFailure(
    `--${name} is a whole number of seconds from ${least} to ${most}, not "${printable(text)}".`,
  );
}

const hostPattern =
  /^(?=.{1,260}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*(:\d{1,5})?$/;

function parsePublicHost(text: string): string {
  const host = text.toLowerCase();
  if (hostPattern.test(host)) return host;
  throw usageFailure(
    `--public-host "${printable(text)}" is no host name. Give it alone or with a port: desk.example or desk.example:8443.`,
  );
}

function parseOrigin(text: string): string {
  const origin = text.toLowerCase();
  const parsed = URL.parse(origin);
  const isWeb = parsed?.protocol === 'http:' || parsed?.protocol === 'https:';
  if (isWeb && parsed.origin === origin) return origin;
  throw usageFailure(
    `--allow-origin "${printable(text)}" is no origin. Give scheme and host, nothing behind: https://desk.example.`,
  );
}

function parseTls(cert: string | null, key: string | null): ServerOptions['tls'] {
  if (cert === null && key === null) return null;
  if (cert === null) throw usageFailure('--key needs --cert FILE, its certificate chain.');
  if (key === null) throw usageFailure('--cert needs --key FILE, its private key.');
  const files = { cert: readPem('--cert', cert), key: readPem('--key', key) };
  const expires = expiryOf(cert, files.cert);
  try {
    createSecureContext(files);
  } catch (error) {
    throw usageFailure(
      isMismatch(error)
        ? `--key ${printable(key)} is not the key of --cert ${printable(cert)}. Give the two that belong together.`
        : `--key ${printable(key)} is no private key in PEM without a password: ${reasonOf(error)}`,
    );
  }
  if (expires.getTime() < Date.now()) {
    throw usageFailure(
      `--cert ${printable(cert)} ran out on ${expires.toISOString().slice(0, 10)}. Renew it first.`,
    );
  }
  return files;
}

function expiryOf(file: string, content: string): Date {
  try {
    return new X509Certificate(content).validToDate;
  } catch {
    throw usageFailure(`--cert ${printable(file)} is no certificate in PEM form.`);
  }
}

function isMismatch(error: unknown): boolean {
  return error instanceof Error && /key values mismatch/i.test(error.message);
}

function readPem(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw usageFailure(`${flag} ${printable(file)} cannot be read: ${reasonOf(error)}`);
  }
}
