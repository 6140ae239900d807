import type { GatewayErrorCode } from '../shared/gateway/errors.ts';

export interface ErrorText {
  /** What happened, and why it usually does. */
  readonly cause: string;
  /** What to do. */
  readonly fix: string;
}

/** What people are told of a failure. Codes of the gateway that are not here bring their own text. */
export const errorCatalogue = {
  CONNECTION_FAILED: {
    cause:
      'WebSocket connection failed: nothing answers at the address, or something on the way refuses it.',
    fix: 'Check that the gateway runs, that its address is right and, for a page of another origin, that the gateway was started with --allow-origin for it; other transports are tried meanwhile.',
  },
  TOKEN_EXPIRED: {
    cause: 'Token expired: access tokens are short-lived.',
    fix: 'Give a tokenProvider, which is asked for a new one in time, or sign in again.',
  },
  INVALID_TOKEN: {
    cause: 'Invalid token: it is not of this gateway, or was altered.',
    fix: 'Sign in again at this gateway; the key of its printed address is another one at every start.',
  },
  UNAUTHORIZED: {
    cause: 'No token was given, and there is no cookie of this gateway.',
    fix: 'Give a token or a tokenProvider: the access_token of a login or, on its own machine, the key of the printed address.',
  },
  CONNECTION_TIMEOUT: {
    cause: 'Connection timeout: the address takes connections and does not answer in time.',
    fix: 'Check the network and proxies between here and the gateway; it is tried again.',
  },
  TRANSPORT_CLOSE: {
    cause: 'Transport close: the connection ended without a goodbye.',
    fix: 'Nothing to do: it is opened again, and what was missed is fetched.',
  },
  HEARTBEAT_MISSED: {
    cause: 'The gateway did not answer a heartbeat.',
    fix: 'Nothing to do: another connection is opened.',
  },
  NO_DATA: {
    cause: 'The connection is open and nothing comes: a proxy may hold the stream back.',
    fix: 'Nothing to do: another transport is tried.',
  },
  TOKEN_REFUSED: {
    cause: 'No token could be had that the gateway takes.',
    fix: 'Sign in again, then reconnect.',
  },
  DECODE_FAILED: {
    cause: 'A message could not be read and was left out; the stream goes on.',
    fix: 'Use the same version of the client and the gateway.',
  },
  QUEUE_FULL: {
    cause: 'Too many messages wait for a connection; the oldest was dropped.',
    fix: 'Send again what still matters once connected.',
  },
  INTENT_EXPIRED: {
    cause: 'A message waited too long for a connection and was dropped.',
    fix: 'Send it again if it still matters.',
  },
  LISTENER_FAILED: {
    cause: 'A listener of the program threw; the others went on.',
    fix: 'See the message, and catch it in the listener.',
  },
  GAVE_UP: {
    cause: 'All attempts failed.',
    fix: 'Reconnect by hand once the gateway can be reached.',
  },
} as const satisfies Readonly<Record<string, ErrorText>>;
export type CatalogueCode = keyof typeof errorCatalogue;
export type ClientErrorCode = CatalogueCode | GatewayErrorCode;

const catalogue: Readonly<Record<string, ErrorText>> = errorCatalogue;

export function findErrorText(code: string): ErrorText | null {
  return Object.hasOwn(catalogue, code) ? (catalogue[code] ?? null) : null;
}

/** Codes after which the same token is of no use. */
const tokenCodes: ReadonlySet<string> = new Set([
  'UNAUTHORIZED',
  'INVALID_TOKEN',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
]);

export function isTokenError(code: string): boolean {
  return tokenCodes.has(code);
}
