import { useEffect, useMemo } from 'react';
import type { RealtimeTicker } from '../../shared/gateway/realtimeTicker.ts';
import { realtimeTicker } from '../../shared/gateway/realtimeTicker.ts';
import { useRealTimeStore, useSelected } from './realTimeContext.ts';
import { useChannels } from './useChannels.ts';
import type { ShownValidity } from './useValidity.ts';
import { useValidity } from './useValidity.ts';

export interface RealtimeTickerOptions {
  readonly symbol: string;
  /** Default true. */
  readonly enabled?: boolean;
}

export interface RealtimeTickerView {
  readonly ticker: RealtimeTicker | null;
  readonly isConnected: boolean;
  /** Why there is none, and what to do. */
  readonly error: string | null;
  readonly validity: ShownValidity;
}

/** One flat ticker. Connects while one is enabled anywhere below the provider, and disconnects after the last. */
export function useRealtimeTicker(options: RealtimeTickerOptions): RealtimeTickerView {
  const { symbol, enabled = true } = options;
  const { holdConnection } = useRealTimeStore();
  useEffect(() => (enabled ? holdConnection() : undefined), [holdConnection, enabled]);
  const { error: refusal } = useChannels([`price.${symbol}`], enabled);
  const { price, isConnected, failure } = useSelected(({ data }) => ({
    price: data.getPrice(symbol),
    isConnected: data.isConnected,
    failure: data.isConnected ? null : (data.errors.at(-1)?.message ?? null),
  }));
  const validity = useValidity(`price.${symbol}`);
  const ticker = useMemo(
    () => (price === null || !enabled ? null : realtimeTicker(symbol, price)),
    [symbol, price, enabled],
  );
  if (!enabled) return { ticker, isConnected: false, error: null, validity };
  return { ticker, isConnected, error: refusal ?? failure, validity };
}
