import { formatTrimmed } from './market/decimals.ts';
import type { Market } from './market/market.ts';
import type { SimVenueId } from './market/venueProfiles.ts';
import type { VenueCounters } from './wire/counters.ts';
import type { DialectHost } from './wire/venueContext.ts';

/** A level as decimal strings without trailing zeros: price, size. */
export type OracleLevel = readonly [price: string, size: string];

export interface OracleBook {
  readonly venue: SimVenueId;
  readonly market: string;
  /** Binance `u`, OKX `seqId`, Bybit `u` of the topic with the asked depth. */
  readonly updateId: number;
  /** Best first. */
  readonly bids: readonly OracleLevel[];
  readonly asks: readonly OracleLevel[];
}

/** The same in integers: price x 10^priceDecimals, size x 10^sizeDecimals, alternating. */
export interface ScaledOracleBook {
  readonly updateId: number;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  readonly bids: Float64Array;
  readonly asks: Float64Array;
}

export interface OracleTrade {
  /** As the venue prints it; on OKX each trade has its own, the channel names the last of a merge. */
  readonly id: string;
  /** Contiguous per instrument on every venue: what `sinceId` means. */
  readonly index: number;
  readonly time: number;
  readonly price: string;
  readonly size: string;
  readonly takerSide: 'buy' | 'sell';
}

export interface OracleStatistics {
  readonly venue: SimVenueId;
  readonly market: string;
  readonly openTime: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly last: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly trades: number;
}

export interface OracleCounters extends Readonly<VenueCounters> {
  readonly openConnections: number;
  /** Trades of the venue since the start. */
  readonly trades: number;
}

export interface BookQuestion {
  /** Absent: the book as it is now. */
  readonly updateId?: number;
  /**
   * Levels a side. Absent: all. On Bybit it also names the topic that `updateId` belongs to
   * (50, 200 or 1000; absent: 200), because every topic counts for itself.
   */
  readonly depth?: number;
}

/** The simulator's own truth, for tests and for the eyes: venues show nothing of it. */
export class Oracle {
  private readonly market: Market;
  private readonly hosts: ReadonlyMap<SimVenueId, DialectHost>;
  private readonly counted: ReadonlyMap<SimVenueId, VenueCounters>;
  private readonly now: () => number;

  constructor(
    market: Market,
    hosts: ReadonlyMap<SimVenueId, DialectHost>,
    counted: ReadonlyMap<SimVenueId, VenueCounters>,
    now: () => number,
  ) {
    this.market = market;
    this.hosts = hosts;
    this.counted = counted;
    this.now = now;
  }

  markets(venue: SimVenueId): readonly string[] {
    return this.market.instruments(venue).map((instrument) => instrument.market);
  }

  /** Undefined for an unknown market and for an update id that is too old or was never used. */
  book(venue: SimVenueId, market: string, question: BookQuestion = {}): OracleBook | undefined {
    const found = this.scaledBook(venue, market, question);
    if (found === undefined) return undefined;
    return {
      venue,
      market,
      updateId: found.updateId,
      bids: levelTexts(found.bids, found),
      asks: levelTexts(found.asks, found),
    };
  }

  /** As `book`, but many times cheaper. */
  scaledBook(
    venue: SimVenueId,
    market: string,
    question: BookQuestion = {},
  ): ScaledOracleBook | undefined {
    const instrument = this.market.find(venue, market);
    const host = this.hosts.get(venue);
    if (instrument === undefined || host === undefined) return undefined;
    const { book } = instrument;
    const topicDepth = question.depth ?? 200;
    const { updateId } = question;
    const changeId =
      updateId === undefined ? book.changeId : host.changeIdOf(instrument, updateId, topicDepth);
    if (changeId === undefined) return undefined;
    const sides = book.asOf(changeId, question.depth ?? Infinity);
    if (sides === undefined) return undefined;
    const { priceDecimals, sizeDecimals } = instrument;
    const shownId = updateId ?? host.updateIdOf(instrument, topicDepth);
    return { updateId: shownId, priceDecimals, sizeDecimals, ...sides };
  }

  /** Trades after index `sinceId` (exclusive), oldest first; at most the last 32,768 are kept. */
  trades(venue: SimVenueId, market: string, sinceId = 0): readonly OracleTrade[] {
    const instrument = this.market.find(venue, market);
    const host = this.hosts.get(venue);
    if (instrument === undefined || host === undefined) return [];
    const { tape, priceDecimals, sizeDecimals } = instrument;
    return tape.range(sinceId + 1, tape.nextId()).map((trade) => ({
      id: host.tradeIdOf(instrument, trade.id),
      index: trade.id,
      time: trade.time,
      price: formatTrimmed(trade.price, priceDecimals),
      size: formatTrimmed(trade.size, sizeDecimals),
      takerSide: trade.takerBuys ? 'buy' : 'sell',
    }));
  }

  statistics(venue: SimVenueId, market: string): OracleStatistics | undefined {
    const instrument = this.market.find(venue, market);
    if (instrument === undefined) return undefined;
    const day = instrument.statistics.at(this.now());
    const { priceDecimals, sizeDecimals } = instrument;
    const price = (ticks: number): string => formatTrimmed(ticks, priceDecimals);
    return {
      venue,
      market,
      openTime: day.openTime,
      open: price(day.open),
      high: price(day.high),
      low: price(day.low),
      last: price(day.close),
      volume: formatTrimmed(day.volume, sizeDecimals),
      quoteVolume: formatTrimmed(day.quote, priceDecimals + sizeDecimals),
      trades: day.trades,
    };
  }

  counters(): Readonly<Partial<Record<SimVenueId, OracleCounters>>> {
    const result: Partial<Record<SimVenueId, OracleCounters>> = {};
    for (const [venue, counters] of this.counted) {
      let trades = 0;
      for (const { tape } of this.market.instruments(venue)) trades += tape.nextId() - tape.firstId;
      const openConnections = this.hosts.get(venue)?.connections.size ?? 0;
      result[venue] = { ...counters, openConnections, trades };
    }
    return result;
  }
}

function levelTexts(levels: Float64Array, book: ScaledOracleBook): OracleLevel[] {
  const texts: OracleLevel[] = [];
  for (let index = 0; index < levels.length; index += 2) {
    const price = formatTrimmed(levels[index] ?? 0, book.priceDecimals);
    texts.push([price, formatTrimmed(levels[index + 1] ?? 0, book.sizeDecimals)]);
  }
  return texts;
}
