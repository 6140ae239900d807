import { useCallback } from 'react';
import { create } from 'zustand';
import type { CommandResult } from '../../shared/bridge.ts';
import type { EpochMs, MarketId } from '../../shared/market.ts';
import type { Mark } from '../../shared/marks.ts';
import { useMarketStore } from '../store/hooks.ts';
import { replayControl, isOfFile } from './replay/replayControl.ts';
import { useReplay } from './replay/useReplay.ts';
import { useLinkedMarket } from './session.ts';
import { useToasts } from './toasts.ts';

/** A mark that was asked for, and its note not written yet. */
export interface NewMark {
  readonly key: number;
  readonly market: MarketId;
  /** When it was asked for; the host's own time of the mark is a moment later. */
  readonly time: EpochMs;
  readonly answer: Promise<CommandResult<Mark>>;
  /** The same moment once more, after a refusal. */
  readonly askAgain: () => Promise<CommandResult<Mark>>;
}

interface NewMarkState {
  readonly mark: NewMark | null;
  set(mark: NewMark | null): void;
}

/** What the card for a note is about. */
export const useNewMark = create<NewMarkState>((set) => ({
  mark: null,
  set: (mark) => set({ mark }),
}));

export const noMarkWords = 'A file has no marks. Import it in Sessions.';

/** Why nothing can be marked in this window; null: it can be asked for. */
export function useMarkRefusal(): string | null {
  const replay = useReplay();
  return replay !== null && isOfFile(replay) ? noMarkWords : null;
}

let nextKey = 1;

/**
 * Marks the moment of the call, or the place where the replay stands. The card for its note is there at once: what is
 * typed from now on belongs to it.
 */
export function useAddMark(): () => void {
  const store = useMarketStore();
  const market = useLinkedMarket(1);
  return useCallback(() => {
    const { replay } = replayControl(store);
    if (replay !== null && isOfFile(replay)) {
      const { show } = useToasts.getState();
      show({ mark: 'error', title: 'Nothing to mark here', text: noMarkWords, stays: false });
      return;
    }
    const now = store.hostNow();
    const ask = (time: EpochMs | null) =>
      store.command({ type: 'addMark', time, market, note: '' });
    const key = nextKey;
    nextKey += 1;
    useNewMark.getState().set({
      ...{ key, market, time: now, answer: ask(null) },
      askAgain: () => ask(Math.round(now)),
    });
  }, [store, market]);
}
