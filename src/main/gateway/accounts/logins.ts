import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { Revocation } from './access.ts';
import type { AccessTokens } from './accessTokens.ts';
import type { AccountStore, RefreshGrant } from './accountStore.ts';
import { AttemptBuckets, addressKey } from './attemptBuckets.ts';
import { PasswordQueueFullError, Passwords } from './passwords.ts';
import type { SignInWatch } from './signInWatch.ts';

export interface IssuedTokens {
  readonly user: string;
  readonly family: string;
  readonly accessToken: string;
  readonly accessExpiresTime: EpochMs;
  readonly refreshToken: string;
  readonly refreshExpiresTime: EpochMs;
}

export type LoginResult =
  | { readonly ok: true; readonly tokens: IssuedTokens }
  | { readonly ok: false; readonly error: GatewayError };

interface LoginParts {
  readonly store: AccountStore;
  readonly tokens: AccessTokens;
  readonly watch: SignInWatch;
  readonly clock: GatewayClock;
  /** A login was ended here. */
  readonly onEnded: () => void;
}

const knownPlaceLimit = 5_000;

/** Sign-in, renewal and sign-out. */
export class Logins {
  readonly #store: AccountStore;
  readonly #tokens: AccessTokens;
  readonly #watch: SignInWatch;
  readonly #clock: GatewayClock;
  readonly #onEnded: () => void;
  readonly #passwords = new Passwords();
  readonly #byName: AttemptBuckets;
  readonly #byAddress: AttemptBuckets;
  readonly #badTokens: AttemptBuckets;
  readonly #renewals: AttemptBuckets;
  /** Where a user signed in before: somebody who guesses elsewhere does not lock them out there. */
  readonly #knownPlaces = new Set<string>();

  constructor({ store, tokens, watch, clock, onEnded }: LoginParts) {
    this.#onEnded = onEnded;
    this.#store = store;
    this.#tokens = tokens;
    this.#watch = watch;
    this.#clock = clock;
    this.#byName = new AttemptBuckets(gatewayLimits.loginNameBucket, clock);
    this.#byAddress = new AttemptBuckets(gatewayLimits.loginAddressBucket, clock);
    this.#badTokens = new AttemptBuckets(gatewayLimits.badTokenBucket, clock);
    this.#renewals = new AttemptBuckets(gatewayLimits.refreshBucket, clock);
  }

  async login(name: string, password: string, address: string): Promise<LoginResult> {
    const place = `${name}\n${addressKey(address)}`;
    const nameKey = this.#knownPlaces.has(place) ? place : name;
    const limited = this.#spendLogin(nameKey, address);
    if (limited !== null) return { ok: false, error: limited };
    const account = this.#store.account(name);
    let isRight: boolean;
    try {
      isRight = await this.#passwords.verify(password, account?.password ?? null);
    } catch (error) {
      if (error instanceof PasswordQueueFullError) return { ok: false, error: busy };
      throw error;
    }
    // Read again: the password may have been changed, or the user blocked, while the key was derived.
    const now = account === null ? null : this.#store.accountById(account.id);
    if (!isRight || now === null || now.isBlocked || now.password !== account?.password) {
      this.#watch.loginFailed(address, name, { isKnown: account !== null });
      return { ok: false, error: wrongCredentials };
    }
    this.#byName.giveBack(nameKey);
    this.#byAddress.giveBack(addressKey(address));
    this.#rememberPlace(place);
    const time = this.#clock.wallMs();
    return this.#issue(this.#store.startFamily(now, time, time + refreshMs));
  }

