import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { GatewayRefusal } from '../../../shared/gateway/errors.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';

/** Bounds of a request that no route changes. */
export const requestLimits = {
  urlBytes: 4_096,
  headerBytes: 16_384,
  headerCount: 64,
  bodyBytes: gatewayLimits.maxMessageBytes,
  /** A body that is refused is read to its end up to here; beyond it the connection is cut. */
  readAwayBytes: 4 * 1_048_576,
  jsonDepth: 16,
  /** A request that is not complete by then is cut, however it drips in. */
  requestMs: 10_000,
  keepAliveMs: 30_000,
} as const;

export const uriTooLong: GatewayError = {
  code: 'URI_TOO_LONG',
  message: `The address is longer than ${requestLimits.urlBytes} characters. Ask for less at once, or send the list in the body of a POST to /api/poll.`,
};

export const headersTooLarge: GatewayError = {
  code: 'HEADERS_TOO_LARGE',
  message: `The headers are larger than ${requestLimits.headerBytes} bytes. Clear the cookies of this address, or send fewer headers.`,
};

export const requestTimeout: GatewayError = {
  code: 'REQUEST_TIMEOUT',
  message: `The request was not complete after ${requestLimits.requestMs / 1000} s. Send it again at once.`,
};

export const notJson: GatewayError = {
  code: 'UNSUPPORTED_MEDIA_TYPE',
  message:
    'The body has to be JSON, and not compressed. Send it with "content-type: application/json".',
};

export const notHttp: GatewayError = {
  code: 'INVALID_REQUEST',
  message: 'This is no HTTP request that can be understood. Check the client and the address.',
};

/** Of what fails before or in a route: our own refusals as they are, the framework's in our words, nothing else. */
export function errorOf(cause: unknown): GatewayError {
  if (cause instanceof GatewayRefusal) return cause.error;
  const code = codeOf(cause);
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return {
      code: 'PAYLOAD_TOO_LARGE',
      message: `The body is larger than this address takes (at most ${requestLimits.bodyBytes} bytes). Send less at once.`,
    };
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return notJson;
  if (code === 'FST_ERR_BAD_URL') return badPath;
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') return uriTooLong;
  const isOfBody = typeof code === 'string' && code.startsWith('FST_ERR_CTP_');
  const status = clientFaultOf(cause);
  if (cause instanceof SyntaxError || (isOfBody && status !== null)) {
    return {
      code: 'INVALID_REQUEST',
      message: 'The body is no valid JSON. Check quotes, commas and length.',
    };
  }
  return status === null ? failed : faultOfFile(status);
}

export const nothingThere: GatewayError = {
  code: 'NOT_FOUND',
  message: 'There is nothing at this path. GET /api/openapi.json lists all that there is.',
};

const badPath: GatewayError = {
  code: 'INVALID_REQUEST',
  message: 'The path is no valid text. Write other characters than letters and digits as %XX.',
};

const failed: GatewayError = {
  code: 'INTERNAL',
  message: 'The gateway failed. Try again; if it stays, send the log of the gateway with a report.',
};

/** What serves files refuses paths that lead elsewhere, and conditions that do not hold. */
function faultOfFile(status: number): GatewayError {
  if (status === 403 || status === 404) return nothingThere;
  if (status === 400) return badPath;
  return {
    code: 'INVALID_REQUEST',
    message: 'The file is not as the headers of the request demand. Ask for it without conditions.',
  };
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : null;
}

/** Its status; null: it is ours. */
function clientFaultOf(cause: unknown): number | null {
  if (!(cause instanceof Error) || !('statusCode' in cause)) return null;
  const { statusCode } = cause;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
    ? statusCode
    : null;
}

/** How deep brackets nest outside of texts; stops looking beyond `limit`. */
export function isDeeperThan(json: string, limit: number): boolean {
  let depth = 0;
  let inText = false;
  for (let index = 0; index < json.length; index += 1) {
    const character = json[index];
    if (inText) {
      if (character === '\\') index += 1;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === '{' || character === '[') {
      depth += 1;
      if (depth > limit) return true;
    } else if (character === '}' || character === ']') depth -= 1;
  }
  return false;
}
