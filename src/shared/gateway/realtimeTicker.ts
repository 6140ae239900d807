import type { DataSource, PriceStatus } from '../values.ts';
import type { EpochMs, MarketId } from '../market.ts';
import { parseMarketId } from '../market.ts';
import type { PriceUpdate, Validity, WireContributor } from './wire.ts';

/** What `GET /api/realtime/:symbol` says of a price: flat, for programs that want one number and its validity. */
export interface RealtimeTicker extends Validity {
  /** As the client wrote it. */
  readonly symbol: string;
  readonly market: MarketId;
  /** What the prices are in: a dollar is not a Tether dollar. */
  readonly quote: string;
  readonly price: number | null;
  /** Absolute, over 24 h. */
  readonly change24h: number | null;
  readonly changePercent24h: number | null;
  readonly high24h: number | null;
  readonly low24h: number | null;
  /** In the base. */
  readonly volume24h: number | null;
  /** In the quote. */
  readonly quoteVolume24h: number | null;
  /** When the newest data that the price rests on was received. */
  readonly timestamp: EpochMs | null;
  readonly priceStatus: PriceStatus;
  readonly venueSpreadBps: number | null;
  readonly contributors: readonly WireContributor[];
  readonly source: DataSource;
  readonly epoch: string;
  readonly seq: number;
}

export interface RealtimeTickerEvent {
  readonly type: 'ticker';
  readonly data: RealtimeTicker;
}

export function realtimeTicker(symbol: string, update: PriceUpdate): RealtimeTicker {
  const { price } = update;
  return {
    symbol,
    market: update.symbol,
    quote: parseMarketId(update.symbol)?.quote ?? '',
    price: price.price,
    change24h: price.change,
    changePercent24h: price.changePercent,
    high24h: price.high,
    low24h: price.low,
    volume24h: price.volume,
    quoteVolume24h: price.quoteVolume,
    timestamp: price.timestamp,
    status: update.status,
    receivedTime: update.receivedTime,
    ageMs: update.ageMs,
    ...(update.note === undefined ? {} : { note: update.note }),
    priceStatus: update.priceStatus,
    venueSpreadBps: update.venueSpreadBps,
    contributors: update.contributors,
    source: update.source,
    epoch: update.epoch,
    seq: update.seq,
  };
}
