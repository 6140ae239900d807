import type { EpochMs } from '../../../shared/market.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { Revocation } from './access.ts';
import type { AccountStore } from './accountStore.ts';
import type { SignInWatch } from './signInWatch.ts';

/** `truetape user revoke` runs in another process: its word is looked for twice a second. */
const pollMs = 500;

type Listener = (revocation: Revocation) => void;

/** With its time, which tells the logins that it means from later ones. */
export interface TimedRevocation extends Revocation {
  readonly time: EpochMs;
}
type TimedListener = (revocation: TimedRevocation) => void;

interface RevocationWatchOptions {
  readonly store: AccountStore;
  readonly clock: GatewayClock;
  readonly watch: SignInWatch;
  readonly lifetimeMs: number;
  /** Before all listeners. */
  readonly onRevoked: Listener;
}

/** Tells of revocations, whoever made them, each once. */
export class RevocationWatch {
  readonly #options: RevocationWatchOptions;
  readonly #listeners = new Set<Listener>();
  readonly #ownListeners = new Set<TimedListener>();
  /** Made known by other gateways: when, by user and login; as long as tokens of before can live. */
  readonly #elsewhere = new Map<string, number>();
  #last: number;
  #cancel: () => void;

  constructor(options: RevocationWatchOptions) {
    this.#options = options;
    this.#last = options.store.lastRevocation();
    this.#cancel = this.#pollLater();
  }

  onRevoked(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onOwnRevocation(listener: TimedListener): () => void {
    this.#ownListeners.add(listener);
    return () => this.#ownListeners.delete(listener);
  }

  /** Heard again after a start, a revocation of before means no login of after it. */
  revokedElsewhere({ user, family, time }: TimedRevocation): void {
    const { store, clock, lifetimeMs } = this.#options;
    const now = clock.wallMs();
    for (const [key, revoked] of this.#elsewhere) {
      if (revoked + 2 * lifetimeMs < now) this.#elsewhere.delete(key);
    }
    const key = keyOf(user, family);
    this.#elsewhere.set(key, Math.max(time, this.#elsewhere.get(key) ?? time));
    store.endWithoutNote({ user, family }, time);
    this.#tell({ user, family });
  }

  /** A login of later is not meant by the end of all logins of a user. */
  isRevokedElsewhere(user: string, family: string, issuedTime: EpochMs | null): boolean {
    if (this.#elsewhere.has(keyOf(user, family))) return true;
    const time = this.#elsewhere.get(keyOf(user, null));
    return time !== undefined && issuedTime !== null && issuedTime <= time;
  }

  close(): void {
    this.#cancel();
    this.#listeners.clear();
    this.#ownListeners.clear();
  }

  #pollLater(): () => void {
    return this.#options.clock.after(pollMs, () => {
      this.look();
      this.#cancel = this.#pollLater();
    });
  }

  /** Twice a second, and at once for what was revoked here. */
  look(): void {
    const { store, watch } = this.#options;
    try {
      for (const { number, user, family, time } of store.revocationsAfter(this.#last)) {
        this.#last = number;
        this.#tell({ user, family });
        for (const listener of this.#ownListeners) {
          this.#guard(() => listener({ user, family, time }));
        }
      }
    } catch (error) {
      watch.storeFailed(error);
    }
  }

  #tell(revocation: Revocation): void {
    this.#options.onRevoked(revocation);
    for (const listener of this.#listeners) this.#guard(() => listener(revocation));
  }

  /** Where one fails, the others have to hear of it all the same. */
  #guard(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#options.watch.revocationFailed(error);
    }
  }
}

function keyOf(user: string, family: string | null): string {
  return `${user}\n${family ?? ''}`;
}
