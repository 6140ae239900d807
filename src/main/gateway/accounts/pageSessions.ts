import { createHash, randomBytes } from 'node:crypto';
import type { EpochMs } from '../../../shared/market.ts';
import type { Principal, Revocation } from './access.ts';

const sessionLimit = 4096;

/** Its end moves when the page renews its login: who holds it reads `expiresTime` again before ending anything. */
class PagePrincipal implements Principal {
  readonly user: string;
  readonly family: string;
  expiresTime: EpochMs;

  constructor(user: string, family: string, expiresTime: EpochMs) {
    this.user = user;
    this.family = family;
    this.expiresTime = expiresTime;
  }
}

/** Cookies of pages that signed in. Each belongs to one login and ends with it. */
export class PageSessions {
  readonly #principals = new Map<string, PagePrincipal>();

  open(user: string, family: string, expiresTime: EpochMs, time: EpochMs): string {
    if (this.#principals.size >= sessionLimit) this.#endExpired(time);
    const token = randomBytes(32).toString('base64url');
    this.#principals.set(digestOf(token), new PagePrincipal(user, family, expiresTime));
    const [oldest] = this.#principals.keys();
    if (this.#principals.size > sessionLimit && oldest !== undefined)
      this.#principals.delete(oldest);
    return token;
  }

  /** Null: no session, or one of another login. */
  extend(token: string | null, family: string, expiresTime: EpochMs): Principal | null {
    const principal = token === null ? undefined : this.#principals.get(digestOf(token));
    if (principal?.family !== family) return null;
    principal.expiresTime = expiresTime;
    return principal;
  }

  find(token: string): Principal | null {
    return this.#principals.get(digestOf(token)) ?? null;
  }

  end({ user, family }: Revocation): void {
    for (const [digest, principal] of this.#principals) {
      if (principal.user === user && (family === null || principal.family === family)) {
        this.#principals.delete(digest);
      }
    }
  }

  #endExpired(time: EpochMs): void {
    for (const [digest, { expiresTime }] of this.#principals) {
      if (expiresTime <= time) this.#principals.delete(digest);
    }
  }
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
