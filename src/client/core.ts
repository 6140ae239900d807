/** The client without React; `truetape/client` is this and the hooks. */
export { applyDelta } from '../shared/gateway/delta.ts';
export type * from '../shared/gateway/wire.ts';
export type { RealtimeTicker } from '../shared/gateway/realtimeTicker.ts';
export type { GatewayError, GatewayErrorCode } from '../shared/gateway/errors.ts';
export type {
  RealtimeRequirements,
  RealtimeTechnology,
  TechnologyDescription,
} from './chooseTransport.ts';
export { chooseTechnology, realtimeTechnologies, transportChain } from './chooseTransport.ts';
export type * from './clientContract.ts';
export type { ClientClock, ClientTimers } from './clientClock.ts';
export type {
  ClosableConnection,
  ConnectionPoolMetrics,
  ConnectionPoolOptions,
  PooledConnection,
} from './connectionPool.ts';
export { ConnectionPool, connectionPoolDefaults, PoolExhaustedError } from './connectionPool.ts';
export { ConnectionRegistry } from './connectionRegistry.ts';
export type { ConnectionState, FourStates, ThreeStates } from './connectionState.ts';
export {
  connectionStates,
  isConnected,
  legalTransitions,
  toFourStates,
  toThreeStates,
} from './connectionState.ts';
export { createTruetapeClient } from './createTruetapeClient.ts';
export type { Debounced, DebounceOptions } from './debounce.ts';
export { createDebounce, debounceDefaults } from './debounce.ts';
export { createEnvelopeSocket } from './envelopeSocket.ts';
export type { ClientErrorCode, ErrorText } from './errorCatalogue.ts';
export { errorCatalogue } from './errorCatalogue.ts';
export type {
  EventBusOptions,
  EventBusProblem,
  EventListener,
  EventToPublish,
} from './eventBus.ts';
export { EventBus, eventBusHistory, eventBusReplay } from './eventBus.ts';
export { createMarketService, marketService, marketServiceDefaults } from './marketService.ts';
export { mergeFigures, mergeLive } from './mergeLive.ts';
export type { BatchPriority, MessageBatcherOptions } from './messageBatcher.ts';
export { batcherDefaults, MessageBatcher } from './messageBatcher.ts';
export type { MessageThrottlerOptions } from './messageThrottler.ts';
export { MessageThrottler } from './messageThrottler.ts';
export type { RealtimeEvent } from './realtimeEvent.ts';
export { createEventId } from './realtimeEvent.ts';
export { defaultReconnect, reconnectPresets } from './reconnectPolicy.ts';
export type {
  OpenedMessage,
  RoomSecret,
  SealedAt,
  SealedMessage,
  SealedMessageErrorCode,
} from './sealedMessages.ts';
export { maxSealedBytes, SealedMessageError, SealedMessages } from './sealedMessages.ts';
export type { RetryOptions } from './retry.ts';
export { retry } from './retry.ts';
export { createSseClient } from './sseClient.ts';
export type { WebSocketManagerOptions } from './webSocketManager.ts';
export { WebSocketManager, webSocketManagerDefaults } from './webSocketManager.ts';
