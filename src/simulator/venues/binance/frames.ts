import { divideHalfUp, formatFixed } from '../../market/decimals.ts';
import type { Bar } from '../../market/bar.ts';
import type { BookSide } from '../../market/bookSide.ts';
import type { Instrument } from '../../market/instrument.ts';
import type { LevelChange } from '../../market/matchingBook.ts';
import type { DayStatistics } from '../../market/statistics.ts';
import type { Trade } from '../../market/tradeTape.ts';

const digits = 8;
const firstUpdateId = 78_912_345_000;
const updateIdSpan = 5_000_000_000;

export function symbolOf(instrument: Instrument): string {
  return `${instrument.base}${instrument.quote}`;
}

/** The venue's update id of a change of the book. */
export function updateIdOf(instrument: Instrument, changeId: number): number {
  return firstUpdateId + instrument.assetIndex * updateIdSpan + changeId;
}

export function changeIdOf(instrument: Instrument, updateId: number): number {
  return updateId - firstUpdateId - instrument.assetIndex * updateIdSpan;
}

/** `micro`: the client asked for microseconds. */
export function timeText(time: number, micro: boolean): string {
  return String(micro ? Math.floor(time * 1000) : Math.floor(time));
}

export function priceText(instrument: Instrument, ticks: number): string {
  return formatFixed(ticks, instrument.priceDecimals, digits);
}

export function sizeText(instrument: Instrument, lots: number): string {
  return formatFixed(lots, instrument.sizeDecimals, digits);
}

export function quoteText(instrument: Instrument, amount: bigint): string {
  return formatFixed(amount, instrument.priceDecimals + instrument.sizeDecimals, digits);
}

export function tradeFrame(
  instrument: Instrument,
  trade: Trade,
  now: number,
  micro: boolean,
): string {
  return (
    `{"e":"trade","E":${timeText(now, micro)},"s":"${symbolOf(instrument)}","t":${trade.id},` +
    `"p":"${priceText(instrument, trade.price)}","q":"${sizeText(instrument, trade.size)}",` +
    `"T":${timeText(trade.time, micro)},"m":${!trade.takerBuys},"M":true}`
  );
}

/** Trades of one taker order at one price. */
export interface AggregateTrade {
  readonly id: number;
  readonly price: number;
  readonly size: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly time: number;
  readonly takerBuys: boolean;
}

export function aggregateTradeFrame(
  instrument: Instrument,
  trade: AggregateTrade,
  now: number,
  micro: boolean,
): string {
  return (
    `{"e":"aggTrade","E":${timeText(now, micro)},"s":"${symbolOf(instrument)}","a":${trade.id},` +
    `"p":"${priceText(instrument, trade.price)}","q":"${sizeText(instrument, trade.size)}",` +
    `"f":${trade.firstId},"l":${trade.lastId},"T":${timeText(trade.time, micro)},` +
    `"m":${!trade.takerBuys},"M":true}`
  );
}

export function bookTickerFrame(instrument: Instrument): string {
  const { bids, asks, changeId } = instrument.book;
  return (
    `{"u":${updateIdOf(instrument, changeId)},"s":"${symbolOf(instrument)}",` +
    `"b":"${priceText(instrument, bids.best())}","B":"${sizeText(instrument, bids.sizeAt(0))}",` +
    `"a":"${priceText(instrument, asks.best())}","A":"${sizeText(instrument, asks.sizeAt(0))}"}`
  );
}

export interface DepthUpdate {
  readonly firstChangeId: number;
  readonly lastChangeId: number;
  readonly bids: readonly LevelChange[];
  readonly asks: readonly LevelChange[];
}

export function depthFrame(
  instrument: Instrument,
  update: DepthUpdate,
  now: number,
  micro: boolean,
): string {
  return (
    `{"e":"depthUpdate","E":${timeText(now, micro)},"s":"${symbolOf(instrument)}",` +
    `"U":${updateIdOf(instrument, update.firstChangeId)},"u":${updateIdOf(instrument, update.lastChangeId)},` +
    `"b":${changesText(instrument, update.bids)},"a":${changesText(instrument, update.asks)}}`
  );
}

/** Also the REST answer: no event time, no symbol. */
export function snapshotText(instrument: Instrument, levels: number): string {
  const { bids, asks, changeId } = instrument.book;
  return (
    `{"lastUpdateId":${updateIdOf(instrument, changeId)},` +
    `"bids":${topText(instrument, bids, levels)},"asks":${topText(instrument, asks, levels)}}`
  );
}

