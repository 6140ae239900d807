import type { BookSide } from './bookSide.ts';
import type { Fill, MatchingBook } from './matchingBook.ts';
import type { Random } from './random.ts';
import type { VenueProfile } from './venueProfiles.ts';

/** Visible depth over a venue's volume share: 24 h notional to notional within one basis point. */
const depthPerBasisPoint = 3.4e-4;
const sweepReach = 0.0006;

/** What a market order did; undefined fills mean that the step was no trade. */
export interface TakerFills {
  readonly takerBuys: boolean;
  readonly fills: readonly Fill[];
}

export interface FlowShape {
  readonly venue: VenueProfile;
  /** USDT per 24 h on this venue. */
  readonly dailyQuote: number;
  readonly price: number;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
}

/**
 * The orders of one book: limit orders, cancels and market orders around a fair value, and makers
 * who pull stale quotes. After every step the book is uncrossed and has depth on both sides.
 */
export class OrderFlow {
  private readonly book: MatchingBook;
  private readonly random: Random;
  private readonly venue: VenueProfile;
  private readonly slack: number;
  private readonly margin: number;
  /** Mean distance of levels near the top, ticks. */
  private readonly topGap: number;
  /** Mean distance of levels over the whole side, ticks. */
  private readonly meanGap: number;
  /** Mean lots per tick of price. */
  private readonly lotsPerTick: number;
  private readonly minPrice = 1;
  /** Whether buyers or sellers have pressed lately, -1 to 1. */
  private pressure = 0;

  constructor(book: MatchingBook, shape: FlowShape, random: Random) {
    this.book = book;
    this.random = random;
    this.venue = shape.venue;
    const ticks = shape.price * 10 ** shape.priceDecimals;
    const lotsPerQuote = 10 ** shape.sizeDecimals / shape.price;
    this.slack = Math.max(0.7, ticks * shape.venue.slackBasisPoints * 1e-4);
    this.margin = ticks * shape.venue.marginBasisPoints * 1e-4;
    this.meanGap = Math.max(1, (ticks * shape.venue.depthRange) / shape.venue.targetLevels);
    this.topGap = Math.max(1, Math.min(this.meanGap, ticks * 1.2e-6));
    const quotePerTick = (shape.dailyQuote * depthPerBasisPoint) / (ticks * 1e-4);
    this.lotsPerTick = quotePerTick * lotsPerQuote;
  }

  /** Fills both sides around the fair value. */
  seed(fair: number): void {
    for (const side of [this.book.bids, this.book.asks]) {
      let price = side.side === 'bid' ? Math.floor(fair) : Math.floor(fair) + 1;
      while (side.length < this.venue.targetLevels && price >= this.minPrice) {
        this.place(side, price, fair);
        price -= side.sign * this.gapAt(side.length);
      }
    }
  }

  /** Whether fair value has run through a quote. */
  isStale(fair: number): boolean {
    return this.book.asks.best() < fair - this.slack || this.book.bids.best() > fair + this.slack;
  }

  step(fair: number, meanTradeLots: number): TakerFills | undefined {
    const { bids, asks } = this.book;
    const spread = asks.best() - bids.best();
    let taken: TakerFills | undefined;
    if (asks.best() < fair - this.slack) taken = this.clearStale(asks, fair, meanTradeLots);
    else if (bids.best() > fair + this.slack) taken = this.clearStale(bids, fair, meanTradeLots);
    else if (spread > 1 && this.random.chance(0.45)) this.tighten(fair);
    else taken = this.ordinary(fair, meanTradeLots);
    this.quoteAround(fair);
    this.keepDepth(fair);
    return taken;
  }

  private ordinary(fair: number, meanTradeLots: number): TakerFills | undefined {
    const draw = this.random.next();
    if (draw < 0.2) return this.marketOrder(fair, meanTradeLots);
    const side = this.random.chance(0.5) ? this.book.bids : this.book.asks;
    if (draw < 0.6) this.addNearTop(side, fair);
    else this.cancelNearTop(side, fair);
    return undefined;
  }

