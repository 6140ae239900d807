/** Every refusal of the gateway, on every transport: its code, and the status that users of HTTP expect. */
export const gatewayErrorStatus = {
  INVALID_REQUEST: 400,
  INVALID_SYMBOL: 404,
  INVALID_CHANNEL: 400,
  INVALID_CURSOR: 400,
  TOO_MANY_SYMBOLS: 400,
  UNAUTHORIZED: 401,
  /** Of `/api/session` only: this gateway has accounts, and a page can show its form. */
  SIGN_IN_REQUIRED: 401,
  INVALID_TOKEN: 401,
  TOKEN_EXPIRED: 401,
  TOKEN_REVOKED: 401,
  INVALID_CREDENTIALS: 401,
  FORBIDDEN: 403,
  FOREIGN_ORIGIN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  REQUEST_TIMEOUT: 408,
  PAYLOAD_TOO_LARGE: 413,
  URI_TOO_LONG: 414,
  UNSUPPORTED_MEDIA_TYPE: 415,
  WRONG_HOST: 421,
  UPGRADE_REQUIRED: 426,
  RATE_LIMITED: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL: 500,
  NOT_COMPUTED: 501,
  OVERLOADED: 503,
  /** There is no engine behind this gateway at the moment. */
  NO_FEED: 503,
  /** A live connection only: it did not read, and was ended. */
  SLOW_CONSUMER: 503,
} as const;

export type GatewayErrorCode = keyof typeof gatewayErrorStatus;

/** The body of every refusal. */
export interface GatewayError {
  readonly code: GatewayErrorCode;
  /** For a person: what is wrong, and what to do. No token, path or markup. */
  readonly message: string;
  /** Of `RATE_LIMITED` and `OVERLOADED`. */
  readonly retryAfterMs?: number;
  /** Of `INVALID_SYMBOL`: markets that may have been meant. */
  readonly candidates?: readonly string[];
}

/** Thrown by whatever takes a request; the transports turn it into their form of the error. */
export class GatewayRefusal extends Error {
  override readonly name = 'GatewayRefusal';
  readonly error: GatewayError;

  constructor(error: GatewayError) {
    super(error.message);
    this.error = error;
  }
}
