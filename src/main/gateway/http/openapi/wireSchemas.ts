import { streamChannels, streamStatusOrder } from '../../../../shared/feedHealth.ts';
import { candleIntervals } from '../../../../shared/market.ts';
import { venueIds } from '../../../../shared/venues.ts';
import {
  anyOf,
  described,
  exactly,
  integer,
  listOf,
  nullable,
  number,
  object,
  oneWord,
  reference,
  text,
  time,
  truth,
} from './jsonSchema.ts';
import type { JsonSchema } from './jsonSchema.ts';

type Schemas = Readonly<Record<string, JsonSchema>>;

export const venueWord = oneWord(venueIds);
const source = described(text, '`live`, `simulated`, or `replay:` and the id of a recording.');
const seq = described(integer, 'Of the channel: events rise by one, state rises.');

/** What every record of a channel carries. */
const recordHead: Schemas = {
  channel: text,
  symbol: text,
  epoch: described(text, 'The run of the publisher; sequences of another one do not continue.'),
  seq,
  source,
  time,
};

export const validityProperties: Schemas = {
  status: reference('Status'),
  receivedTime: nullable(time),
  ageMs: nullable(number),
  note: described(text, 'Why it is not live.'),
};

function record(type: string, properties: Schemas, optional: readonly string[] = []): JsonSchema {
  return object({ type: exactly(type), ...recordHead, ...properties }, optional);
}

function validRecord(type: string, properties: Schemas): JsonSchema {
  return record(type, { ...validityProperties, ...properties }, ['note']);
}

const contributor = object({
  venue: venueWord,
  price: nullable(number),
  bid: nullable(number),
  ask: nullable(number),
  weight: { type: 'number', minimum: 0, maximum: 1 },
  exclusion: nullable(
    oneWord([
      ...['no-top', 'no-trade', 'stale', 'resyncing', 'disconnected', 'outlier', 'closed'],
      ...['muted', 'late'],
    ]),
  ),
  status: oneWord(streamStatusOrder),
  ageMs: nullable(number),
});

const priceFigures = ['price', 'change', 'changePercent', 'volume', 'quoteVolume', 'high', 'low'];
const tickerFigures = ['last', 'open', 'high', 'low', 'volume', 'quoteVolume'];

function figures(names: readonly string[]): Schemas {
  return Object.fromEntries(names.map((name) => [name, nullable(number)]));
}

const level = object({ price: number, size: number, timestamp: time, sizes: listOf(number) }, [
  'sizes',
]);

const bookPart = object({
  venue: venueWord,
  status: oneWord(['empty', 'buffering', 'live', 'gap', 'resyncing']),
  streamStatus: oneWord(streamStatusOrder),
  counted: truth,
  sequence: integer,
  ageMs: nullable(number),
  note: nullable(text),
});

export const candleProperties: Schemas = {
  openTime: time,
  ...Object.fromEntries(
    ['open', 'high', 'low', 'close', 'volume', 'quoteVolume'].map((name) => [name, number]),
  ),
  trades: integer,
  closed: truth,
  origin: oneWord(['venue', 'trades', 'consolidated']),
};

const venueHealth = object({
  venue: venueWord,
  status: oneWord(['live', 'degraded', 'down']),
  messagesPerSec: number,
  gaps: integer,
  resyncs: integer,
  reconnects: integer,
  lagP50Ms: nullable(number),
  lagP99Ms: nullable(number),
  lastReceivedTime: nullable(time),
  note: nullable(text),
});

const gap = object({
  id: integer,
  venue: venueWord,
  stream: oneWord(streamChannels),
  cause: oneWord(['disconnect', 'sequence', 'stale', 'overflow', 'decode', 'clock']),
  from: time,
  to: nullable(time),
  firstId: nullable(text),
  lastId: nullable(text),
  missing: nullable(integer),
  repairedBy: nullable(oneWord(['rest', 'snapshot'])),
});

const trade = object({
  id: text,
  venue: venueWord,
  price: number,
  size: number,
  side: described(oneWord(['buy', 'sell']), 'Of the aggressor.'),
  timestamp: time,
  receivedTime: time,
  late: truth,
  outlier: truth,
});

const healthCounts = ['venuesLive', 'venuesTotal', 'symbolsLive', 'symbolsTotal', 'gapsTotal'];
const healthTotals = ['gapsRepaired', 'resyncsTotal', 'reconnectsTotal', 'decodeErrorsTotal'];

/** The records of the channels: `wire.ts` in JSON Schema. */
export const wireSchemas: Schemas = {
  Status: oneWord([
    ...['live', 'quiet', 'degraded', 'single', 'disputed', 'resyncing', 'stale', 'none'],
  ]),
  Contributor: contributor,
  PriceUpdate: validRecord('price_update', {
    price: object({ ...figures(priceFigures), timestamp: nullable(time) }),
    priceStatus: oneWord(['live', 'degraded', 'single', 'disputed', 'stale', 'none']),
    equalWeights: truth,
    venueSpreadBps: nullable(number),
    contributors: listOf(reference('Contributor')),
  }),
  TickerUpdate: validRecord('ticker_update', {
    ticker: object({ ...figures(tickerFigures), timestamp: nullable(time) }),
    venues: listOf(
      object({ venue: venueWord, ...validityProperties, ...figures(tickerFigures) }, ['note']),
    ),
  }),
  OrderbookUpdate: validRecord('orderbook_update', {
    venue: nullable(venueWord),
    bids: listOf(level),
    asks: listOf(level),
    parts: listOf(bookPart),
    crossed: nullable(number),
  }),
  TradeUpdate: record('trade_update', { trade }),
  CandleUpdate: record('candle_update', {
    venue: nullable(venueWord),
    interval: oneWord(candleIntervals),
    candle: object({ ...candleProperties, outlier: truth }),
    status: reference('Status'),
  }),
  GapUpdate: record('gap_update', { gap }),
  VenueHealth: venueHealth,
  HealthUpdate: record('health_update', {
    status: oneWord(['live', 'degraded', 'down', 'starting']),
    messagesPerSec: number,
    ...Object.fromEntries([...healthCounts, ...healthTotals].map((name) => [name, integer])),
    venues: listOf(reference('VenueHealth')),
  }),
  Update: anyOf(
    ...['Price', 'Ticker', 'Orderbook', 'Trade', 'Candle', 'Gap', 'Health'].map((kind) =>
      reference(`${kind}Update`),
    ),
  ),
};

export const channelText = {
  ...text,
  minLength: 1,
  maxLength: 80,
  description:
    '`price.BTC-USDT`, `orderbook.BTC-USDT@okx`, `candles.BTC-USDT.1m`, `gaps`, `health`.',
  examples: ['price.BTC-USDT'],
};

export { source as sourceText };
