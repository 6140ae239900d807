import { useCallback } from 'react';
import { formatTime } from '../../format/time.ts';
import { useMarketStore } from '../../store/hooks.ts';
import { useLinkedMarket } from '../session.ts';
import { useToasts } from '../toasts.ts';

/** Marks the place of now, or where the replay stands; its note can be written in the list of marks. */
export function useMarkHere(): () => Promise<void> {
  const store = useMarketStore();
  const market = useLinkedMarket(1);
  return useCallback(async () => {
    const { show } = useToasts.getState();
    const answer = await store.command({ type: 'addMark', time: null, market, note: '' });
    if (answer.ok) {
      const title = `Marked at ${formatTime(answer.value.time)}`;
      show({
        mark: 'live',
        title,
        text: `${market}. The list of marks takes a note.`,
        stays: false,
      });
    } else {
      show({ mark: 'error', title: 'Not marked', text: answer.message, stays: true });
    }
  }, [store, market]);
}
