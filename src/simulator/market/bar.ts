/** One candle: prices in ticks, sizes in lots, quote amounts in tick x lot. */
export interface Bar {
  readonly openTime: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  quote: bigint;
  trades: number;
  takerVolume: number;
  takerQuote: bigint;
}

export function flatBar(openTime: number, price: number): Bar {
  return {
    openTime,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 0,
    quote: 0n,
    trades: 0,
    takerVolume: 0,
    takerQuote: 0n,
  };
}

export function addTradeToBar(
  bar: Bar,
  price: number,
  size: number,
  quote: bigint,
  takerBuys: boolean,
): void {
  if (bar.trades === 0) {
    bar.open = price;
    bar.high = price;
    bar.low = price;
  }
  if (price > bar.high) bar.high = price;
  if (price < bar.low) bar.low = price;
  bar.close = price;
  bar.volume += size;
  bar.quote += quote;
  bar.trades += 1;
  if (takerBuys) {
    bar.takerVolume += size;
    bar.takerQuote += quote;
  }
}

/** The coarser bar of finer ones. A flat bar says nothing but the price that went on. */
export function mergeBars(openTime: number, bars: Iterable<Bar>): Bar | undefined {
  let merged: Bar | undefined;
  for (const bar of bars) {
    if (merged === undefined) merged = { ...bar, openTime };
    else addBar(merged, bar);
  }
  return merged;
}

function addBar(into: Bar, bar: Bar): void {
  if (bar.trades === 0) return;
  if (into.trades === 0) {
    into.open = bar.open;
    into.high = bar.high;
    into.low = bar.low;
  }
  if (bar.high > into.high) into.high = bar.high;
  if (bar.low < into.low) into.low = bar.low;
  into.close = bar.close;
  into.volume += bar.volume;
  into.quote += bar.quote;
  into.trades += bar.trades;
  into.takerVolume += bar.takerVolume;
  into.takerQuote += bar.takerQuote;
}
