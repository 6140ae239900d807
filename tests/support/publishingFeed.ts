import { parseChannelId } from '../../src/shared/gateway/channelIds.ts';
import type { ChannelId } from '../../src/shared/gateway/channelIds.ts';
import type {
  ChannelValue,
  FeedListener,
  MarketFeed,
} from '../../src/main/gateway/hub/marketFeed.ts';
import type { ConnectionHealth, FeedHealth } from '../../src/shared/feedHealth.ts';
import type { HostStatus, TickerValue, TradeValue } from '../../src/shared/values.ts';
import { hostStatus } from './fakeEngineHost.ts';

const market = 'BTC-USDT';

const listed = [market, 'ETH-USDT', ...Array.from({ length: 250 }, (_, at) => `C${at}-USDT`)];

/** A feed whose values a test knows: of the first of many markets each state channel once when it is wanted, trades when it is told. */
export interface PublishingFeed extends MarketFeed {
  current: HostStatus;
  /** What is wanted from now on gets no value. */
  isSilent: boolean;
  readonly wanted: ReadonlySet<ChannelId>;
  publish(value: ChannelValue, channel: ChannelId, type: 'state' | 'event'): void;
  publishTrade(price: number): void;
}

export function createPublishingFeed(now: () => number = Date.now): PublishingFeed {
  let listener: FeedListener | null = null;
  let wanted: ReadonlySet<ChannelId> = new Set();
  const sequences = new Map<string, number>();
  const feed: PublishingFeed = {
    current: hostStatus({}),
    isSilent: false,
    get wanted() {
      return wanted;
    },
    listen(heard) {
      listener = heard;
    },
    want(channels) {
      const begun = [...channels].filter((channel) => !wanted.has(channel));
      wanted = new Set(channels);
      if (feed.isSilent) return;
      for (const channel of begun) {
        const value = firstValue(channel, feed.current, now());
        if (value !== null) setImmediate(() => feed.publish(value, channel, 'state'));
        if (channel === 'trades.BTC-USDT') setImmediate(() => feed.publishTrade(60_000));
      }
    },
    markets: () => listed,
    candles: ({ venue, interval, limit }) =>
      Promise.resolve({
        ...{ market, venue, interval, complete: true, problem: null },
        gaps: [{ from: 0, to: 60_000, cause: 'disconnect' }],
        candles: [candle(60_000), candle(120_000)].slice(-limit),
      }),
    status: () => feed.current,
    publish(value, channel, type) {
      const key = `${type} ${channel}`;
      const seq = (sequences.get(key) ?? 0) + 1;
      sequences.set(key, seq);
      const { source } = feed.current;
      listener?.onPublished([{ channel, type, epoch: 'k1-1', seq, source, time: now(), value }]);
    },
    publishTrade(price) {
      feed.publish(
        { kind: 'trades', market, trade: trade(price, now()) },
        'trades.BTC-USDT',
        'event',
      );
    },
    close: () => Promise.resolve(),
  };
  return feed;
}

function candle(openTime: number) {
  return {
    ...{ openTime, open: 1, high: 2, low: 1, close: 2, volume: 3, quoteVolume: 4, trades: 5 },
    ...{ closed: true, origin: 'trades' as const },
  };
}

function trade(price: number, time: number): TradeValue {
  return {
    ...{ type: 'trade', ordinal: 1, instrument: 'okx:BTC-USDT', id: `t${price}`, side: 'buy' },
    ...{ priceUnits: price * 10, priceDecimals: 1, sizeUnits: 5, sizeDecimals: 1 },
    ...{ venueTime: time, receivedTime: time, late: false, outlier: false },
  };
}

function firstValue(channel: ChannelId, status: HostStatus, time: number): ChannelValue | null {
  switch (parseChannelId(channel)?.kind) {
    case 'price':
      return { kind: 'price', price: price(time) };
    case 'ticker':
      return {
        kind: 'ticker',
        market,
        tickers: [ticker(time)],
      };
    case 'orderbook':
      return { kind: 'orderbook', book: book(time) };
    case 'health':
      return { kind: 'health', health: health(time), status };
    default:
      return null;
  }
}

function ticker(time: number): TickerValue {
  return {
    ...{ instrument: 'okx:BTC-USDT', last: 60_000.5, open24h: 59_750.5, high24h: 61_000 },
    ...{ low24h: 59_000, volume24hBase: 10, volume24hQuote: 600_000, receivedTime: time },
    status: 'live',
  };
}

function price(time: number): Extract<ChannelValue, { kind: 'price' }>['price'] {
  return {
    ...{ market, price: 60_000.5, priceDecimals: 1, status: 'single', receivedTime: time },
    contributors: [
      {
        ...{ venue: 'okx', instrument: 'okx:BTC-USDT', price: 60_000.5, priceDecimals: 1 },
        ...{ bid: 60_000.4, ask: 60_000.6, lastTrade: 60_000.5, weight: 1, exclusion: null },
        ...{ status: 'live', receivedTime: time, volume24hQuote: 1_000 },
      },
    ],
    ...{ equalWeights: false, venueSpreadBps: null, change24hAbs: 250, change24hPct: 0.5 },
    ...{ high24h: 61_000, low24h: 59_000, volume24hBase: 10, volume24hQuote: 600_000 },
    statsVenues: ['okx'],
  };
}

function book(time: number): Extract<ChannelValue, { kind: 'orderbook' }>['book'] {
  const row = (priceUnits: number) => ({ priceUnits, sizeUnits: [5], changedTime: [time] });
  return {
    ...{ market, venue: null, priceDecimals: 1, sizeDecimals: 1, groupUnits: 1 },
    parts: [
      {
        ...{ venue: 'okx', instrument: 'okx:BTC-USDT', status: 'live', streamStatus: 'live' },
        ...{ sequence: 7, receivedTime: time, counted: true, note: null },
        ...{ bestBidUnits: 600_004, bestAskUnits: 600_006 },
      },
    ],
    bids: [row(600_004), row(600_003), row(600_002)],
    asks: [row(600_006), row(600_007), row(600_008)],
    crossedUnits: null,
  };
}

function connection(venue: 'okx' | 'bybit', time: number): ConnectionHealth {
  const isLive = venue === 'okx';
  return {
    ...{ connection: `${venue}#1`, venue, status: isLive ? 'live' : 'reconnecting', reason: null },
    ...{ since: time, openedTime: isLive ? time : null, nextAttemptTime: null, attempt: 0 },
    ...{ roundTripMs: 5, clockOffsetMs: 0, clockErrorMs: 1, circuit: 'closed' },
    ...{ messagesPerSec: 6, bytesPerSec: 600, messages: 60, bytes: 6_000, sent: 3 },
    ...{ decodeErrors: 0, gaps: 1, resyncs: 2, reconnects: 4, lastReceivedTime: time },
    ...{ lastError: null, budgets: [] },
  };
}

function health(time: number): FeedHealth {
  return {
    ...{
      time,
      connections: [connection('okx', time), connection('bybit', time)],
      streams: [],
      errors: [],
      apiChanges: [],
      messagesPerSec: 12,
    },
    ...{ gapsTotal: 2, gapsRepaired: 1, resyncsTotal: 3, reconnectsTotal: 4, decodeErrorsTotal: 5 },
    sizes: { bookLevels: 0, heldUpdates: 0, trades: 0, gaps: 0, incidents: 0, requests: 0 },
  };
}
