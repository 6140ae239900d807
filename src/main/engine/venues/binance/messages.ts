import type { LevelTuple } from '../levels.ts';

/** Validated messages: exactly the fields that are read. `stream` is null in raw mode. */
export type BinanceMessage =
  | BinanceTrade
  | BinanceDepth
  | BinanceBookTicker
  | BinanceTicker
  | BinanceKline
  | BinanceOther
  | BinanceReply
  | { readonly type: 'shutdown' }
  | { readonly type: 'unknown'; readonly text: string };

interface StreamMessage {
  readonly stream: string | null;
  readonly symbol: string;
}

export interface BinanceTrade extends StreamMessage {
  readonly type: 'trade';
  readonly aggregate: boolean;
  readonly eventTime: number;
  readonly tradeTime: number;
  readonly id: number;
  readonly price: string;
  readonly size: string;
  readonly buyerIsMaker: boolean;
}

export interface BinanceDepth extends StreamMessage {
  readonly type: 'depth';
  readonly eventTime: number;
  readonly firstId: number;
  readonly lastId: number;
  /** Only on futures; -1 when there was none. */
  readonly previousId: number | null;
  readonly bids: readonly LevelTuple[];
  readonly asks: readonly LevelTuple[];
}

export interface BinanceBookTicker extends StreamMessage {
  readonly type: 'bookTicker';
  /** Only on futures. */
  readonly eventTime: number | null;
  readonly id: number;
  readonly bid: string;
  readonly bidSize: string;
  readonly ask: string;
  readonly askSize: string;
}

export interface BinanceTicker extends StreamMessage {
  readonly type: 'ticker';
  readonly eventTime: number;
  readonly last: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly volume: string;
  readonly quoteVolume: string;
}

export interface BinanceKline extends StreamMessage {
  readonly type: 'kline';
  readonly eventTime: number;
  readonly interval: string;
  readonly openTime: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly trades: number;
  readonly closed: boolean;
  /** `V` and `Q`: what takers bought. */
  readonly takerVolumes: readonly string[];
}

export interface BinanceOther extends StreamMessage {
  readonly type: 'other';
  readonly event: string;
  readonly eventTime: number | null;
}

export interface BinanceReply {
  readonly type: 'reply';
  readonly requestId: string | null;
  readonly error: { readonly code: string; readonly text: string } | null;
}
