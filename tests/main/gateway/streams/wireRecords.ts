import { encode } from '@msgpack/msgpack';
import type { OutboundRecord } from '../../../../src/main/gateway/hub/clientContract.ts';
import type {
  GapUpdate,
  HealthUpdate,
  OrderbookUpdate,
  PriceUpdate,
  TickerUpdate,
  TradeUpdate,
  WireUpdate,
  WireVenueHealth,
} from '../../../../src/shared/gateway/wire.ts';

const time = 1_700_000_000_000;

function head(channel: string, seq: number) {
  return { channel, symbol: 'BTC-USDT', epoch: 'k1-1', seq, source: 'simulated', time } as const;
}
const validity = { status: 'live', receivedTime: time - 40, ageMs: 40 } as const;

export function priceRecord(seq = 1, price = 60_000.5): PriceUpdate {
  return {
    type: 'price_update',
    ...head('price.BTC-USDT', seq),
    ...validity,
    price: {
      price,
      change: 250,
      changePercent: 0.42,
      volume: 1000.5,
      quoteVolume: 60_030_000,
      high: 61_000,
      low: 59_000,
      timestamp: time - 40,
    },
    priceStatus: 'live',
    equalWeights: false,
    venueSpreadBps: 0.4,
    contributors: [
      {
        venue: 'binance',
        price,
        bid: price - 0.5,
        ask: price + 0.5,
        weight: 1,
        exclusion: null,
        status: 'live',
        ageMs: 40,
      },
    ],
  };
}

export function bookRecord(seq = 1, size = 1.5): OrderbookUpdate {
  const level = (price: number) => ({ price, size, timestamp: time - 10 });
  return {
    type: 'orderbook_update',
    ...head('orderbook.BTC-USDT', seq),
    ...validity,
    venue: null,
    bids: Array.from({ length: 20 }, (_, at) => level(60_000 - at)),
    asks: Array.from({ length: 20 }, (_, at) => level(60_001 + at)),
    parts: [
      {
        venue: 'binance',
        status: 'live',
        streamStatus: 'live',
        sequence: 77,
        counted: true,
        ageMs: 10,
        note: null,
      },
    ],
    crossed: null,
  };
}

export function tradeRecord(seq = 1): TradeUpdate {
  return {
    type: 'trade_update',
    ...head('trades.BTC-USDT', seq),
    trade: {
      id: `t${seq}`,
      venue: 'okx',
      price: 60_000.1,
      size: 0.25,
      side: 'sell',
      timestamp: time - 20,
      receivedTime: time - 10,
      late: false,
      outlier: false,
    },
  };
}

export function tickerRecord(seq = 1): TickerUpdate {
  const figures = {
    last: 60_000,
    open: 59_750,
    high: 61_000,
    low: 59_000,
    volume: 1000.5,
    quoteVolume: 60_030_000,
  };
  return {
    type: 'ticker_update',
    ...head('ticker.BTC-USDT', seq),
    ...validity,
    ticker: { ...figures, timestamp: time - 40 },
    venues: [{ venue: 'binance', ...validity, ...figures }],
  };
}

export function gapRecord(gap: Partial<GapUpdate['gap']> = {}, seq = 1): GapUpdate {
  return {
    type: 'gap_update',
    ...head('gaps', seq),
    gap: {
      id: 5,
      venue: 'bybit',
      stream: 'trade',
      cause: 'disconnect',
      from: time - 3_000,
      to: null,
      firstId: null,
      lastId: null,
      missing: null,
      repairedBy: null,
      ...gap,
    },
  };
}

export function venueRecord(venue: Partial<WireVenueHealth> = {}): WireVenueHealth {
  return {
    venue: 'binance',
    status: 'live',
    messagesPerSec: 100,
    gaps: 0,
    resyncs: 0,
    reconnects: 0,
    lagP50Ms: 4,
    lagP99Ms: 20,
    lastReceivedTime: time,
    note: null,
    ...venue,
  };
}

export function healthRecord(health: Partial<HealthUpdate> = {}): HealthUpdate {
  return {
    type: 'health_update',
    ...head('health', 1),
    symbol: '',
    status: 'live',
    venuesLive: 1,
    venuesTotal: 1,
    symbolsLive: 4,
    symbolsTotal: 4,
    messagesPerSec: 100,
    gapsTotal: 2,
    gapsRepaired: 1,
    resyncsTotal: 0,
    reconnectsTotal: 0,
    decodeErrorsTotal: 0,
    venues: [venueRecord()],
    ...health,
  };
}

export function outbound(update: WireUpdate): OutboundRecord {
  return { update, json: () => JSON.stringify(update), packed: () => encode(update) };
}