  async refresh(refreshToken: string, address: string): Promise<LoginResult> {
    const owner = this.#store.familyOfToken(refreshToken);
    if (owner === null) return this.#refused(address, unknownRefresh);
    const waitMs = this.#renewals.take(owner.family ?? '');
    if (waitMs !== null) return { ok: false, error: limitedBy(waitMs, 'renewals of this login') };
    const time = this.#clock.wallMs();
    const outcome = this.#store.useRefreshToken(refreshToken, time, time + refreshMs);
    switch (outcome.type) {
      case 'renewed':
        return this.#issue(outcome.grant);
      case 'reused':
        this.#watch.reused(address, outcome.name);
        this.#onEnded();
        return this.#refused(address, reusedRefresh);
      case 'expired':
        return this.#refused(address, expiredRefresh);
      default:
        return this.#refused(address, endedRefresh);
    }
  }

  /** Of any token of it, used or not; null: there is no such login. */
  ownerOfRefreshToken(refreshToken: string): Revocation | null {
    return this.#store.familyOfToken(refreshToken);
  }

  endLogin(user: string, family: string): void {
    this.#store.endFamily(user, family, this.#clock.wallMs());
    this.#onEnded();
  }

  async #issue({ account, family, refreshToken, expiresTime }: RefreshGrant): Promise<LoginResult> {
    const { token, expiresTime: accessExpiresTime } = await this.#tokens.issue(account.id, family);
    return {
      ok: true,
      tokens: {
        user: account.name,
        family,
        accessToken: token,
        accessExpiresTime,
        refreshToken,
        refreshExpiresTime: expiresTime,
      },
    };
  }

  #refused(address: string, error: GatewayError): LoginResult {
    const waitMs = this.#badTokens.take(addressKey(address));
    this.#watch.tokenRefused(address, error.code);
    if (waitMs !== null) {
      return { ok: false, error: limitedBy(waitMs, 'refused tokens from this address') };
    }
    return { ok: false, error };
  }

  /** The name first: who tries one name out does not use up the address of the others behind it. */
  #spendLogin(nameKey: string, address: string): GatewayError | null {
    const byName = this.#byName.take(nameKey);
    const byAddress = byName === null ? this.#byAddress.take(addressKey(address)) : null;
    const waitMs = byName ?? byAddress;
    if (waitMs === null) return null;
    if (byName === null) this.#byName.giveBack(nameKey);
    this.#watch.limited(address);
    return limitedBy(
      waitMs,
      byName === null ? 'sign-ins from this address' : 'sign-ins of this user',
    );
  }

  #rememberPlace(place: string): void {
    this.#knownPlaces.delete(place);
    this.#knownPlaces.add(place);
    const [oldest] = this.#knownPlaces;
    if (this.#knownPlaces.size > knownPlaceLimit && oldest !== undefined) {
      this.#knownPlaces.delete(oldest);
    }
  }
}

const refreshMs = gatewayLimits.refreshTokenSec * 1000;
const signInAgain = 'Sign in again: POST /api/auth/login.';

const wrongCredentials: GatewayError = {
  code: 'INVALID_CREDENTIALS',
  message:
    'User name and password do not fit. Check both. Who runs the gateway can set a new password: truetape user passwd NAME',
};

const busy: GatewayError = {
  code: 'OVERLOADED',
  message: 'Too many sign-ins at once. Try again in a few seconds.',
  retryAfterMs: 3_000,
};

const unknownRefresh: GatewayError = {
  code: 'INVALID_TOKEN',
  message: `This is no refresh token of this gateway. ${signInAgain}`,
};

const reusedRefresh: GatewayError = {
  code: 'TOKEN_REVOKED',
  message: `This refresh token was used before: each works once. In case that it was stolen, the login has been ended. ${signInAgain}`,
};

const expiredRefresh: GatewayError = {
  code: 'TOKEN_EXPIRED',
  message: `The refresh token has expired. ${signInAgain}`,
};

const endedRefresh: GatewayError = {
  code: 'TOKEN_REVOKED',
  message: `This login has been ended. ${signInAgain}`,
};

export function limitedBy(waitMs: number, what: string): GatewayError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return {
    code: 'RATE_LIMITED',
    message: `Too many ${what}. Wait ${seconds} s, then try again.`,
    retryAfterMs: waitMs,
  };
}
