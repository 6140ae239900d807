export {
  ConnectionRegistryProvider,
  useConnectionRegistry,
} from './ConnectionRegistryProvider.tsx';
export type { EnvelopeWebSocket } from './envelopeView.ts';
export type { MarketWebSocket, MarketWebSocketOptions } from './marketView.ts';
export { signalsLimit } from './marketView.ts';
export type { RealTimeDataProviderProps } from './RealTimeDataProvider.tsx';
export { providerDefaults, RealTimeDataProvider } from './RealTimeDataProvider.tsx';
export type {
  LastUpdated,
  RealTimeData,
  RealTimeKind,
  RealTimeState,
  TradeRow,
} from './realTimeStore.ts';
export type { ChannelPace, ChannelsView } from './useChannels.ts';
export { useChannels } from './useChannels.ts';
export { useGaps } from './useGaps.ts';
export type { ConnectionView } from './useConnection.ts';
export { useConnection, useTruetapeClient } from './useConnection.ts';
export type { OrderbookSubscription, PriceSubscription } from './useKindSubscription.ts';
export { useOrderbookSubscription, usePriceSubscription } from './useKindSubscription.ts';
export type { LiveDataFeed, LiveDataFeedOptions } from './useLiveDataFeed.ts';
export { liveFeedLimit, useLiveDataFeed } from './useLiveDataFeed.ts';
export type { OptimizedRealtime, OptimizedRealtimeOptions } from './useOptimizedRealtime.ts';
export { optimizedMessagesLimit, useOptimizedRealtime } from './useOptimizedRealtime.ts';
export { useRealTimeData } from './useRealTimeData.ts';
export type { RealtimeTickerOptions, RealtimeTickerView } from './useRealtimeTicker.ts';
export { useRealtimeTicker } from './useRealtimeTicker.ts';
export type { ServerSentEvents } from './useServerSentEvents.ts';
export { useServerSentEvents } from './useServerSentEvents.ts';
export type { SymbolData, SymbolDataOptions } from './useSymbolData.ts';
export { useSymbolData } from './useSymbolData.ts';
export type { ShownValidity } from './useValidity.ts';
export { useValidity } from './useValidity.ts';
export { useWebSocket } from './useWebSocket.ts';
export type { WebSocketSubscription } from './useWebSocketSubscription.ts';
export { useWebSocketSubscription } from './useWebSocketSubscription.ts';
