import { useMemo } from 'react';
import type { Mark } from '../../../shared/marks.ts';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import { formatTime } from '../../format/time.ts';
import { useMarketStore } from '../../store/hooks.ts';
import type { MarketStore } from '../../store/marketStore.ts';
import { useToasts } from '../../workspace/toasts.ts';

export interface MarkActions {
  /** False: refused, and told. */
  add(time: EpochMs | null, market: MarketId | null, note: string): Promise<boolean>;
  change(mark: Mark, note: string): Promise<boolean>;
  remove(mark: Mark): Promise<boolean>;
}

function createActions(store: MarketStore): MarkActions {
  const { show } = useToasts.getState();
  const refused = (title: string, text: string): false => {
    show({ mark: 'error', title, text, stays: true });
    return false;
  };
  const add: MarkActions['add'] = async (time, market, note) => {
    const answer = await store.command({ type: 'addMark', time, market, note });
    return answer.ok || refused('Not marked', answer.message);
  };
  return {
    add,
    async change(mark, note) {
      const answer = await store.command({ type: 'changeMark', mark: mark.id, note });
      return answer.ok || refused('The note is not changed', answer.message);
    },
    async remove(mark) {
      const answer = await store.command({ type: 'removeMark', mark: mark.id });
      if (!answer.ok) return refused('The note is not deleted', answer.message);
      show({
        mark: 'live',
        title: `Note of ${formatTime(mark.time)} deleted`,
        text: mark.text,
        stays: false,
        action: { label: 'Undo', act: () => void add(mark.time, mark.market, mark.text) },
      });
      return true;
    },
  };
}

export function useMarkActions(): MarkActions {
  const store = useMarketStore();
  return useMemo(() => createActions(store), [store]);
}
