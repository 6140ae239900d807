import type { IncomingMessage } from 'node:http';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import type { EpochMs } from '../../../shared/market.ts';

/** Who a request or a connection belongs to. */
export interface Principal {
  /** Null: the session key of this machine (loopback without accounts). */
  readonly user: string | null;
  /** The login that the token comes from: revoked as a whole. Null for a session key. */
  readonly family: string | null;
  /**
   * When the access ends unless it is renewed. Null: with the process. Of a page's session it moves on while the page renews its
   * login: read it again when it has come, before ending anything.
   */
  readonly expiresTime: EpochMs | null;
}

export type AccessResult =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly error: GatewayError };

/** Why live clients have to end. */
export interface Revocation {
  readonly user: string;
  /** Null: all logins of the user. */
  readonly family: string | null;
}

/**
 * Decides on every transport who may come in. On loopback the printed session key (as `Authorization: Bearer KEY` or as the
 * cookie of a page) and tokens of accounts are taken; anywhere else tokens of accounts only.
 */
export interface Access {
  /** Cookie, `Authorization` header, or a single-use `ticket` in the query (for a plain EventSource). Counts attempts. */
  ofRequest(request: IncomingMessage): Promise<AccessResult>;
  /** A token or session key out of a payload: Socket.IO's `auth.token`, an `authenticate` message. */
  ofToken(token: unknown, address: string): Promise<AccessResult>;
  /** A connection attempt of an address: null, or `RATE_LIMITED`. */
  spendAttempt(address: string): GatewayError | null;
  /** A ticket for one `EventSource`, valid for a minute and once. */
  issueTicket(principal: Principal): { readonly ticket: string; readonly expiresTime: EpochMs };
  /** Told within a second of a revocation, also of one made by another process. Returns its unsubscribe. */
  onRevoked(listener: (revocation: Revocation) => void): () => void;
  close(): void;
}
