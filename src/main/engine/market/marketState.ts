import type { CandleInterval, EpochMs, MarketId } from '../../../shared/market.ts';
import type { CandleValue, PriceValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { PriceSource } from '../consolidated/computePrice.ts';
import { computePrice } from '../consolidated/computePrice.ts';
import { mergeCandles } from '../consolidated/mergeCandles.ts';
import type { InstrumentState } from './instrumentState.ts';
import type { MarketContext } from './marketContext.ts';

export interface PriceSettings {
  readonly priceSource: PriceSource;
  readonly mutedVenues: readonly VenueId[];
}

export interface MarketSaved {
  readonly market: MarketId;
  readonly last: PriceValue | null;
  readonly known: PriceValue | null;
  readonly isDirty: boolean;
  readonly everFresh: boolean;
}

/**
 * One market over its venues. The consolidated price is computed when it is read or, at the latest, at the next tick.
 */
export class MarketState {
  readonly market: MarketId;
  /** In the order of `venues`. */
  instruments: readonly InstrumentState[] = [];
  /** Intervals of which somebody wants consolidated candles. */
  candleIntervals: ReadonlySet<CandleInterval> = new Set();
  private readonly context: MarketContext;
  private readonly settings: () => PriceSettings;
  private last: PriceValue | null = null;
  /** The last with a price: a disputed market has none, and must not lose what it was. */
  private known: PriceValue | null = null;
  private isDirty = true;
  private everFresh = false;

  constructor(market: MarketId, context: MarketContext, settings: () => PriceSettings) {
    this.market = market;
    this.context = context;
    this.settings = settings;
  }

  onPriceChange(): void {
    this.isDirty = true;
    this.context.hub.onDirty('price', this.market, null);
    if (this.candleIntervals.size > 0) this.context.hub.onDirty('candle', this.market, null);
  }

  /** Keeps the present price as the last one known, and lets the candles see it. */
  settle(): void {
    if (!this.isDirty) return;
    this.isDirty = false;
    this.last = this.compute();
    if (this.last.price !== null) this.known = this.last;
    this.everFresh ||= this.last.status !== 'stale' && this.last.status !== 'none';
  }

  onTick(): void {
    this.settle();
  }

  /** A venue closed or corrected a candle: the consolidated one is closed with the last of them. */
  onClosedCandle(interval: CandleInterval, openTime: EpochMs): void {
    if (!this.candleIntervals.has(interval)) return;
    const candle = mergeCandles(this.barsAt(interval, openTime));
    if (candle === null || !candle.closed) return;
    this.context.hub.onClosedCandle({ market: this.market, venue: null, interval, candle });
  }

  /**
   * The newest consolidated candle, merged from the venues' by the rule of their history. While it is open, its close is the
   * consolidated price, so that the chart ends where the price stands.
   */
  newestCandle(interval: CandleInterval): CandleValue | null {
    const newest = this.instruments.flatMap((state) => state.candles.newest(interval) ?? []);
    if (newest.length === 0) return null;
    const openTime = Math.max(...newest.map((bar) => bar.openTime));
    const merged = mergeCandles(this.barsAt(interval, openTime));
    const { price, status } = this.price();
    if (merged === null || merged.closed || price === null || !isFresh(status)) return merged;
    const high = Math.max(merged.high, price);
    return { ...merged, close: price, high, low: Math.min(merged.low, price) };
  }

  /** As it was settled last; null while no venue is fresh, or two do not agree. */
  get freshPrice(): number | null {
    const { last } = this;
    return last !== null && isFresh(last.status) ? last.price : null;
  }

  /** Reading changes nothing: the value is computed anew while it is not settled. */
  price(): PriceValue {
    return this.isDirty || this.last === null ? this.compute() : this.last;
  }

  save(): MarketSaved {
    const { market, last, known, isDirty, everFresh } = this;
    return { market, last, known, isDirty, everFresh };
  }

  restore(saved: MarketSaved): void {
    this.last = saved.last;
    this.known = saved.known;
    this.isDirty = saved.isDirty;
    this.everFresh = saved.everFresh;
  }

  private compute(): PriceValue {
    const { priceSource, mutedVenues } = this.settings();
    const parts = this.instruments.map((state) =>
      state.pricePart(mutedVenues.includes(state.instrument.venue)),
    );
    const previous = this.everFresh ? this.known : this.firstPaint();
    return computePrice(this.market, parts, priceSource, previous);
  }

  /** Before any venue was live: what their REST statistics said last, weighed by turnover. Published as stale only. */
  private firstPaint(): PriceValue | null {
    let sum = 0;
    let weights = 0;
    let receivedTime: number | null = null;
    let priceDecimals = Number.POSITIVE_INFINITY;
    for (const { ticker, id, decimals } of this.instruments) {
      const value = ticker.value(id, 'subscribing');
      if (value === null || value.last === null) continue;
      const weight = value.volume24hQuote ?? 0;
      sum += weight * value.last;
      weights += weight;
      receivedTime = Math.max(receivedTime ?? 0, value.receivedTime);
      priceDecimals = Math.min(priceDecimals, decimals.price);
    }
    if (weights <= 0) return null;
    return {
      market: this.market,
      price: sum / weights,
      priceDecimals,
      status: 'stale',
      receivedTime,
      contributors: [],
      equalWeights: false,
      venueSpreadBps: null,
      change24hAbs: null,
      change24hPct: null,
      high24h: null,
      low24h: null,
      volume24hBase: null,
      volume24hQuote: null,
      statsVenues: [],
    };
  }

  private barsAt(interval: CandleInterval, openTime: EpochMs): readonly CandleValue[] {
    return this.instruments.flatMap((state) => state.candles.candleAt(interval, openTime) ?? []);
  }
}

function isFresh(status: PriceValue['status']): boolean {
  return status === 'live' || status === 'degraded' || status === 'single';
}
