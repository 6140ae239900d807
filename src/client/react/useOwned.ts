import { useEffect } from 'react';
import type { StoreApi } from 'zustand';
import { useStore } from 'zustand';

/** Something with a lifetime of its own that a component shows: begun when it mounts, ended when it leaves. */
export interface Owned<View> {
  readonly store: StoreApi<View>;
  /** Returns its end; may be called again after it. */
  start(this: void): () => void;
}

export function useOwned<View>({ store, start }: Owned<View>): View {
  useEffect(() => start(), [start]);
  return useStore(store);
}
