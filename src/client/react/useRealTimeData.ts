import { useSelected } from './realTimeContext.ts';
import type { RealTimeData } from './realTimeStore.ts';

/**
 * Connection, subscriptions, getters, metrics and errors. Without a selector it renders when one of its members changes, and
 * not for values; `useRealTimeData((data) => data.getPrice('BTC-USDT'))` renders for that value alone.
 */
export function useRealTimeData(): RealTimeData;
export function useRealTimeData<Selected>(select: (data: RealTimeData) => Selected): Selected;
export function useRealTimeData<Selected>(
  select?: (data: RealTimeData) => Selected,
): RealTimeData | Selected {
  return useSelected<RealTimeData | Selected>(({ data }) =>
    select === undefined ? data : select(data),
  );
}
