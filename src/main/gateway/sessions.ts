import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** More than one person's browsers, tabs and programs; the oldest session goes first. */
const sessionLimit = 256;
const oneTimeKeyMs = 120_000;
const attemptWindowMs = 10_000;
const attemptLimit = 10;

export type ExchangeResult =
  | { readonly type: 'session'; readonly token: string }
  | { readonly type: 'refused' }
  | { readonly type: 'limited'; readonly retryAfterSec: number };

/**
 * Who may talk to this gateway. The printed key, or a one-time key made for a window that we open ourselves, is
 * exchanged for a session token; only digests of tokens are kept.
 */
export class Sessions {
  readonly key: string = randomKey();
  private readonly digests = new Set<string>();
  private readonly oneTimeKeys = new Map<string, number>();
  private failures: number[] = [];
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** A command line is readable to every user of the machine: a key that stands in one works only once. */
  issueOneTimeKey(): string {
    const key = randomKey();
    this.oneTimeKeys.set(key, this.now() + oneTimeKeyMs);
    return key;
  }

  exchange(key: string): ExchangeResult {
    const time = this.now();
    // Nobody guesses 256 bits, and who tries must not keep out those who have the key.
    if (!sameText(key, this.key) && !this.takeOneTimeKey(key, time)) return this.refuse(time);
    const token = randomKey();
    this.digests.add(digestOf(token));
    const [first] = this.digests;
    if (this.digests.size > sessionLimit && first !== undefined) this.digests.delete(first);
    return { type: 'session', token };
  }

  private refuse(time: number): ExchangeResult {
    this.failures = this.failures.filter((failure) => time - failure < attemptWindowMs);
    const oldest = this.failures[0];
    if (oldest !== undefined && this.failures.length >= attemptLimit) {
      const waitMs = attemptWindowMs - (time - oldest);
      return { type: 'limited', retryAfterSec: Math.max(1, Math.ceil(waitMs / 1000)) };
    }
    this.failures.push(time);
    return { type: 'refused' };
  }

  /** The printed key itself, which a program sends with each request. */
  isKey(text: string): boolean {
    return sameText(text, this.key);
  }

  end(token: string): void {
    this.digests.delete(digestOf(token));
  }

  isKnown(token: string | null): boolean {
    return token !== null && this.digests.has(digestOf(token));
  }

  private takeOneTimeKey(key: string, time: number): boolean {
    for (const [candidate, expires] of this.oneTimeKeys) {
      if (expires < time) this.oneTimeKeys.delete(candidate);
      else if (sameText(key, candidate)) return this.oneTimeKeys.delete(candidate);
    }
    return false;
  }
}

function randomKey(): string {
  return randomBytes(32).toString('base64url');
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function sameText(left: string, right: string): boolean {
  const leftDigest = createHash('sha256').update(left).digest();
  return timingSafeEqual(leftDigest, createHash('sha256').update(right).digest());
}
