import type { Bar } from '../../market/bar.ts';
import { formatTrimmed } from '../../market/decimals.ts';
import type { Instrument } from '../../market/instrument.ts';
import { bucketEnd } from '../../market/intervals.ts';
import type { Trade } from '../../market/tradeTape.ts';
import type { WindowChanges, WindowLevel } from '../../wire/windowView.ts';

export const intervalByName: Readonly<Record<string, string>> = {
  '1': '1m',
  '3': '3m',
  '5': '5m',
  '15': '15m',
  '30': '30m',
  '60': '1h',
  '120': '2h',
  '240': '4h',
  '360': '6h',
  '720': '12h',
  D: '1d',
  W: '1w',
  M: '1M',
};

/** Trade ids are decimal strings beyond 2^53. */
const tradeIdPrefix = '229000000';

export function symbolOf(instrument: Instrument): string {
  return `${instrument.base}${instrument.quote}`;
}

export function tradeIdText(tradeId: number): string {
  return `${tradeIdPrefix}${String(tradeId).padStart(10, '0')}`;
}

export function priceText(instrument: Instrument, ticks: number): string {
  return formatTrimmed(ticks, instrument.priceDecimals);
}

export function sizeText(instrument: Instrument, lots: number): string {
  return formatTrimmed(lots, instrument.sizeDecimals);
}

export function quoteText(instrument: Instrument, amount: bigint): string {
  return formatTrimmed(amount, instrument.priceDecimals + instrument.sizeDecimals);
}

export interface BookMessage {
  readonly topic: string;
  readonly type: 'snapshot' | 'delta';
  readonly levels: WindowChanges;
  readonly updateId: number;
  readonly sequence: number;
  readonly now: number;
}

/** On spot `ts` stands before `type`. */
export function bookFrame(instrument: Instrument, message: BookMessage): string {
  const { topic, type, levels, updateId, sequence, now } = message;
  return (
    `{"topic":"${topic}","ts":${Math.floor(now)},"type":"${type}","data":{"s":"${symbolOf(instrument)}",` +
    `"b":${levelsText(instrument, levels.bids)},"a":${levelsText(instrument, levels.asks)},` +
    `"u":${updateId},"seq":${sequence}},"cts":${Math.floor(instrument.changedAt)}}`
  );
}

export function levelsText(instrument: Instrument, levels: readonly WindowLevel[]): string {
  const texts = levels.map(
    ({ price, size }) => `["${priceText(instrument, price)}","${sizeText(instrument, size)}"]`,
  );
  return `[${texts.join(',')}]`;
}

export function tradesFrame(
  instrument: Instrument,
  topic: string,
  trades: readonly Trade[],
  sequence: number,
  now: number,
): string {
  const symbol = symbolOf(instrument);
  const rows = trades.map(
    (trade) =>
      `{"i":"${tradeIdText(trade.id)}","T":${Math.floor(trade.time)},` +
      `"p":"${priceText(instrument, trade.price)}","v":"${sizeText(instrument, trade.size)}",` +
      `"S":"${trade.takerBuys ? 'Buy' : 'Sell'}","seq":${sequence},"s":"${symbol}","BT":false,"RPI":false}`,
  );
  return `{"topic":"${topic}","ts":${Math.floor(now)},"type":"snapshot","data":[${rows.join(',')}]}`;
}

/** The fields that the stream and REST have in common. */
export interface TickerFields {
  readonly last: string;
  readonly high: string;
  readonly low: string;
  readonly previous: string;
  readonly volume: string;
  readonly turnover: string;
  readonly change: string;
  readonly index: string;
}

export function tickerFields(instrument: Instrument, now: number): TickerFields {
  const day = instrument.statistics.at(now);
  const change = Math.round(((day.close - day.open) / day.open) * 10_000);
  // The index follows other markets too: it is near the price, and never quite it.
  const index = Math.round(day.close * 10 * 0.99987);
  return {
    last: priceText(instrument, day.close),
    high: priceText(instrument, day.high),
    low: priceText(instrument, day.low),
    previous: priceText(instrument, day.open),
    volume: sizeText(instrument, day.volume),
    turnover: quoteText(instrument, day.quote),
    change: formatTrimmed(change, 4),
    index: formatTrimmed(index, instrument.priceDecimals + 1),
  };
}

/** Spot tickers carry no best bid and ask. */
export function tickerFrame(
  instrument: Instrument,
  topic: string,
  sequence: number,
  now: number,
): string {
  const ticker = tickerFields(instrument, now);
  return (
    `{"topic":"${topic}","ts":${Math.floor(now)},"type":"snapshot","cs":${sequence},"data":{` +
    `"symbol":"${symbolOf(instrument)}","lastPrice":"${ticker.last}","highPrice24h":"${ticker.high}",` +
    `"lowPrice24h":"${ticker.low}","prevPrice24h":"${ticker.previous}","volume24h":"${ticker.volume}",` +
    `"turnover24h":"${ticker.turnover}","price24hPcnt":"${ticker.change}","usdIndexPrice":"${ticker.index}"}}`
  );
}

export interface KlineMessage {
  readonly topic: string;
  /** The venue's name: `1`, `60`, `D`. */
  readonly intervalName: string;
  readonly bar: Bar;
  readonly confirmed: boolean;
  readonly now: number;
}

export function klineFrame(instrument: Instrument, message: KlineMessage): string {
  const { topic, intervalName, bar, confirmed } = message;
  const now = Math.floor(message.now);
  const end = bucketEnd(intervalByName[intervalName] ?? '1m', bar.openTime, 0) - 1;
  const lastTrade = instrument.tape.last()?.time ?? bar.openTime;
  const timestamp = Math.floor(Math.min(end, Math.max(bar.openTime, lastTrade)));
  return (
    `{"topic":"${topic}","type":"snapshot","ts":${now},"data":[{"start":${bar.openTime},"end":${end},` +
    `"interval":"${intervalName}","open":"${priceText(instrument, bar.open)}",` +
    `"close":"${priceText(instrument, bar.close)}","high":"${priceText(instrument, bar.high)}",` +
    `"low":"${priceText(instrument, bar.low)}","volume":"${sizeText(instrument, bar.volume)}",` +
    `"turnover":"${quoteText(instrument, bar.quote)}","confirm":${confirmed},"timestamp":${timestamp}}]}`
  );
}
