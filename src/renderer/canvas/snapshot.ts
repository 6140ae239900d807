/** One value that React may follow: written by a drawing at its own pace, read with `useSyncExternalStore`. */
export class Snapshot<Value> {
  #value: Value;
  readonly #listeners = new Set<() => void>();
  readonly #isSame: (one: Value, other: Value) => boolean;

  constructor(value: Value, isSame: (one: Value, other: Value) => boolean = Object.is) {
    this.#value = value;
    this.#isSame = isSame;
  }

  readonly get = (): Value => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  set(value: Value): void {
    if (this.#isSame(this.#value, value)) return;
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }
}