  private marketOrder(fair: number, meanTradeLots: number): TakerFills | undefined {
    const { bids, asks } = this.book;
    const middle = (bids.best() + asks.best()) / 2;
    const lean = Math.max(-0.35, Math.min(0.35, ((fair - middle) / (2 * this.slack)) * 0.4));
    const takerBuys = this.random.chance(0.5 + lean + 0.15 * this.pressure);
    this.pressure = 0.97 * this.pressure + (takerBuys ? 0.03 : -0.03);
    const side = takerBuys ? asks : bids;
    const reach = Math.max(2, Math.round(fair * sweepReach));
    return this.trade(side, this.tradeSize(meanTradeLots), side.best() - side.sign * reach);
  }

  /** Fair value ran through these quotes: someone takes part of them, their makers pull the rest. */
  private clearStale(side: BookSide, fair: number, meanTradeLots: number): TakerFills | undefined {
    const limit =
      side.side === 'ask' ? Math.floor(fair - this.slack / 2) : Math.ceil(fair + this.slack / 2);
    const size = this.tradeSize(meanTradeLots);
    const taken = this.random.chance(0.5) ? this.trade(side, size, limit) : undefined;
    while ((side.best() - limit) * side.sign >= 0 && side.length > 1) {
      this.book.set(side, side.best(), 0, 0);
    }
    return taken;
  }

  private trade(side: BookSide, size: number, limit: number): TakerFills | undefined {
    const fills = this.book.take(side, size, limit);
    return fills.length === 0 ? undefined : { takerBuys: side.side === 'ask', fills };
  }

  /**
   * A new best order inside the spread, on the side that lags behind fair value. Nobody pays more
   * than fair: else two venues' quotes around the same value would cross all the time.
   */
  private tighten(fair: number): void {
    const { bids, asks } = this.book;
    const bidLags = fair - bids.best() > asks.best() - fair;
    const side = bidLags ? bids : asks;
    const shyness = this.margin * (this.random.chance(0.6) ? 1 : 1 + 2 * this.random.next());
    const price = bidLags
      ? Math.min(Math.floor(fair - shyness), asks.best() - 1)
      : Math.max(Math.ceil(fair + shyness), bids.best() + 1);
    if ((price - side.best()) * side.sign <= 0) return;
    this.fillGap(side, price, fair);
  }

  /** Quotes up to `best`, and some levels between it and the former top. */
  private fillGap(side: BookSide, best: number, fair: number): void {
    const former = side.best();
    let price = best;
    for (let placed = 0; placed < 6 && (price - former) * side.sign > 0; placed += 1) {
      if (price < this.minPrice) return;
      this.place(side, price, fair);
      price -= side.sign * this.gapAt(placed);
    }
  }

  private quoteAround(fair: number): void {
    const { bids, asks } = this.book;
    if (asks.best() > fair + 2 * this.slack) {
      const wanted = Math.ceil(fair + this.slack * (0.2 + 0.7 * this.random.next()));
      const price = Math.max(bids.best() + 1, wanted);
      if (price < asks.best()) this.fillGap(asks, price, fair);
    }
    if (bids.best() < fair - 2 * this.slack) {
      const wanted = Math.floor(fair - this.slack * (0.2 + 0.7 * this.random.next()));
      const price = Math.min(asks.best() - 1, wanted);
      if (price > bids.best()) this.fillGap(bids, price, fair);
    }
  }

