import type { GatewayError } from '../../shared/gateway/errors.ts';
import { gatewayErrorStatus } from '../../shared/gateway/errors.ts';
import type { GatewayErrorCode } from '../../shared/gateway/errors.ts';
import type { ResolvedOptions } from '../clientContract.ts';
import type { TransportEnd } from './transport.ts';
import { describeCause } from '../redact.ts';

export function requestHeaders(
  token: string | null,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { ...more, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
}

export function requestInit(
  options: Pick<ResolvedOptions, 'credentials'>,
  init: RequestInit,
): RequestInit {
  return { credentials: options.credentials, cache: 'no-store', ...init };
}

function isErrorCode(code: unknown): code is GatewayErrorCode {
  return typeof code === 'string' && Object.hasOwn(gatewayErrorStatus, code);
}

function parseErrorBody(body: unknown): GatewayError | null {
  if (typeof body !== 'object' || body === null || !('error' in body)) return null;
  const { error } = body;
  if (typeof error !== 'object' || error === null) return null;
  if (!('code' in error) || !isErrorCode(error.code)) return null;
  const message = 'message' in error ? String(error.message) : error.code;
  const retryAfterMs = 'retryAfterMs' in error ? Number(error.retryAfterMs) : Number.NaN;
  return { code: error.code, message, ...(retryAfterMs > 0 ? { retryAfterMs } : {}) };
}

const codeByStatus = new Map<number, GatewayErrorCode>([
  [401, 'UNAUTHORIZED'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
  [429, 'RATE_LIMITED'],
  [503, 'OVERLOADED'],
]);

/** What a refusal over HTTP says, also one that a proxy made. */
export async function readRefusal(response: Response): Promise<GatewayError> {
  const code = codeByStatus.get(response.status) ?? 'INTERNAL';
  const fallback: GatewayError = { code, message: `The gateway answered ${response.status}.` };
  try {
    return parseErrorBody(await response.json()) ?? fallback;
  } catch {
    return fallback;
  }
}

export function endOfRefusal(error: GatewayError): TransportEnd {
  return { code: error.code, reason: error.message, closeCode: null, wasClean: false, error };
}

export function endOfFailure(cause: unknown, wasOpen: boolean): TransportEnd {
  return {
    code: wasOpen ? 'TRANSPORT_CLOSE' : 'CONNECTION_FAILED',
    reason: describeCause(cause),
    closeCode: null,
    wasClean: false,
    error: null,
  };
}