export function klineFrame(
  instrument: Instrument,
  bar: Bar,
  span: { readonly interval: string; readonly closeTime: number; readonly closed: boolean },
  now: number,
  micro: boolean,
): string {
  const lastId = bar.trades === 0 ? -1 : instrument.tape.nextId() - 1;
  const firstId = bar.trades === 0 ? -1 : lastId - bar.trades + 1;
  const symbol = symbolOf(instrument);
  return (
    `{"e":"kline","E":${timeText(now, micro)},"s":"${symbol}","k":{"t":${timeText(bar.openTime, micro)},` +
    `"T":${micro ? span.closeTime * 1000 + 999 : span.closeTime},"s":"${symbol}","i":"${span.interval}",` +
    `"f":${firstId},"L":${lastId},"o":"${priceText(instrument, bar.open)}",` +
    `"c":"${priceText(instrument, bar.close)}","h":"${priceText(instrument, bar.high)}",` +
    `"l":"${priceText(instrument, bar.low)}","v":"${sizeText(instrument, bar.volume)}","n":${bar.trades},` +
    `"x":${span.closed},"q":"${quoteText(instrument, bar.quote)}",` +
    `"V":"${sizeText(instrument, bar.takerVolume)}","Q":"${quoteText(instrument, bar.takerQuote)}","B":"0"}}`
  );
}

export function miniTickerFrame(instrument: Instrument, now: number, micro: boolean): string {
  const day = instrument.statistics.at(now);
  return (
    `{"e":"24hrMiniTicker","E":${timeText(now, micro)},"s":"${symbolOf(instrument)}",` +
    `"c":"${priceText(instrument, day.close)}","o":"${priceText(instrument, day.open)}",` +
    `"h":"${priceText(instrument, day.high)}","l":"${priceText(instrument, day.low)}",` +
    `"v":"${sizeText(instrument, day.volume)}","q":"${quoteText(instrument, day.quote)}"}`
  );
}

export function tickerFrame(instrument: Instrument, now: number, micro: boolean): string {
  const day = instrument.statistics.at(now);
  const { bids, asks } = instrument.book;
  const lastId = instrument.tape.nextId() - 1;
  return (
    `{"e":"24hrTicker","E":${timeText(now, micro)},"s":"${symbolOf(instrument)}",` +
    `"p":"${priceText(instrument, day.close - day.open)}","P":"${changePercent(day)}",` +
    `"w":"${averagePrice(instrument, day)}","x":"${priceText(instrument, day.previousClose)}",` +
    `"c":"${priceText(instrument, day.close)}",` +
    `"Q":"${sizeText(instrument, instrument.tape.last()?.size ?? 0)}",` +
    `"b":"${priceText(instrument, bids.best())}","B":"${sizeText(instrument, bids.sizeAt(0))}",` +
    `"a":"${priceText(instrument, asks.best())}","A":"${sizeText(instrument, asks.sizeAt(0))}",` +
    `"o":"${priceText(instrument, day.open)}","h":"${priceText(instrument, day.high)}",` +
    `"l":"${priceText(instrument, day.low)}","v":"${sizeText(instrument, day.volume)}",` +
    `"q":"${quoteText(instrument, day.quote)}","O":${timeText(day.openTime, micro)},` +
    `"C":${timeText(now, micro)},"F":${lastId - day.trades + 1},"L":${lastId},"n":${day.trades}}`
  );
}

export function changePercent(day: DayStatistics): string {
  return (((day.close - day.open) / day.open) * 100).toFixed(3);
}

/** Volume-weighted, 8 decimals. */
export function averagePrice(instrument: Instrument, day: DayStatistics): string {
  if (day.volume === 0) return priceText(instrument, day.close);
  const scaled = day.quote * 10n ** BigInt(digits - instrument.priceDecimals);
  return formatFixed(divideHalfUp(scaled, BigInt(day.volume)), digits, digits);
}

function changesText(instrument: Instrument, changes: readonly LevelChange[]): string {
  const levels = changes.map(
    ({ price, size }) => `["${priceText(instrument, price)}","${sizeText(instrument, size)}"]`,
  );
  return `[${levels.join(',')}]`;
}

function topText(instrument: Instrument, side: BookSide, levels: number): string {
  const texts: string[] = [];
  for (let rank = 0; rank < Math.min(levels, side.length); rank += 1) {
    const price = priceText(instrument, side.priceAt(rank) ?? 0);
    texts.push(`["${price}","${sizeText(instrument, side.sizeAt(rank))}"]`);
  }
  return `[${texts.join(',')}]`;
}
