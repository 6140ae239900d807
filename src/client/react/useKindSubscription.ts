import { useCallback, useState } from 'react';
import type { OrderbookUpdate, PriceUpdate } from '../../shared/gateway/wire.ts';
import { useRealTimeData } from './useRealTimeData.ts';
import type { ChannelPace } from './useChannels.ts';
import { useChannels } from './useChannels.ts';
import type { ShownValidity } from './useValidity.ts';
import { useValidity } from './useValidity.ts';

interface Subscribing {
  readonly isSubscribed: boolean;
  readonly validity: ShownValidity;
  readonly error: string | null;
  readonly subscribe: () => void;
  readonly unsubscribe: () => void;
}

export interface PriceSubscription extends Subscribing {
  readonly price: PriceUpdate | null;
}

export interface OrderbookSubscription extends Subscribing {
  readonly orderbook: OrderbookUpdate | null;
}

function useSubscribing(channel: string, auto: boolean, pace?: ChannelPace): Subscribing {
  const [choice, setChoice] = useState({ auto, isWanted: auto });
  // Who changes `auto` means it; what was chosen by hand holds until then.
  if (choice.auto !== auto) setChoice({ auto, isWanted: auto });
  const { isWanted } = choice;
  const view = useChannels([channel], isWanted, pace);
  const validity = useValidity(channel);
  const subscribe = useCallback(() => setChoice({ auto, isWanted: true }), [auto]);
  const unsubscribe = useCallback(() => setChoice({ auto, isWanted: false }), [auto]);
  return { ...view, validity, subscribe, unsubscribe };
}

/** The consolidated price; with `auto` subscribed from mount to unmount, once for all components that want it. */
export function usePriceSubscription(
  symbol: string,
  auto = true,
  pace?: ChannelPace,
): PriceSubscription {
  const subscribing = useSubscribing(`price.${symbol}`, auto, pace);
  const price = useRealTimeData((data) => data.getPrice(symbol));
  return { price, ...subscribing };
}

/** The consolidated book, or with `BTC-USDT@okx` one venue's. */
export function useOrderbookSubscription(
  symbol: string,
  auto = true,
  pace?: ChannelPace,
): OrderbookSubscription {
  const subscribing = useSubscribing(`orderbook.${symbol}`, auto, pace);
  const [market = symbol, venue] = symbol.split('@');
  const orderbook = useRealTimeData((data) => data.getOrderbook(market, venue));
  return { orderbook, ...subscribing };
}
