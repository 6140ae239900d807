import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { RealTimeState, RealTimeStore } from './realTimeStore.ts';

/** Carries the store and no values, so that nothing renders because another value changed. */
export const RealTimeContext = createContext<RealTimeStore | null>(null);

export function useRealTimeStore(): RealTimeStore {
  const store = useContext(RealTimeContext);
  if (store === null) throw new Error('Put <RealTimeDataProvider> around what uses this hook.');
  return store;
}

/** Renders when one of the selected values changes. */
export function useSelected<Selected>(select: (state: RealTimeState) => Selected): Selected {
  return useStore(useRealTimeStore().store, useShallow(select));
}
