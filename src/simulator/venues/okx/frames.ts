import type { Bar } from '../../market/bar.ts';
import { formatTrimmed } from '../../market/decimals.ts';
import type { Instrument } from '../../market/instrument.ts';
import { dayMs, hourMs, minuteMs } from '../../market/intervals.ts';
import type { Trade } from '../../market/tradeTape.ts';
import type { WindowLevel } from '../../wire/windowView.ts';

export const utc8Ms = 8 * hourMs;

const firstSequence = 82_083_114_838;
const sequenceSpan = 30_000_000_000;
/** Sequence numbers rise with jumps: each change of the book owns so many of them. */
const numbersPerChange = 3;
/** How far a restart of the service sets the numbers back. */
const restartStep = 1_000_000_000;

/** The venue's name of a bar: which interval, and where its day begins. */
export interface BarName {
  readonly interval: string;
  readonly offsetMs: number;
}

const shortBars = ['1s', '1m', '3m', '5m', '15m', '30m', '1H', '2H', '4H'];
const longBars = ['6H', '12H', '1D', '2D', '3D', '5D', '1W', '1M'];

/** `1m`, `4H`, `1D` (opens at 00:00 UTC+8), `1Dutc`; undefined for anything else. */
export function parseBarName(name: string): BarName | undefined {
  const interval = name.endsWith('M') ? name : name.replace(/[HDW]/, (unit) => unit.toLowerCase());
  if (shortBars.includes(name)) return { interval, offsetMs: 0 };
  if (longBars.includes(name)) return { interval, offsetMs: utc8Ms };
  const base = name.endsWith('utc') ? name.slice(0, -'utc'.length) : '';
  if (!longBars.includes(base)) return undefined;
  const utcInterval = base.endsWith('M') ? base : base.toLowerCase();
  return { interval: utcInterval, offsetMs: 0 };
}

export function sequenceOf(instrument: Instrument, changeId: number): number {
  const jump = (changeId * 7919) % numbersPerChange;
  const restarts = instrument.restarts.filter((restart) => changeId > restart).length;
  const first = firstSequence + instrument.assetIndex * sequenceSpan - restarts * restartStep;
  return first + changeId * numbersPerChange + jump;
}

export function changeIdOf(instrument: Instrument, sequence: number): number {
  let own = sequence - firstSequence - instrument.assetIndex * sequenceSpan;
  while (own < 0) own += restartStep;
  return Math.floor(own / numbersPerChange);
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

/** Price, size, a deprecated zero, number of orders. */
export function levelsText(instrument: Instrument, levels: readonly WindowLevel[]): string {
  const texts = levels.map(
    ({ price, size, orders }) =>
      `["${priceText(instrument, price)}","${sizeText(instrument, size)}","0","${orders}"]`,
  );
  return `[${texts.join(',')}]`;
}

/** Trades of one taker order at one price: the channel merges them. */
export interface MergedTrade {
  readonly lastId: number;
  readonly count: number;
  readonly price: number;
  readonly size: number;
  readonly takerBuys: boolean;
  readonly time: number;
}

export function mergeTrades(trades: readonly Trade[]): readonly MergedTrade[] {
  const merged: MergedTrade[] = [];
  let orderId = -1;
  for (const trade of trades) {
    const last = merged[merged.length - 1];
    const { price, size, takerBuys, time } = trade;
    if (last !== undefined && orderId === trade.orderId && last.price === price) {
      const count = last.count + 1;
      merged[merged.length - 1] = { ...last, lastId: trade.id, count, size: last.size + size };
    } else {
      merged.push({ lastId: trade.id, count: 1, price, size, takerBuys, time });
    }
    orderId = trade.orderId;
  }
  return merged;
}

export function tradeRow(instrument: Instrument, trade: MergedTrade, sequence: number): string {
  return (
    `{"instId":"${instrument.market}","tradeId":"${trade.lastId}",` +
    `"px":"${priceText(instrument, trade.price)}","sz":"${sizeText(instrument, trade.size)}",` +
    `"side":"${trade.takerBuys ? 'buy' : 'sell'}","ts":"${Math.floor(trade.time)}",` +
    `"count":"${trade.count}","source":"0","seqId":${sequence}}`
  );
}

/** A trade as `trades-all` and REST show it: never merged. */
export function singleTradeRow(instrument: Instrument, trade: Trade): string {
  return (
    `{"instId":"${instrument.market}","tradeId":"${trade.id}",` +
    `"px":"${priceText(instrument, trade.price)}","sz":"${sizeText(instrument, trade.size)}",` +
    `"side":"${trade.takerBuys ? 'buy' : 'sell'}","source":"0","ts":"${Math.floor(trade.time)}"}`
  );
}

export function tickerRow(instrument: Instrument, now: number): string {
  const day = instrument.statistics.at(now);
  const { bids, asks } = instrument.book;
  return (
    `{"instType":"SPOT","instId":"${instrument.market}","last":"${priceText(instrument, day.close)}",` +
    `"lastSz":"${sizeText(instrument, instrument.tape.last()?.size ?? 0)}",` +
    `"askPx":"${priceText(instrument, asks.best())}","askSz":"${sizeText(instrument, asks.sizeAt(0))}",` +
    `"bidPx":"${priceText(instrument, bids.best())}","bidSz":"${sizeText(instrument, bids.sizeAt(0))}",` +
    `"open24h":"${priceText(instrument, day.open)}","high24h":"${priceText(instrument, day.high)}",` +
    `"low24h":"${priceText(instrument, day.low)}","sodUtc0":"${dayOpen(instrument, now, 0)}",` +
    `"sodUtc8":"${dayOpen(instrument, now, utc8Ms)}","volCcy24h":"${quoteText(instrument, day.quote)}",` +
    `"vol24h":"${sizeText(instrument, day.volume)}","ts":"${Math.floor(now)}"}`
  );
}

export function candleRow(instrument: Instrument, bar: Bar, confirmed: boolean): string {
  const quote = quoteText(instrument, bar.quote);
  return (
    `["${bar.openTime}","${priceText(instrument, bar.open)}","${priceText(instrument, bar.high)}",` +
    `"${priceText(instrument, bar.low)}","${priceText(instrument, bar.close)}",` +
    `"${sizeText(instrument, bar.volume)}","${quote}","${quote}","${confirmed ? 1 : 0}"]`
  );
}

function dayOpen(instrument: Instrument, now: number, offsetMs: number): string {
  const start = Math.floor((now + offsetMs) / dayMs) * dayMs - offsetMs;
  const bar = instrument.candles.minute(start / minuteMs);
  return priceText(instrument, bar?.open ?? instrument.book.bids.best());
}
