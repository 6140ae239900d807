import type { CandleInterval, MarketId } from '../market.ts';
import { isCandleInterval, parseMarketId } from '../market.ts';
import type { VenueId } from '../venues.ts';
import { isVenueId } from '../venues.ts';

/**
 * What a program can subscribe to. `state`: latest wins, conflated to the client's rate. `event`: appended under a sequence,
 * never conflated, kept for those who come back. Open candles are state, closed ones events of the same channel.
 */
export const channelKinds = [
  'price', // state: consolidated price of a market with its contributors
  'ticker', // state: 24 h figures of each venue
  'orderbook', // state: consolidated book, or one venue's
  'trades', // events
  'candles', // the open one: state; closed ones: events
  'gaps', // events: a record is sent again under its id when it is closed or repaired; without a market
  'health', // state: venues, streams and counters; without a market
] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** `price.BTC-USDT`, `orderbook.BTC-USDT@okx`, `candles.BTC-USDT.1m`, `candles.BTC-USDT@okx.1m`, `gaps`. */
export type ChannelId = string;

export interface Channel {
  readonly kind: ChannelKind;
  /** Empty for `gaps` and `health`. */
  readonly market: MarketId;
  /** Null: consolidated, or all venues. Only books and candles can be one venue's. */
  readonly venue: VenueId | null;
  /** Of candles only. */
  readonly interval: CandleInterval | null;
}

const marketless: ReadonlySet<ChannelKind> = new Set(['gaps', 'health']);
const venueable: ReadonlySet<ChannelKind> = new Set(['orderbook', 'candles']);

export function isChannelKind(text: string): text is ChannelKind {
  return channelKinds.some((kind) => kind === text);
}

export function channelId({ kind, market, venue, interval }: Channel): ChannelId {
  if (marketless.has(kind)) return kind;
  const at = venue === null ? '' : `@${venue}`;
  return `${kind}.${market}${at}${interval === null ? '' : `.${interval}`}`;
}

/** The parts of an id as a client wrote them: the market may be any spelling, and is resolved by the gateway. */
export interface ChannelWords {
  readonly kind: ChannelKind;
  readonly symbol: string;
  readonly venue: VenueId | null;
  readonly interval: CandleInterval | null;
}

/** Null for what is no channel at all; the market in it is not looked at. */
export function readChannelWords(text: string): ChannelWords | null {
  const [kind = '', symbolAndVenue = '', intervalText, ...rest] = text.split('.');
  if (!isChannelKind(kind) || rest.length > 0) return null;
  if (marketless.has(kind)) {
    return text === kind ? { kind, symbol: '', venue: null, interval: null } : null;
  }
  const [symbol = '', venueText, ...more] = symbolAndVenue.split('@');
  if (symbol === '' || more.length > 0) return null;
  if (venueText !== undefined && (!venueable.has(kind) || !isVenueId(venueText))) return null;
  const venue = venueText === undefined || !isVenueId(venueText) ? null : venueText;
  if (kind !== 'candles') {
    return intervalText === undefined ? { kind, symbol, venue, interval: null } : null;
  }
  const interval = intervalText ?? '1m';
  return isCandleInterval(interval) ? { kind, symbol, venue, interval } : null;
}

/** Null unless the text is the canonical id of a channel. */
export function parseChannelId(text: string): Channel | null {
  const words = readChannelWords(text);
  if (words === null) return null;
  const { kind, symbol: market, venue, interval } = words;
  const channel = { kind, market, venue, interval };
  if (!marketless.has(kind) && parseMarketId(market) === null) return null;
  return channelId(channel) === text ? channel : null;
}
