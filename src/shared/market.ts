import type { VenueId } from './venues.ts';
import { isVenueId } from './venues.ts';

/** `other`: decoded from recordings (options, dated futures, inverse swaps at OKX), never subscribed. */
export type MarketKind = 'spot' | 'linear' | 'inverse' | 'other';

/** `BASE-QUOTE` for spot, `BASE-QUOTE-PERP` for linear perpetuals. Never consolidated across quotes or kinds. */
export type MarketId = string;

/** `venue:market`, e.g. `binance:BTC-USDT`. */
export type InstrumentId = `${VenueId}:${string}`;

export type Side = 'buy' | 'sell';

/** Milliseconds since 1970-01-01 UTC; `receivedTime` may carry a microsecond fraction. */
export type EpochMs = number;

/** An exact decimal: `units * 10^-decimals`. `units` is a safe integer. */
export interface Decimal {
  readonly units: number;
  readonly decimals: number;
}

/** What a venue says about one instrument. Decimals are strings exactly as the venue sent them. */
export interface Instrument {
  readonly id: InstrumentId;
  readonly venue: VenueId;
  readonly venueSymbol: string;
  readonly market: MarketId;
  readonly marketKind: MarketKind;
  readonly base: string;
  readonly quote: string;
  readonly tickSize: string;
  readonly lotSize: string;
  readonly sizeUnit: 'base' | 'contracts';
  /** `preopen` books may be crossed; `closed` is delisted, halted or suspended. */
  readonly tradingStatus: 'trading' | 'preopen' | 'closed';
}

export const candleIntervals = ['1s', '1m', '5m', '15m', '1h', '4h', '1d'] as const;
export type CandleInterval = (typeof candleIntervals)[number];

export const candleIntervalMs: Readonly<Record<CandleInterval, number>> = {
  '1s': 1_000,
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '1d': 86_400_000,
};

export function isCandleInterval(text: string): text is CandleInterval {
  return candleIntervals.some((interval) => interval === text);
}

export function instrumentId(venue: VenueId, market: MarketId): InstrumentId {
  return `${venue}:${market}`;
}

export interface InstrumentParts {
  readonly venue: VenueId;
  readonly market: MarketId;
}

/** Null for anything that is not `venue:market` of a known venue. */
export function parseInstrumentId(text: string): InstrumentParts | null {
  const colon = text.indexOf(':');
  if (colon < 1) return null;
  const venue = text.slice(0, colon);
  const market = text.slice(colon + 1);
  return isVenueId(venue) && market.length > 0 ? { venue, market } : null;
}

export interface MarketParts {
  readonly base: string;
  readonly quote: string;
  readonly marketKind: 'spot' | 'linear';
}

const marketPattern = /^([\p{Lu}\p{Lo}\p{N}]{1,30})-([A-Z0-9]{2,10})(-PERP)?$/u;

/** Null unless the text is a canonical market id. */
export function parseMarketId(text: string): MarketParts | null {
  const match = marketPattern.exec(text);
  if (match === null) return null;
  const [, base = '', quote = '', perp] = match;
  return { base, quote, marketKind: perp === undefined ? 'spot' : 'linear' };
}

export function marketId(base: string, quote: string, marketKind: 'spot' | 'linear'): MarketId {
  return marketKind === 'spot' ? `${base}-${quote}` : `${base}-${quote}-PERP`;
}

/** Default markets of a first run; the first four stand in the pulse bar. */
export const defaultMarkets: readonly MarketId[] = [
  'BTC-USDT',
  'ETH-USDT',
  'SOL-USDT',
  'BNB-USDT',
  'XRP-USDT',
  'DOGE-USDT',
  'ADA-USDT',
  'AVAX-USDT',
  'LINK-USDT',
  'DOT-USDT',
];