  private addNearTop(side: BookSide, fair: number): void {
    const rank = Math.floor(10 * this.random.exponential() * this.random.exponential());
    const anchor = side.priceAt(Math.min(rank, side.length - 1)) ?? side.best();
    const jitter = this.random.chance(0.35) ? 0 : this.gapAt(rank) - 1;
    const price = anchor - side.sign * Math.floor(jitter / 2);
    if (price < this.minPrice) return;
    const existing = side.sizeOf(price);
    if (existing === 0) {
      this.place(side, price, fair);
      return;
    }
    const size = existing + Math.max(1, Math.round(this.levelSize(price, fair) * 0.4));
    this.book.set(side, price, size, Math.min(200, side.ordersOf(price) + 1));
  }

  private cancelNearTop(side: BookSide, fair: number): void {
    const crowded = side.length > this.venue.targetLevels;
    const anywhere = crowded && this.random.chance(0.5);
    const drawn = anywhere
      ? this.random.integer(side.length)
      : Math.floor(9 * this.random.exponential() * this.random.exponential());
    const rank = Math.min(drawn, side.length - 1);
    const price = side.priceAt(rank);
    if (price === undefined || side.length <= 2) return;
    const size = side.sizeAt(rank);
    const orders = side.ordersAt(rank);
    if (orders <= 1 || this.random.chance(crowded ? 0.5 : 0.3)) {
      this.book.set(side, price, 0, 0);
      return;
    }
    const left = Math.floor(size * (0.3 + 0.6 * this.random.next()));
    if (left > 0) this.book.set(side, price, left, orders - 1);
    else this.place(side, price, fair);
  }

  /** Far levels come back where a side has thinned out or the market has run toward its end. */
  private keepDepth(fair: number): void {
    for (const side of [this.book.bids, this.book.asks]) {
      if (side.length > this.venue.targetLevels + 200) this.thinOut(side);
      const reach = fair * this.venue.depthRange * 0.7;
      const worst = side.worst();
      const near = side.length === 0 || (fair - worst) * side.sign < reach;
      if (!near && side.length >= this.venue.minLevels) continue;
      const price = worst - side.sign * this.gapAt(side.length);
      if (price >= this.minPrice) this.place(side, price, fair);
      else if (side.length < this.venue.minLevels) this.fillHole(side, fair);
    }
  }

  /** A trend leaves ever more levels behind it: their makers give up, wherever they stand. */
  private thinOut(side: BookSide): void {
    for (let removed = 0; removed < 6; removed += 1) {
      const price = side.priceAt(1 + this.random.integer(side.length - 1));
      if (price !== undefined) this.book.set(side, price, 0, 0);
    }
  }

  /** A side that has reached the lowest price can only grow between its levels. */
  private fillHole(side: BookSide, fair: number): void {
    const price = this.minPrice + this.random.integer(Math.max(1, side.best() - this.minPrice));
    if (side.sizeOf(price) === 0) this.place(side, price, fair);
  }

  private place(side: BookSide, price: number, fair: number): void {
    const orders = 1 + Math.min(60, Math.floor(2.2 * this.random.exponential() ** 1.6));
    this.book.set(side, price, this.levelSize(price, fair), orders);
  }

  private levelSize(price: number, fair: number): number {
    const distance = Math.abs(price - fair);
    const gap = Math.min(this.meanGap * 2, this.topGap + distance * 0.02);
    const round = price % 1000 === 0 ? 3 : price % 100 === 0 ? 1.7 : 1;
    const wall = this.random.chance(0.012) ? 7 : 1;
    const mean = this.lotsPerTick * Math.max(1, gap) * round * wall;
    return Math.max(1, Math.round(this.random.logNormal(mean * 0.6, 1.15)));
  }

  private tradeSize(meanTradeLots: number): number {
    return Math.max(1, Math.round(this.random.logNormal(meanTradeLots, 1.7)));
  }

  /** Levels stand denser near the top. */
  private gapAt(rank: number): number {
    const depth = Math.min(1, rank / this.venue.targetLevels);
    const mean = this.topGap + (this.meanGap - this.topGap) * 2 * depth;
    return 1 + Math.floor(Math.max(0, mean - 1) * this.random.exponential());
  }
}
