import type { ChannelId } from '../../../../../src/shared/gateway/channelIds.ts';
import { parseChannelId } from '../../../../../src/shared/gateway/channelIds.ts';
import type { FeedHealth, GapRecord, StreamStatus } from '../../../../../src/shared/feedHealth.ts';
import { notRecording } from '../../../../../src/shared/recordings.ts';
import type {
  CandlePage,
  DataSource,
  HostStatus,
  PriceValue,
  TradeValue,
} from '../../../../../src/shared/values.ts';
import type {
  CandleRequest,
  FeedListener,
  MarketFeed,
  Publication,
} from '../../../../../src/main/gateway/hub/marketFeed.ts';

const startTime = 1_790_000_000_000;

/** An engine's feed whose events are made by the test. */
export class MadeFeed implements MarketFeed {
  listener: FeedListener | null = null;
  wanted: ReadonlySet<ChannelId> = new Set();
  readonly source: DataSource;
  readonly asked: CandleRequest[] = [];
  readonly #markets: readonly string[];
  readonly #seqs = new Map<string, number>();
  readonly #epoch: string;
  #price = 0;

  constructor(markets: readonly string[], epoch = 'e1', source: DataSource = 'live') {
    this.#markets = markets;
    this.#epoch = epoch;
    this.source = source;
  }

  listen(listener: FeedListener): void {
    this.listener = listener;
  }

  want(channels: ReadonlySet<ChannelId>): void {
    this.wanted = new Set(channels);
  }

  markets(): readonly string[] {
    return this.#markets;
  }

  async candles(request: CandleRequest): Promise<CandlePage> {
    this.asked.push(request);
    const { market, venue, interval } = request;
    const page = { market, venue, interval, gaps: [], complete: true, problem: null };
    return { ...page, candles: [madeCandle(startTime)] };
  }

  status(): HostStatus | null {
    return madeStatus(this.source);
  }

  async close(): Promise<void> {
    this.listener = null;
  }

  /** One trade on each wanted channel of trades, and one price on each of prices. */
  tick(): void {
    for (const channel of this.wanted) {
      const parsed = parseChannelId(channel);
      if (parsed?.kind === 'trades') this.trade(parsed.market);
      if (parsed?.kind === 'price') this.price(parsed.market);
    }
  }

  trade(market: string): void {
    const channel = `trades.${market}`;
    if (!this.wanted.has(channel)) return;
    const seq = this.#next(channel);
    const trade = madeTrade(market, seq);
    this.#publish({ channel, type: 'event', seq, value: { kind: 'trades', market, trade } });
  }

  /** Counted, and never published: lost on the way. */
  skip(market: string): void {
    this.#next(`trades.${market}`);
  }

  price(market: string): void {
    const channel = `price.${market}`;
    if (!this.wanted.has(channel)) return;
    const seq = this.#next(channel);
    this.#price += 1;
    const price = madePrice(market, this.#price);
    this.#publish({ channel, type: 'state', seq, value: { kind: 'price', price } });
  }

  gap(gap: GapRecord): void {
    const seq = this.#next('gaps');
    this.#publish({ channel: 'gaps', type: 'event', seq, value: { kind: 'gaps', gap } });
  }

  /** Its engine hears a trade stream of each of these. */
  hears(streams: Readonly<Record<string, StreamStatus>>): void {
    const seq = this.#next('health');
    const health = madeHealth(streams);
    const status = madeStatus(this.source);
    this.#publish({
      channel: 'health',
      type: 'state',
      seq,
      value: { kind: 'health', health, status },
    });
  }

  #next(channel: string): number {
    const seq = (this.#seqs.get(channel) ?? 0) + 1;
    this.#seqs.set(channel, seq);
    return seq;
  }

  #publish(own: Pick<Publication, 'channel' | 'type' | 'seq' | 'value'>): void {
    const { source } = this;
    const time = startTime + own.seq;
    this.listener?.onPublished([{ ...own, epoch: this.#epoch, source, time }]);
  }
}

export function madeTrade(market: string, ordinal: number): TradeValue {
  return {
    type: 'trade',
    ordinal,
    instrument: `binance:${market}`,
    id: String(ordinal),
    side: ordinal % 2 === 0 ? 'buy' : 'sell',
    priceUnits: 10_000 + ordinal,
    priceDecimals: 2,
    sizeUnits: 5,
    sizeDecimals: 1,
    venueTime: startTime + ordinal,
    receivedTime: startTime + ordinal + 0.25,
    late: false,
    outlier: false,
  };
}

export function madePrice(market: string, price: number): PriceValue {
  return {
    market,
    price,
    priceDecimals: 2,
    status: 'live',
    receivedTime: startTime,
    contributors: [
      {
        venue: 'binance',
        instrument: `binance:${market}`,
        price,
        priceDecimals: 2,
        bid: price - 0.01,
        ask: price + 0.01,
        lastTrade: price,
        weight: 1,
        exclusion: null,
        status: 'live',
        receivedTime: startTime,
        volume24hQuote: 1_000,
      },
    ],
    equalWeights: false,
    venueSpreadBps: null,
    change24hAbs: 1,
    change24hPct: 0.5,
    high24h: price + 1,
    low24h: price - 1,
    volume24hBase: 10,
    volume24hQuote: 1_000,
    statsVenues: ['binance'],
  };
}

function madeCandle(openTime: number): CandlePage['candles'][number] {
  const prices = { open: 1, high: 2, low: 0.5, close: 1.5, volume: 3, quoteVolume: 4 };
  return { openTime, ...prices, trades: 5, closed: true, origin: 'venue' };
}

function madeHealth(streams: Readonly<Record<string, StreamStatus>>): FeedHealth {
  const totals = { gapsTotal: 0, gapsRepaired: 0, resyncsTotal: 0, reconnectsTotal: 0 };
  return {
    time: startTime,
    connections: [],
    streams: Object.entries(streams).map(([market, status]) => ({
      ...{ connection: 'binance#1', venue: 'binance', instrument: `binance:${market}`, status },
      ...{ channel: 'trade', topic: market, since: startTime, messagesPerSec: 1, messages: 1 },
      ...{ lastReceivedTime: startTime, silenceLimitMs: 10_000, lagP50Ms: null, lagP99Ms: null },
      ...{ gaps: 0, resyncs: 0, decodeErrors: 0, crossed: 0, mismatches: 0, oddTimes: 0 },
      ...{ next: null, note: null },
    })),
    ...{ errors: [], apiChanges: [], messagesPerSec: 1, decodeErrorsTotal: 0, ...totals },
    sizes: { bookLevels: 0, heldUpdates: 0, trades: 0, gaps: 0, incidents: 0, requests: 0 },
  };
}

function madeStatus(source: DataSource): HostStatus {
  return {
    source,
    sourceReason: 'live',
    decisionTime: null,
    liveReachable: false,
    version: '0.1.0',
    startedTime: startTime,
    watchedSince: startTime,
    queuedMessages: 0,
    venuesLive: 3,
    venuesTotal: 3,
    symbolsLive: 2,
    symbolsTotal: 2,
    messagesPerSec: 10,
    loop: null,
    recording: notRecording,
    replay: null,
    notices: [],
  };
}
