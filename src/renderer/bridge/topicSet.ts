import type { TopicRequest, TopicSubscription } from '../../shared/bridge.ts';

interface Held {
  readonly subscription: TopicSubscription;
  holders: number;
}

/** What the page wants to see, counted by holder. */
export class TopicSet {
  readonly #byKey = new Map<string, Held>();
  readonly #keys = new Map<number, string>();
  #lastId = 0;
  #changed = false;

  /** Nobody held it: a new id, so that the host starts with the whole present value. */
  hold(key: string, request: TopicRequest): number {
    const held = this.#byKey.get(key);
    if (held !== undefined) {
      held.holders++;
      return held.subscription.id;
    }
    this.#lastId++;
    this.#byKey.set(key, { subscription: { id: this.#lastId, request }, holders: 1 });
    this.#keys.set(this.#lastId, key);
    this.#changed = true;
    return this.#lastId;
  }

  release(key: string): void {
    const held = this.#byKey.get(key);
    if (held === undefined) return;
    held.holders--;
    if (held.holders > 0) return;
    this.#byKey.delete(key);
    this.#keys.delete(held.subscription.id);
    this.#changed = true;
  }

  keyOf(id: number): string | null {
    return this.#keys.get(id) ?? null;
  }

  list(): TopicSubscription[] {
    this.#changed = false;
    return [...this.#byKey.values()].map((held) => held.subscription);
  }

  /** Whether the list differs from the one last taken. */
  isChanged(): boolean {
    return this.#changed;
  }
}
