import type {
  CandleRequest,
  ChannelValue,
  FeedListener,
  FeedLoss,
  MarketFeed,
  Publication,
} from '../../src/main/gateway/hub/marketFeed.ts';
import type { ChannelId } from '../../src/shared/gateway/channelIds.ts';
import type { MarketId } from '../../src/shared/market.ts';
import { defaultMarkets } from '../../src/shared/market.ts';
import type {
  CandlePage,
  DataSource,
  HostStatus,
  PriceValue,
  TradeValue,
} from '../../src/shared/values.ts';
import { hostStatus } from './fakeEngineHost.ts';

/** A feed whose values a test makes: sequences and epochs are kept as a publisher keeps them. */
export class FakeMarketFeed implements MarketFeed {
  /** Every set that was wanted, oldest first. */
  readonly wants: ReadonlySet<ChannelId>[] = [];
  listed: readonly MarketId[] = defaultMarkets;
  epoch = 'fake-1';
  source: DataSource = 'live';
  hostStatus: HostStatus | null = hostStatus({});
  candlePage: CandlePage | null = null;
  isClosed = false;
  /** For listeners and tests: what was published, oldest first. */
  readonly published: Publication[] = [];
  readonly #now: () => number;
  readonly #seqs = new Map<string, number>();
  #listener: FeedListener | null = null;
  #ids = 0;

  /** `now`: the clock of the engine. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get wanted(): readonly ChannelId[] {
    return [...(this.wants.at(-1) ?? [])];
  }

  listen(listener: FeedListener): void {
    this.#listener = listener;
  }

  want(channels: ReadonlySet<ChannelId>): void {
    this.wants.push(channels);
  }

  markets(): readonly MarketId[] {
    return this.listed;
  }

  candles({ market, venue, interval }: CandleRequest): Promise<CandlePage> {
    const none = { candles: [], gaps: [], complete: true, problem: null };
    return Promise.resolve(this.candlePage ?? { market, venue, interval, ...none });
  }

  status(): HostStatus | null {
    return this.hostStatus;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  state(channel: ChannelId, value: ChannelValue): Publication {
    return this.#publish(channel, 'state', value);
  }

  event(channel: ChannelId, value: ChannelValue, changes: Partial<Publication> = {}): Publication {
    return this.#publish(channel, 'event', value, changes);
  }

  /** A consolidated price of `market`. */
  price(market: MarketId, price: number, changes: Partial<PriceValue> = {}): Publication {
    const value = priceValue(market, price, this.#now(), changes);
    return this.state(`price.${market}`, { kind: 'price', price: value });
  }

  /** One more trade of `market`; its id counts up. */
  trade(market: MarketId, changes: Partial<TradeValue> = {}): Publication {
    this.#ids += 1;
    const trade = tradeValue(market, this.#ids, this.#now(), changes);
    return this.event(`trades.${market}`, { kind: 'trades', market, trade });
  }

  lose(loss: Partial<FeedLoss> = {}): void {
    this.#hub().onLost({ channels: null, reason: 'upstream', missing: null, ...loss });
  }

  link(isUp: boolean, message = isUp ? 'The feed is back.' : 'The feed is lost.'): void {
    this.#hub().onLink(isUp, message);
  }

  /** Another engine: its sequences begin anew. */
  restart(source: DataSource = this.source): void {
    this.epoch = `${this.epoch}+`;
    this.#seqs.clear();
    if (source === this.source) return;
    this.source = source;
    this.#hub().onSource(source);
  }

  #publish(
    channel: ChannelId,
    type: Publication['type'],
    value: ChannelValue,
    changes: Partial<Publication> = {},
  ): Publication {
    const key = `${type} ${channel}`;
    const seq = (this.#seqs.get(key) ?? 0) + 1;
    this.#seqs.set(key, seq);
    const { epoch, source } = this;
    const time = this.#now();
    const publication = { channel, type, epoch, seq, source, time, value, ...changes };
    this.published.push(publication);
    this.#hub().onPublished([publication]);
    return publication;
  }

  #hub(): FeedListener {
    if (this.#listener === null) throw new Error('nobody listens to the feed');
    return this.#listener;
  }
}

export function priceValue(
  market: MarketId,
  price: number,
  receivedTime: number,
  changes: Partial<PriceValue> = {},
): PriceValue {
  return {
    market,
    price,
    priceDecimals: 2,
    status: 'live',
    receivedTime,
    contributors: [],
    equalWeights: false,
    venueSpreadBps: 1.5,
    change24hAbs: 12.5,
    change24hPct: 0.25,
    high24h: price + 10,
    low24h: price - 10,
    volume24hBase: 1_000,
    volume24hQuote: 1_000_000,
    statsVenues: ['binance', 'bybit', 'okx'],
    ...changes,
  };
}

export function tradeValue(
  market: MarketId,
  id: number,
  receivedTime: number,
  changes: Partial<TradeValue> = {},
): TradeValue {
  return {
    type: 'trade',
    ordinal: id,
    instrument: `binance:${market}`,
    id: String(id),
    side: 'buy',
    priceUnits: 6_400_012,
    priceDecimals: 2,
    sizeUnits: 5_000 + id,
    sizeDecimals: 4,
    venueTime: receivedTime - 20,
    receivedTime,
    late: false,
    outlier: false,
    ...changes,
  };
}
