import type { LevelTuple } from '../levels.ts';

/** Validated messages: exactly the fields that are read. */
export type OkxMessage =
  | OkxBook
  | OkxTop
  | OkxTrades
  | OkxTickers
  | OkxCandles
  | OkxOther
  | OkxAck
  | { readonly type: 'pong' }
  | { readonly type: 'notice'; readonly code: string; readonly text: string }
  | { readonly type: 'unknown'; readonly text: string };

interface ChannelMessage {
  readonly channel: string;
  readonly symbol: string;
}

export interface OkxBook extends ChannelMessage {
  readonly type: 'book';
  readonly action: 'snapshot' | 'update';
  readonly time: number;
  /** Null in recordings before ids were introduced. */
  readonly sequence: number | null;
  /** -1 in a snapshot. */
  readonly previousSequence: number | null;
  readonly checksum: number | null;
  readonly bids: readonly LevelTuple[];
  readonly asks: readonly LevelTuple[];
}

export interface OkxTop extends ChannelMessage {
  readonly type: 'top';
  readonly time: number;
  readonly sequence: number | null;
  readonly bids: readonly LevelTuple[];
  readonly asks: readonly LevelTuple[];
}

export interface OkxTrades extends ChannelMessage {
  readonly type: 'trades';
  readonly trades: readonly OkxTrade[];
}

export interface OkxTrade {
  /** Id of the last trade of the print. */
  readonly id: string;
  /** Trades that the print holds. */
  readonly count: number;
  readonly price: string;
  readonly size: string;
  readonly side: 'buy' | 'sell';
  readonly time: number;
}

export interface OkxTickers extends ChannelMessage {
  readonly type: 'tickers';
  readonly tickers: readonly OkxTicker[];
}

export interface OkxTicker {
  readonly time: number;
  readonly last: string | null;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  /** Base on spot, contracts on derivatives. */
  readonly volume: string | null;
  /** Quote on spot, base on derivatives. */
  readonly volumeCurrency: string | null;
}

export interface OkxCandles extends ChannelMessage {
  readonly type: 'candles';
  readonly interval: string;
  readonly candles: readonly OkxCandle[];
}

export interface OkxCandle {
  readonly time: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly quoteVolume: string;
  /** `volCcy` and, of newer rows, `volCcyQuote`. */
  readonly currencyVolumes: readonly string[];
  readonly confirm: boolean;
}

export interface OkxOther extends ChannelMessage {
  readonly type: 'other';
}

export interface OkxAck {
  readonly type: 'ack';
  readonly operation: 'subscribe' | 'unsubscribe' | 'other';
  readonly requestId: string | null;
  /** The topic that the ack or the error names. */
  readonly topic: string | null;
  /** Empty: accepted. */
  readonly errorCode: string;
  readonly text: string;
}
