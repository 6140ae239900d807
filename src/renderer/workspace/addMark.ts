import { useCallback } from 'react';
import { create } from 'zustand';
import type { Mark } from '../../shared/marks.ts';
import { useMarketStore } from '../store/hooks.ts';
import { useLinkedMarket } from './session.ts';
import { useToasts } from './toasts.ts';

interface NewMarkState {
  /** Just made, and its note not written yet. */
  readonly mark: Mark | null;
  set(mark: Mark | null): void;
}

/** The mark that the card for a note is about. */
export const useNewMark = create<NewMarkState>((set) => ({
  mark: null,
  set: (mark) => set({ mark }),
}));

/** Marks the moment of the call, or the place where the replay stands, then asks for a note that may stay empty. */
export function useAddMark(): () => Promise<void> {
  const store = useMarketStore();
  const market = useLinkedMarket(1);
  return useCallback(async () => {
    const answer = await store.command({ type: 'addMark', time: null, market, note: '' });
    if (answer.ok) {
      useNewMark.getState().set(answer.value);
      return;
    }
    const { show } = useToasts.getState();
    show({ mark: 'error', title: 'Not marked', text: answer.message, stays: true });
  }, [store, market]);
}
