import type { ChannelId } from '../../src/shared/gateway/channelIds.ts';
import { parseChannelId } from '../../src/shared/gateway/channelIds.ts';
import type { GapRecord } from '../../src/shared/feedHealth.ts';
import type { CandleValue, TradeValue } from '../../src/shared/values.ts';
import type { GatewayClock } from '../../src/main/gateway/gatewayClock.ts';
import { FakeMarketFeed } from './fakeMarketFeed.ts';
import type { Random } from '../shared/randomValues.ts';
import type { PublishedEvents } from './gatewayChaosLedger.ts';

export const chaosMarkets = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT', 'XRP-USDT'] as const;

/** Ten of events, and their states beside them. */
export const eventChannels: readonly ChannelId[] = [
  ...chaosMarkets.map((market) => `trades.${market}`),
  ...chaosMarkets.map((market) => `candles.${market}.1m`),
  'candles.BTC-USDT@okx.1s',
  'gaps',
];
export const priceChannels: readonly ChannelId[] = chaosMarkets.map((market) => `price.${market}`);

/** An engine's feed that can be mirrored: two of them publish the same. */
class ChaosFeed extends FakeMarketFeed {
  readonly #clock: GatewayClock;
  readonly #prices: ReadonlyMap<string, number>;
  isDead = false;
  /** Nothing comes on a way that is gone. */
  isLinked = true;

  constructor(clock: GatewayClock, prices: ReadonlyMap<string, number>) {
    super(() => clock.wallMs());
    this.#clock = clock;
    this.#prices = prices;
    this.listed = chaosMarkets;
  }

  override want(channels: ReadonlySet<ChannelId>): void {
    const before = new Set(this.wanted);
    this.wants.splice(0, this.wants.length);
    super.want(channels);
    for (const channel of channels) {
      const market = parseChannelId(channel)?.market ?? '';
      const isNew = !before.has(channel) && channel.startsWith('price.');
      if (isNew) this.#clock.after(1, () => this.tellPrice(market));
    }
  }

  tellPrice(market: string): void {
    const price = this.#prices.get(market);
    const isSaid = this.isLinked && !this.isDead;
    if (price !== undefined && isSaid && this.wanted.includes(`price.${market}`)) {
      this.price(market, price);
      this.published.length = 0;
    }
  }
}

/** Markets of which every event is known, told by one engine or by several of the same markets. */
export class ChaosMarkets {
  readonly feeds: ChaosFeed[] = [];
  readonly prices = new Map<string, number>();
  readonly #published: PublishedEvents;
  readonly #clock: GatewayClock;
  #made = 0;

  constructor(clock: GatewayClock, published: PublishedEvents) {
    this.#clock = clock;
    this.#published = published;
    for (const market of chaosMarkets) this.prices.set(market, 100);
  }

  /** Another engine in that place: its sequences begin anew. */
  replaceFeed(index: number): ChaosFeed {
    const feed = new ChaosFeed(this.#clock, this.prices);
    this.#made += 1;
    feed.epoch = `e${this.#made}`;
    this.feeds[index] = feed;
    return feed;
  }

  kill(index: number): void {
    const feed = this.feeds[index];
    if (feed !== undefined) feed.isDead = true;
  }

  /** One more event of the channel. `isLost`: it happened, and did not reach the gateway. */
  event(channel: ChannelId, isLost = false): void {
    const ordinal = this.#published.add(channel);
    const parsed = parseChannelId(channel);
    const market = parsed?.market ?? '';
    for (const feed of isLost ? [] : this.feeds) {
      if (feed.isDead) continue;
      if (parsed?.kind === 'trades') {
        feed.event(channel, { kind: 'trades', market, trade: this.#trade(market, ordinal) });
      } else if (parsed?.kind === 'candles') {
        const { venue, interval } = parsed;
        const candle = this.#candle(ordinal);
        const update = { market, venue, interval: interval ?? '1m', candle };
        feed.event(channel, { kind: 'candles', update, status: 'live' });
      } else {
        feed.event(channel, { kind: 'gaps', gap: this.#gap(ordinal) });
      }
      feed.published.length = 0;
    }
  }

  price(random: Random): void {
    const market = random.of(chaosMarkets);
    this.prices.set(market, (this.prices.get(market) ?? 0) + 1);
    for (const feed of this.feeds) feed.tellPrice(market);
  }

  link(isUp: boolean): void {
    for (const feed of this.feeds) {
      feed.isLinked = isUp;
      feed.link(isUp);
    }
    for (const market of isUp ? chaosMarkets : []) {
      for (const feed of this.feeds) feed.tellPrice(market);
    }
  }

  #trade(market: string, ordinal: number): TradeValue {
    const time = this.#clock.wallMs();
    return {
      ...{ type: 'trade' as const, ordinal, instrument: `binance:${market}`, id: String(ordinal) },
      ...{
        side: 'buy' as const,
        priceUnits: 6_400_012,
        priceDecimals: 2,
        sizeUnits: 5,
        sizeDecimals: 1,
      },
      ...{ venueTime: time, receivedTime: time, late: false, outlier: false },
    };
  }

  #candle(ordinal: number): CandleValue {
    return {
      ...{ openTime: ordinal * 60_000, open: 1, high: 2, low: 0.5, close: 1.5, volume: 3 },
      ...{ quoteVolume: 4, trades: ordinal, closed: true, origin: 'trades' as const },
    };
  }

  #gap(ordinal: number): GapRecord {
    const to = this.#clock.wallMs();
    return {
      ...{ id: ordinal, venue: 'okx' as const, instrument: 'okx:BTC-USDT' },
      ...{
        channel: 'trade' as const,
        cause: 'disconnect' as const,
        from: to - 2_000,
        to,
        firstId: null,
        lastId: null,
      },
      ...{ missing: ordinal, repairedBy: null },
    };
  }
}
