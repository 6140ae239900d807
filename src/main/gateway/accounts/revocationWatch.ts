import type { GatewayClock } from '../gatewayClock.ts';
import type { Revocation } from './access.ts';
import type { AccountStore } from './accountStore.ts';
import type { SignInWatch } from './signInWatch.ts';

/** `truetape user revoke` runs in another process: its word is looked for twice a second. */
const pollMs = 500;

type Listener = (revocation: Revocation) => void;

export interface RevocationWatchOptions {
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
  readonly #ownListeners = new Set<Listener>();
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

  onOwnRevocation(listener: Listener): () => void {
    this.#ownListeners.add(listener);
    return () => this.#ownListeners.delete(listener);
  }

  revokedElsewhere(revocation: Revocation): void {
    const { store, clock, lifetimeMs } = this.#options;
    const now = clock.wallMs();
    for (const [key, time] of this.#elsewhere) {
      if (time + 2 * lifetimeMs < now) this.#elsewhere.delete(key);
    }
    this.#elsewhere.set(keyOf(revocation.user, revocation.family), now);
    store.endWithoutNote(revocation, now);
    this.#tell(this.#listeners, revocation);
  }

  /** A login of later is not meant by the end of all logins of a user. */
  isRevokedElsewhere(user: string, family: string, issuedTime: number | null): boolean {
    if (this.#elsewhere.size === 0) return false;
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
      this.#poll();
      this.#cancel = this.#pollLater();
    });
  }

  #poll(): void {
    const { store, watch } = this.#options;
    try {
      for (const { number, user, family } of store.revocationsAfter(this.#last)) {
        this.#last = number;
        this.#tell(this.#listeners, { user, family });
        this.#tell(this.#ownListeners, { user, family });
      }
    } catch (error) {
      watch.storeFailed(error);
    }
  }

  #tell(listeners: ReadonlySet<Listener>, revocation: Revocation): void {
    if (listeners === this.#listeners) this.#options.onRevoked(revocation);
    for (const listener of listeners) {
      try {
        listener(revocation);
      } catch (error) {
        // The others have to hear of it all the same.
        this.#options.watch.storeFailed(error);
      }
    }
  }
}

function keyOf(user: string, family: string | null): string {
  return `${user}\n${family ?? ''}`;
}
