import { useEffect, useMemo } from 'react';
import { createStore, useStore } from 'zustand';
import type { GapUpdate } from '../../shared/gateway/wire.ts';
import { useRealTimeStore, useSelected } from './realTimeContext.ts';

const gapsLimit = 100;

/**
 * Data of the venues that is missing, or was and has been repaired, since this component came: the last 100 records, oldest
 * first, each in its newest version. With a symbol those of that market.
 */
export function useGaps(symbol?: string): readonly GapUpdate[] {
  const { client } = useRealTimeStore();
  const store = useMemo(() => createStore<readonly GapUpdate[]>(() => []), []);
  useEffect(() => {
    const subscription = client.subscribe('gaps', {}, (update) => {
      if (update.type === 'gap_update') store.setState((gaps) => withGap(gaps, update), true);
    });
    return () => subscription.close();
  }, [client, store]);
  const gaps = useStore(store);
  // Of another source nothing is mixed with the present one.
  const source = useSelected((state) => state.source);
  return useMemo(
    () =>
      gaps.filter(
        (gap) =>
          (symbol === undefined || gap.symbol === symbol) &&
          (source === null || gap.source === source),
      ),
    [gaps, symbol, source],
  );
}

function withGap(gaps: readonly GapUpdate[], came: GapUpdate): readonly GapUpdate[] {
  const isSame = ({ epoch, gap }: GapUpdate): boolean =>
    epoch === came.epoch && gap.id === came.gap.id;
  if (gaps.some(isSame)) return gaps.map((gap) => (isSame(gap) ? came : gap));
  return [...gaps, came].slice(-gapsLimit);
}
