import type { LevelTuple } from '../levels.ts';

/** Validated messages: exactly the fields that are read. */
export type BybitMessage =
  | BybitBook
  | BybitTrades
  | BybitTicker
  | BybitKlines
  | BybitOther
  | BybitReply
  | { readonly type: 'pong'; readonly requestId: string | null }
  | { readonly type: 'unknown'; readonly text: string };

interface TopicMessage {
  readonly topic: string;
  /** Topic without the symbol. */
  readonly channel: string;
  readonly symbol: string;
  readonly kind: 'snapshot' | 'delta';
  readonly systemTime: number;
}

export interface BybitBook extends TopicMessage {
  readonly type: 'book';
  readonly depth: number;
  readonly matchTime: number | null;
  readonly updateId: number;
  readonly bids: readonly LevelTuple[];
  readonly asks: readonly LevelTuple[];
}

export interface BybitTrades extends TopicMessage {
  readonly type: 'trades';
  readonly trades: readonly BybitTrade[];
}

export interface BybitTrade {
  readonly id: string;
  readonly time: number;
  readonly side: 'buy' | 'sell';
  readonly price: string;
  readonly size: string;
}

/** In a delta of futures an absent field is unchanged: null. */
export interface BybitTicker extends TopicMessage {
  readonly type: 'ticker';
  readonly last: string | null;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly volume: string | null;
  readonly turnover: string | null;
}

export interface BybitKlines extends TopicMessage {
  readonly type: 'klines';
  readonly interval: string;
  readonly klines: readonly BybitKline[];
}

export interface BybitKline {
  readonly start: number;
  /** Time of the last trade in it; null where it is not said. */
  readonly lastTradeTime: number | null;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly turnover: string;
  readonly confirm: boolean;
}

export interface BybitOther extends TopicMessage {
  readonly type: 'other';
}

export interface BybitReply {
  readonly type: 'reply';
  readonly operation: 'subscribe' | 'unsubscribe' | 'other';
  readonly requestId: string | null;
  readonly success: boolean;
  readonly text: string;
}
