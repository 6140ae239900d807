import type { CandleInterval, EpochMs, Instrument } from '../../../shared/market.ts';
import { candleIntervalMs } from '../../../shared/market.ts';
import type { CandleValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { parseBigDecimal } from '../decimal.ts';
import { ExactSum } from '../tape/exactSum.ts';
import type { CandleEvent, MarketDataEvent, TradeEvent, VenueCandle } from '../venues/venue.ts';

/** Of each series: as many bars as a venue answers at once. */
const maxBars = 1_500;
/** Trades that may follow a venue's last word on an open bar. */
const maxSince = 5_000;

interface HeardBar {
  readonly candle: VenueCandle;
  /** Up to when the candle counts; null where the venue does not say. */
  readonly venueTime: EpochMs | null;
}

/** What venues alone say of their bars, which no engine keeps: heard again from the frames of a recording. */
export class OwnFigures {
  private readonly barsBySeries = new Map<string, Map<EpochMs, HeardBar>>();
  private readonly tradesBySymbol = new Map<string, TradeEvent[]>();

  hear(venue: VenueId, event: MarketDataEvent): void {
    if (event.type === 'candle') this.hearCandle(venue, event);
    else if (event.type === 'trade') this.hearTrade(venue, event);
  }

  /** Null: unknown, or those of another state of the bar. */
  of(instrument: Instrument, interval: CandleInterval, bar: CandleValue): readonly string[] | null {
    const { venue, venueSymbol } = instrument;
    const name = `${symbolName(venue, venueSymbol)} ${interval}`;
    const heard = this.barsBySeries.get(name)?.get(bar.openTime);
    const figures = heard?.candle.ownFigures ?? [];
    if (heard === undefined || figures.length === 0) return null;
    if (Number(heard.candle.volume) === bar.volume) return figures;
    if (bar.closed) return null;
    const trades = this.tradesBySymbol.get(symbolName(venue, venueSymbol)) ?? [];
    const until = bar.openTime + candleIntervalMs[interval];
    return withTrades(
      heard,
      trades.filter(({ tradeTime }) => tradeTime < until),
      bar,
    );
  }

  private hearCandle(venue: VenueId, event: CandleEvent): void {
    const { venueSymbol, interval, venueTime, candle } = event;
    if (interval === null) return;
    const name = `${symbolName(venue, venueSymbol)} ${interval}`;
    const bars = this.barsBySeries.get(name) ?? new Map<EpochMs, HeardBar>();
    this.barsBySeries.set(name, bars);
    bars.set(candle.openTime, { candle: { ...candle }, venueTime });
    if (bars.size <= maxBars) return;
    const [oldest] = bars.keys();
    if (oldest !== undefined) bars.delete(oldest);
  }

  private hearTrade(venue: VenueId, event: TradeEvent): void {
    const name = symbolName(venue, event.venueSymbol);
    const trades = this.tradesBySymbol.get(name) ?? [];
    this.tradesBySymbol.set(name, trades);
    trades.push({ ...event });
    if (trades.length > maxSince) trades.splice(0, maxSince / 2);
  }
}

/** An open bar holds the trades since the venue's last word: what takers bought of them is counted to it. */
function withTrades(
  { candle, venueTime }: HeardBar,
  trades: readonly TradeEvent[],
  bar: CandleValue,
): readonly string[] | null {
  const [takerBase, takerQuote] = candle.ownFigures ?? [];
  if (venueTime === null || takerBase === undefined || takerQuote === undefined) return null;
  const [volume, base, quote] = [sumOf(candle.volume), sumOf(takerBase), sumOf(takerQuote)];
  for (const trade of trades) {
    if (trade.tradeTime <= venueTime) continue;
    const { priceUnits, priceDecimals, sizeUnits, sizeDecimals } = trade;
    volume.add(sizeUnits, sizeDecimals);
    if (trade.side !== 'buy') continue;
    base.add(sizeUnits, sizeDecimals);
    quote.addProduct(priceUnits, sizeUnits, priceDecimals + sizeDecimals);
  }
  // Only where these are the very trades that the engine has added.
  return Number(volume.toString()) === bar.volume ? [base.toString(), quote.toString()] : null;
}

function symbolName(venue: VenueId, venueSymbol: string): string {
  return `${venue} ${venueSymbol}`;
}

function sumOf(text: string): ExactSum {
  const { units, decimals } = parseBigDecimal(text);
  const sum = new ExactSum();
  sum.addBig(units, decimals);
  return sum;
}
