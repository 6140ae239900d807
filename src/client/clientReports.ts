import type { ChannelId } from '../shared/gateway/channelIds.ts';
import type { ResyncReason } from '../shared/gateway/wire.ts';

export type DebugCategory = 'connection' | 'message' | 'subscription' | 'error' | 'performance';

/** One line of the debug log; tokens, keys and addresses' queries are already taken out. */
export interface DebugEntry {
  readonly time: number;
  readonly category: DebugCategory;
  readonly text: string;
}

export type ClientErrorType = 'connection' | 'server' | 'parse' | 'subscription';

/** One failure, told to people. */
export interface ClientError {
  readonly id: string;
  readonly type: ClientErrorType;
  /** A code of the gateway, or one of `errorCatalogue`. */
  readonly code: string;
  readonly message: string;
  /** Epoch ms. */
  readonly timestamp: number;
  /** What to do, where something can be done. */
  readonly fix: string | null;
  /** When it is tried again by itself; null: not. */
  readonly retryInMs: number | null;
  readonly channel: string | null;
}

/** Events that are missing. One per loss, whatever the number of channels. */
export interface ClientGap {
  /** `hole`: sequences of one channel do not follow; the others as the gateway said. */
  readonly reason: ResyncReason | 'hole';
  /** Null: all channels. */
  readonly channels: readonly ChannelId[] | null;
  /** First and last missing sequence, of a hole. */
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  /** How many events, where that is known. */
  readonly missing: number | null;
  readonly timestamp: number;
}

export interface ClientMetrics {
  readonly messagesReceived: number;
  readonly messagesSent: number;
  readonly reconnectCount: number;
  /** Milliseconds of the present connection; 0 without one. */
  readonly uptime: number;
  /** Channels that are asked for. */
  readonly subscriptions: number;
  readonly queuedMessages: number;
  /** Intents that were dropped: the queue was full, or they were too old. */
  readonly droppedMessages: number;
  readonly errors: number;
  /** Of the last 100 heartbeats, there and back; null without any. */
  readonly averageLatencyMs: number | null;
  readonly lastLatencyMs: number | null;
  /** Records that had come before. */
  readonly duplicates: number;
  readonly gaps: number;
  readonly resyncs: number;
}
