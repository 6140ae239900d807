import { isIP } from 'node:net';
import { usageFailure } from './commandFailure.ts';
import { printable } from './flags.ts';

export const defaultPort = 7411;

export function parsePort(text: string | null): number {
  if (text === null) return defaultPort;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) {
    throw usageFailure(
      `--port is a number from 0 (any free port) to 65535, not "${printable(text)}".`,
    );
  }
  return port;
}

/** Only this machine's own addresses: for what has no accounts. */
export function parseHost(text: string | null): '127.0.0.1' | '::1' {
  const host = text ?? '127.0.0.1';
  if (host === '127.0.0.1' || host === '::1') return host;
  if (host === 'localhost') return '127.0.0.1';
  throw usageFailure(
    `--host ${printable(host)} is refused: without accounts it listens on this machine only. ` +
      'Use 127.0.0.1 or ::1, and an SSH tunnel from elsewhere.',
  );
}

/** Any address of this machine. */
export function parseAddress(text: string | null): string {
  const host = text === null || text === 'localhost' ? '127.0.0.1' : text;
  if (isIP(host) !== 0) return host;
  throw usageFailure(
    `--host ${printable(host)} is no IP address. Use an address of this machine, or 0.0.0.0 for all; ` +
      'names by which others reach it go to --public-host.',
  );
}
