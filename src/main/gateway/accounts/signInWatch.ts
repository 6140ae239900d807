import type { HostLogEntry } from '../../engine/host.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import { addressKey } from './attemptBuckets.ts';

/** One line per address in this time; the rest is counted. */
const quietMs = 10_000;
const patternMs = 600_000;
const patternCount = 5;
const keyLimit = 5_000;

interface Seen {
  readonly names: Set<string>;
  readonly since: number;
  said: boolean;
}

/**
 * Writes down refused sign-ins and tokens, without what was sent: a name that is none of ours may be a password in the wrong
 * field, and is not written either. Says once when failures look like guessing.
 */
export class SignInWatch {
  readonly #clock: GatewayClock;
  readonly #log: (entry: HostLogEntry) => void;
  readonly #lines = new Map<string, { readonly time: number; kept: number }>();
  readonly #usersByAddress = new Map<string, Seen>();
  readonly #addressesByUser = new Map<string, Seen>();

  constructor(clock: GatewayClock, log: (entry: HostLogEntry) => void) {
    this.#clock = clock;
    this.#log = log;
  }

  /** `name` as it was sent, to count different ones; written only if it is a user's. */
  loginFailed(address: string, name: string, options: { readonly isKnown: boolean }): void {
    const who = options.isKnown ? `user ${name}` : 'an unknown user';
    this.#line(address, `a sign-in of ${who} was refused`);
    const fromOne = this.#note(this.#usersByAddress, addressKey(address), name);
    if (fromOne !== null) {
      this.#warn(`failed sign-ins of ${fromOne} different users came from ${addressKey(address)}`);
    }
    if (!options.isKnown) return;
    const ofOne = this.#note(this.#addressesByUser, name, addressKey(address));
    if (ofOne !== null) {
      this.#warn(`failed sign-ins of user ${name} came from ${ofOne} different addresses`);
    }
  }

  tokenRefused(address: string, code: string): void {
    this.#line(address, `a token was refused (${code})`);
  }

  limited(address: string): void {
    this.#line(address, 'too many attempts were refused');
  }

  storeFailed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#line('accounts', `the accounts cannot be used: ${reason}`);
  }

  revocationFailed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#line('accounts', `a revocation did not reach everyone: ${reason}`);
  }

  reused(address: string, name: string): void {
    this.#warn(
      `a refresh token of user ${name} came twice, now from ${addressKey(address)}: that login was ended`,
    );
  }

  #line(address: string, text: string): void {
    const key = `${addressKey(address)} ${text}`;
    const time = this.#clock.monotonicMs();
    const last = this.#lines.get(key);
    if (last !== undefined && time - last.time < quietMs) {
      last.kept += 1;
      return;
    }
    const more = last === undefined || last.kept === 0 ? '' : `, and ${last.kept} more before it`;
    remember(this.#lines, key, { time, kept: 0 });
    this.#warn(`${text}, from ${addressKey(address)}${more}`);
  }

  /** How many different ones there were, the first time that it is a pattern. */
  #note(seenByKey: Map<string, Seen>, key: string, other: string): number | null {
    const time = this.#clock.monotonicMs();
    const known = seenByKey.get(key);
    const seen =
      known === undefined || time - known.since > patternMs
        ? { names: new Set<string>(), since: time, said: false }
        : known;
    remember(seenByKey, key, seen);
    if (seen.names.size < patternCount) seen.names.add(other);
    if (seen.said || seen.names.size < patternCount) return null;
    seen.said = true;
    return seen.names.size;
  }

  #warn(text: string): void {
    this.#log({ level: 'warning', scope: 'accounts', text });
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > keyLimit && oldest !== undefined) map.delete(oldest);
}
