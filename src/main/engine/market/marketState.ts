import type { CandleInterval, MarketId } from '../../../shared/market.ts';
import type { PriceValue, TradeValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { PriceSource } from '../consolidated/computePrice.ts';
import { computePrice } from '../consolidated/computePrice.ts';
import type { ConsolidatedCandlesSaved } from '../consolidated/consolidatedCandles.ts';
import { ConsolidatedCandles } from '../consolidated/consolidatedCandles.ts';
import type { InstrumentState } from './instrumentState.ts';
import type { MarketContext } from './marketContext.ts';

export interface PriceSettings {
  readonly priceSource: PriceSource;
  readonly mutedVenues: readonly VenueId[];
}

export interface MarketSaved {
  readonly market: MarketId;
  readonly last: PriceValue | null;
  readonly isDirty: boolean;
  readonly everFresh: boolean;
  readonly candles: ConsolidatedCandlesSaved;
}

/**
 * One market over its venues. The consolidated price is computed when it is read or, at the latest, at the next tick; at once
 * where consolidated candles need every value.
 */
export class MarketState {
  readonly market: MarketId;
  /** In the order of `venues`. */
  instruments: readonly InstrumentState[] = [];
  readonly candles = new ConsolidatedCandles();
  private readonly context: MarketContext;
  private readonly settings: () => PriceSettings;
  private last: PriceValue | null = null;
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
    if (!this.candles.isEmpty) this.settle();
  }

  onTrade(trade: TradeValue): void {
    this.onPriceChange();
    if (this.candles.isEmpty) return;
    const size = trade.sizeUnits / 10 ** trade.sizeDecimals;
    this.candles.addTrade(size, (size * trade.priceUnits) / 10 ** trade.priceDecimals);
  }

  /** Keeps the present price as the last one known, and lets the candles see it. */
  settle(): void {
    if (!this.isDirty) return;
    this.isDirty = false;
    this.last = this.compute();
    this.everFresh ||= this.last.status !== 'stale' && this.last.status !== 'none';
    this.feedCandles();
  }

  onTick(): void {
    this.settle();
    if (this.candles.isEmpty) return;
    this.closeCandles();
  }

  /** Reading changes nothing: the value is computed anew while it is not settled. */
  price(): PriceValue {
    return this.isDirty || this.last === null ? this.compute() : this.last;
  }

  setCandleIntervals(intervals: ReadonlySet<CandleInterval>): void {
    this.candles.setIntervals(intervals);
  }

  save(): MarketSaved {
    const { market, last, isDirty, everFresh } = this;
    return { market, last, isDirty, everFresh, candles: this.candles.save() };
  }

  restore(saved: MarketSaved): void {
    this.last = saved.last;
    this.isDirty = saved.isDirty;
    this.everFresh = saved.everFresh;
    this.candles.restore(saved.candles);
  }

  private compute(): PriceValue {
    const { priceSource, mutedVenues } = this.settings();
    const parts = this.instruments.map((state) =>
      state.pricePart(mutedVenues.includes(state.instrument.venue)),
    );
    const previous = this.everFresh ? this.last : this.firstPaint();
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

  private feedCandles(): void {
    const { last } = this;
    if (this.candles.isEmpty || last === null || last.price === null) return;
    if (last.status === 'stale' || last.status === 'none' || last.status === 'disputed') return;
    this.closeCandles();
    this.candles.addPrice(last.price, this.context.feed.time);
    this.context.hub.onDirty('candle', this.market, null);
  }

  private closeCandles(): void {
    const { market, context } = this;
    for (const { interval, candle } of this.candles.closeUntil(context.feed.time)) {
      context.hub.onClosedCandle({ market, venue: null, interval, candle });
    }
  }
}
