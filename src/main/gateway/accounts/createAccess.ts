import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import type { HostLogEntry } from '../../engine/host.ts';
import { cookieName, readCookie } from '../cookies.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import { Sessions } from '../sessions.ts';
import type { Access, AccessResult, Principal, Revocation } from './access.ts';
import { AccessTokens, maxTokenLength, tokenTexts } from './accessTokens.ts';
import { AccountStore } from './accountStore.ts';
import { accountsFileName } from './accountsFile.ts';
import { AttemptBuckets, addressKey } from './attemptBuckets.ts';
import type { BucketSize } from './attemptBuckets.ts';
import { Logins, limitedBy } from './logins.ts';
import { PageSessions } from './pageSessions.ts';
import { RevocationWatch } from './revocationWatch.ts';
import type { TimedRevocation } from './revocationWatch.ts';
import { SignInWatch } from './signInWatch.ts';
import { Tickets } from './tickets.ts';

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
  /** Connections and refused tokens of one address; for measurements with many clients on one machine. */
  readonly connectBucket?: BucketSize;
  /** Gateways with a copy of the same accounts: logins of the others hold here too, revocations come by `revoke`. */
  readonly hasSiblings?: boolean;
}

/** What the gateway itself holds; groups of routes see it as `Access`. */
export interface GatewayAccess extends Access {
  /** The printed key, one-time keys and the pages that came in by them. */
  readonly sessions: Sessions;
  readonly logins: Logins;
  readonly pageSessions: PageSessions;
  readonly isLoopback: boolean;
  readonly isSecure: boolean;
  hasAccounts(): boolean;
  /** Revocations made here or by `truetape user` on these accounts: what other gateways have to be told. */
  onOwnRevocation(listener: (revocation: TimedRevocation) => void): () => void;
  /** A revocation that another gateway made known: its clients here are ended as if it were made here. */
  revoke(revocation: TimedRevocation): void;
}

/** Throws `AccountsFileError`, whose text says what to do, when the file of accounts cannot be used. */
export async function createAccess(options: AccessOptions): Promise<GatewayAccess> {
  const { folder } = options;
  const store = new AccountStore(folder === null ? null : join(folder, accountsFileName));
  return new AccountAccess(options, store);
}

class AccountAccess implements GatewayAccess {
  readonly sessions: Sessions;
  readonly logins: Logins;
  readonly pageSessions = new PageSessions();
  readonly isLoopback: boolean;
  readonly isSecure: boolean;
  readonly #options: AccessOptions;
  readonly #store: AccountStore;
  readonly #tokens: AccessTokens;
  readonly #watch: SignInWatch;
  readonly #revocations: RevocationWatch;
  readonly #tickets: Tickets;
  readonly #connects: AttemptBuckets;
  readonly #badTokens: AttemptBuckets;

