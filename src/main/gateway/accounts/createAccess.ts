import type { HostLogEntry } from '../../engine/host.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { Sessions } from '../sessions.ts';
import type { Access, Revocation } from './access.ts';

export interface AccessOptions {
  /** Where `accounts.db` lies: the profile. Null: no accounts, only the session key of this run. */
  readonly folder: string | null;
  /** Listens on 127.0.0.1 or ::1 only: then the printed session key lets in too. */
  readonly isLoopback: boolean;
  /** Cookies of a gateway with TLS are sent over TLS only. */
  readonly isSecure: boolean;
  /** Of the cookies' names; known for certain once the server listens. */
  readonly port: () => number;
  readonly clock: GatewayClock;
  readonly log: (entry: HostLogEntry) => void;
  /** `--token-ttl`; 900 s. */
  readonly accessTokenSec?: number;
  /** Connection attempts of one address; for measurements with many clients on one machine. */
  readonly connectBucket?: { readonly size: number; readonly perSec: number };
  /** Gateways with a copy of the same accounts: logins of the others hold here too, revocations come by `revoke`. */
  readonly hasSiblings?: boolean;
}

/** What the gateway itself holds; groups of routes see it as `Access`. */
export interface GatewayAccess extends Access {
  /** The printed key, one-time keys and the pages that came in by them. */
  readonly sessions: Sessions;
  hasAccounts(): boolean;
  /** A revocation that another gateway made known: its clients here are ended as if it were made here. */
  revoke(revocation: Revocation): void;
}

/** Throws `AccountsFileError`, whose text says what to do, when the file of accounts cannot be used. */
export function createAccess(options: AccessOptions): Promise<GatewayAccess> {
  return Promise.reject(new Error(`not yet: ${options.isLoopback}`));
}
