import { useSyncExternalStore } from 'react';

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

/** Renders when the selected part changes (Object.is): select what is drawn, not a fresh object. */
export function useSnapshot<Value, Part>(
  snapshot: Snapshot<Value>,
  select: (value: Value) => Part,
): Part {
  return useSyncExternalStore(snapshot.subscribe, () => select(snapshot.get()));
}

/** For a snapshot that is drawn as it is. */
export function identity<Value>(value: Value): Value {
  return value;
}