  constructor(options: AccessOptions, store: AccountStore) {
    const { clock } = options;
    this.isLoopback = options.isLoopback;
    this.isSecure = options.isSecure;
    this.#options = options;
    this.#store = store;
    this.sessions = new Sessions(() => clock.monotonicMs());
    this.#watch = new SignInWatch(clock, options.log);
    const lifetimeSec = options.accessTokenSec ?? gatewayLimits.accessTokenSec;
    this.#tokens = new AccessTokens(store, () => clock.wallMs(), lifetimeSec);
    this.#tickets = new Tickets(clock);
    this.#connects = new AttemptBuckets(
      options.connectBucket ?? gatewayLimits.connectBucket,
      clock,
    );
    this.#badTokens = new AttemptBuckets(
      options.connectBucket ?? gatewayLimits.badTokenBucket,
      clock,
    );
    this.#revocations = new RevocationWatch({
      ...{ store, clock, watch: this.#watch, lifetimeMs: lifetimeSec * 1000 },
      onRevoked: (revocation) => {
        this.pageSessions.end(revocation);
        this.#tickets.end(revocation);
      },
    });
    this.logins = new Logins({
      ...{ store, clock, tokens: this.#tokens, watch: this.#watch },
      onEnded: () => this.#revocations.look(),
    });
  }

  async ofRequest(request: IncomingMessage): Promise<AccessResult> {
    const address = request.socket.remoteAddress ?? 'unknown';
    const { authorization, cookie } = request.headers;
    if (authorization !== undefined) {
      const [, token] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
      return this.ofToken(token ?? null, address);
    }
    const ticket = ticketOf(request.url ?? '');
    if (ticket !== null) return this.#ofTicket(ticket, address);
    return this.#ofCookie(readCookie(cookie, cookieName(this.#options.port())));
  }

  async ofToken(token: unknown, address: string): Promise<AccessResult> {
    if (token === undefined || token === null || token === '') {
      return { ok: false, error: this.#unauthorized() };
    }
    const result = await this.#decide(token);
    return result.ok ? result : this.#countRefused(result.error, address);
  }

  spendAttempt(address: string): GatewayError | null {
    const waitMs = this.#connects.take(addressKey(address));
    if (waitMs === null) return null;
    this.#watch.limited(address);
    return limitedBy(waitMs, 'connections from this address');
  }

  issueTicket(principal: Principal): { readonly ticket: string; readonly expiresTime: number } {
    return this.#tickets.issue(principal);
  }

  hasAccounts(): boolean {
    return this.#store.hasAccounts();
  }

  onRevoked(listener: (revocation: Revocation) => void): () => void {
    return this.#revocations.onRevoked(listener);
  }

  onOwnRevocation(listener: (revocation: TimedRevocation) => void): () => void {
    return this.#revocations.onOwnRevocation(listener);
  }

  revoke(revocation: TimedRevocation): void {
    this.#revocations.revokedElsewhere(revocation);
  }

  close(): void {
    this.#revocations.close();
    this.#store.close();
  }

  async #decide(token: unknown): Promise<AccessResult> {
    if (typeof token !== 'string') return refusedBy('INVALID_TOKEN', tokenTexts.noToken);
    if (token.length > maxTokenLength) return refusedBy('INVALID_TOKEN', tokenTexts.tooLong);
    if (this.isLoopback && this.sessions.isKey(token)) {
      return { ok: true, principal: sessionPrincipal };
    }
    try {
      const verdict = await this.#tokens.verify(token);
      if (!verdict.ok) return refusedBy(verdict.code, verdict.message);
      const { accountId, family, issuedTime, expiresTime } = verdict.claims;
      const user = this.#store.accountById(accountId)?.name ?? null;
      return this.#standing({ user, family, expiresTime }, issuedTime);
    } catch (error) {
      return this.#failed(error);
    }
  }

  #ofTicket(ticket: string, address: string): AccessResult {
    const principal = this.#tickets.take(ticket);
    if (principal === null) return this.#countRefused(usedTicket, address);
    return this.#stillStanding(principal);
  }

  #ofCookie(cookie: string | null): AccessResult {
    if (cookie === null) return { ok: false, error: this.#unauthorized() };
    if (this.isLoopback && this.sessions.isKnown(cookie)) {
      return { ok: true, principal: sessionPrincipal };
    }
    const principal = this.pageSessions.find(cookie);
    if (principal === null) return { ok: false, error: this.#unauthorized() };
    return this.#stillStanding(principal);
  }

  #stillStanding(principal: Principal): AccessResult {
    if (principal.user === null) return { ok: true, principal };
    try {
      return this.#standing(principal, null);
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** Looked up each time: a revocation of any process holds for the next request, not only after its announcement. */
  #standing(principal: Principal, issuedTime: number | null): AccessResult {
    const { user, family, expiresTime } = principal;
    if (expiresTime !== null && expiresTime <= this.#options.clock.wallMs()) {
      return refusedBy('TOKEN_EXPIRED', tokenTexts.expired);
    }
    const account = user === null ? null : this.#store.account(user);
    if (account === null || account.isBlocked || family === null) return ended;
    const state = this.#store.familyState(family, account);
    const isOfSibling = state === 'unknown' && this.#options.hasSiblings === true;
    if (state !== 'valid' && !isOfSibling) return ended;
    const { name } = account;
    if (isOfSibling && this.#revocations.isRevokedElsewhere(name, family, issuedTime)) return ended;
    return { ok: true, principal };
  }

  /** A good token always passes; of the bad ones of an address only so many are told why. */
  #countRefused(error: GatewayError, address: string): AccessResult {
    const waitMs = this.#badTokens.take(addressKey(address));
    this.#watch.tokenRefused(address, error.code);
    if (waitMs === null) return { ok: false, error };
    return { ok: false, error: limitedBy(waitMs, 'refused tokens from this address') };
  }

  #failed(error: unknown): AccessResult {
    this.#watch.storeFailed(error);
    return refusedBy('INTERNAL', 'The accounts cannot be read now. Try again; the log says why.');
  }

  #unauthorized(): GatewayError {
    const key = this.isLoopback
      ? ' On this machine the session key of the printed address does as well.'
      : '';
    return {
      code: 'UNAUTHORIZED',
      message: `Sign in first: POST /api/auth/login, then send "Authorization: Bearer" with the access_token.${key}`,
    };
  }
}

const sessionPrincipal: Principal = { user: null, family: null, expiresTime: null };

const usedTicket: GatewayError = {
  code: 'INVALID_TOKEN',
  message:
    'This ticket is not valid: each works once, and for a minute. Get a new one: POST /api/auth/ticket.',
};

const ended = refusedBy('TOKEN_REVOKED', tokenTexts.ended);

function refusedBy(code: GatewayError['code'], message: string): AccessResult {
  return { ok: false, error: { code, message } };
}

/** As it is read everywhere: a key may be written in many ways. */
export function ticketOf(url: string): string | null {
  const start = url.indexOf('?');
  return start === -1 ? null : new URLSearchParams(url.slice(start)).get('ticket');
}
