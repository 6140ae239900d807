import { gatewayLimits } from '../../../../shared/gateway/limits.ts';
import { apiPaths } from '../../../../shared/gateway/paths.ts';
import { candleIntervals } from '../../../../shared/market.ts';
import { snapshotLimits } from '../marketRoutes.ts';
import {
  integer,
  listOf,
  nullable,
  object,
  oneWord,
  reference,
  text,
  time,
  truth,
} from './jsonSchema.ts';
import type { JsonSchema } from './jsonSchema.ts';
import { inPath, inQuery, operation, templateOf } from './operations.ts';
import type { Paths } from './operations.ts';
import { candleProperties, sourceText, validityProperties, venueWord } from './wireSchemas.ts';

const symbol = inPath(
  'symbol',
  { ...text, examples: ['BTC-USDT'] },
  '`BTC-USDT`, `BTC/USDT`, `BTCUSDT`, or an upper-case base: then its first usual quote.',
);

const head: Readonly<Record<string, JsonSchema>> = {
  symbol: text,
  cursor: { ...text, description: 'From here a stream goes on: nothing is missed.' },
  time,
  ...validityProperties,
};

function snapshot(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return object({ ...head, ...properties }, ['note']);
}

function upTo(most: number, usual: number): JsonSchema {
  return { type: 'integer', minimum: 1, maximum: most, default: usual };
}

const venue = inQuery('venue', venueWord, 'One venue; without it all of them together.');

export const marketSchemas: Readonly<Record<string, JsonSchema>> = {
  Market: object({
    symbol: text,
    base: nullable(text),
    quote: nullable(text),
    kind: nullable(oneWord(['spot', 'linear'])),
  }),
  MarketList: object({
    source: sourceText,
    status: reference('Status'),
    time,
    total: integer,
    markets: listOf(reference('Market')),
  }),
  PriceSnapshot: snapshot({ price: reference('PriceUpdate') }),
  TickerSnapshot: snapshot({ ticker: reference('TickerUpdate') }),
  BookSnapshot: snapshot({ book: reference('OrderbookUpdate') }),
  TradesSnapshot: snapshot({ trades: listOf(reference('TradeUpdate')) }),
  Candle: object({ ...candleProperties, outlier: truth }, ['outlier']),
  CandlesSnapshot: snapshot({
    venue: nullable(venueWord),
    interval: oneWord(candleIntervals),
    candles: listOf(reference('Candle')),
    gaps: listOf(object({ from: time, to: time, cause: text })),
    complete: truth,
    problem: nullable(text),
    without: listOf(venueWord),
  }),
};

const refusals = ['INVALID_SYMBOL', 'NO_FEED', 'OVERLOADED'] as const;
const description = `Of a market that nobody follows the answer waits until there is a value, or until none will come soon, at most ${snapshotLimits.firstValueMs / 1_000} s; \`status\` says what there is then.`;

function ofMarket(
  name: string,
  answer: string,
  summary: string,
  parameters: readonly JsonSchema[] = [],
): Paths {
  return {
    [templateOf(`${apiPaths.market}/${name}`)]: {
      get: operation({
        ...{ id: `${name}OfMarket`, tag: 'markets', summary, description, refusals },
        parameters: [symbol, ...parameters],
        answers: { 200: reference(answer) },
      }),
    },
  };
}

export const marketPaths: Paths = {
  [apiPaths.markets]: {
    get: operation({
      ...{ id: 'listMarkets', tag: 'markets', summary: 'Markets that can be asked for.' },
      parameters: [
        inQuery('search', { ...text, minLength: 1, maxLength: 40 }, 'Part of the symbol.'),
        inQuery('limit', upTo(snapshotLimits.markets, snapshotLimits.defaultMarkets), 'How many.'),
      ],
      answers: { 200: reference('MarketList') },
    }),
  },
  ...ofMarket('price', 'PriceSnapshot', 'Consolidated price with its contributors.'),
  ...ofMarket('ticker', 'TickerSnapshot', '24 h figures, together and of each venue.'),
  ...ofMarket('book', 'BookSnapshot', 'Order book, consolidated or of one venue.', [
    inQuery(
      'depth',
      upTo(gatewayLimits.maxBookDepth, gatewayLimits.defaultBookDepth),
      'Levels of each side.',
    ),
    venue,
  ]),
  ...ofMarket('trades', 'TradesSnapshot', 'Last trades, oldest first.', [
    inQuery('limit', upTo(snapshotLimits.trades, snapshotLimits.defaultTrades), 'How many.'),
  ]),
  ...ofMarket('candles', 'CandlesSnapshot', 'Candles, oldest first; a missing one is absent.', [
    inQuery('interval', { ...oneWord(candleIntervals), default: '1m' }, 'Of each candle.'),
    venue,
    inQuery(
      'before',
      text,
      'Older than this: epoch milliseconds, or a time like 2026-11-21T14:40:00Z.',
    ),
    inQuery('limit', upTo(snapshotLimits.candles, snapshotLimits.defaultCandles), 'How many.'),
  ]),
};
