import { useMemo } from 'react';
import type { WebSocketConfig } from '../clientContract.ts';
import type { EnvelopeWebSocket } from './envelopeView.ts';
import { createEnvelopeView } from './envelopeView.ts';
import type { MarketWebSocket, MarketWebSocketOptions } from './marketView.ts';
import { createMarketView } from './marketView.ts';
import type { Owned } from './useOwned.ts';
import { useOwned } from './useOwned.ts';
import { useStable } from './useStable.ts';

/**
 * Two documents promise a hook of this name. With a `url` it is a plain WebSocket of any server that speaks envelopes; without
 * one it is the market application of a gateway, whose address is called `gateway`. Either ends with its component.
 */
export function useWebSocket(config: WebSocketConfig): EnvelopeWebSocket;
export function useWebSocket(options?: MarketWebSocketOptions): MarketWebSocket;
export function useWebSocket(
  options: WebSocketConfig | MarketWebSocketOptions = {},
): EnvelopeWebSocket | MarketWebSocket {
  const stable = useStable(options);
  const owned = useMemo<Owned<EnvelopeWebSocket> | Owned<MarketWebSocket>>(
    () => (stable.url === undefined ? createMarketView(stable) : createEnvelopeView(stable)),
    [stable],
  );
  return useOwned<EnvelopeWebSocket | MarketWebSocket>(owned);
}
