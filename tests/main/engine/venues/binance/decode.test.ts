import { describe, expect, test } from 'vitest';
import { LevelReader } from '../../../../../src/main/engine/venues/levels.ts';
import { normalizeMessage } from '../../../../../src/main/engine/venues/binance/normalize.ts';
import { parseMessages } from '../../../../../src/main/engine/venues/binance/parse.ts';
import { createBinanceVenue } from '../../../../../src/main/engine/venues/binance/venue.ts';
import type { Venue } from '../../../../../src/main/engine/venues/venue.ts';
import { Random } from '../../../../shared/randomValues.ts';
import { eventsOf, framesOf, refusalOf } from '../../../../support/decoding.ts';

const venue = createBinanceVenue();

/** The same venue without the scanner: every frame through `JSON.parse` and the guards. */
const plain: Venue = {
  ...venue,
  decode: (text, context, sink) => {
    for (const message of parseMessages(text)) {
      normalizeMessage(message, context, new LevelReader(), sink);
    }
  },
};

const btc = { instrument: 'binance:BTC-USDT', venueSymbol: 'BTCUSDT' };

test('reads a trade; the buyer was maker, so the aggressor sold', () => {
  const data =
    '{"e":"trade","E":1790000000456,"s":"BTCUSDT","t":5412345678,"p":"84250.10","q":"0.01250","T":1790000000455,"m":true,"M":true}';
  const trade = {
    type: 'trade',
    ...btc,
    topic: 'btcusdt@trade',
    channel: 'trade',
    venueTime: 1790000000456,
    id: '5412345678',
    firstSequence: 5412345678,
    lastSequence: 5412345678,
    side: 'sell',
    price: '84250.1',
    size: '0.0125',
    tradeTime: 1790000000455,
    aggregate: false,
  };
  expect(eventsOf(venue, `{"stream":"btcusdt@trade","data":${data}}`)).toEqual([trade]);
  expect(eventsOf(venue, data)).toEqual([trade]);
  const bought = data.replace('"m":true', '"m":false');
  expect(eventsOf(venue, bought)).toEqual([{ ...trade, side: 'buy' }]);
  const micro = data.replaceAll('1790000000456', '1790000000456123');
  expect(eventsOf(venue, micro)).toEqual([{ ...trade, venueTime: 1790000000456.123 }]);
});

test('marks aggregated trades, which never mix into a tape of single ones', () => {
  expect(
    eventsOf(
      venue,
      '{"stream":"nknusdt@aggTrade","data":{"e":"aggTrade","E":1633998523963,"s":"NKNUSDT","a":15683430,"p":"0.35280000","q":"58.00000000","f":19862790,"l":19862791,"T":1633998523963,"m":false,"M":true}}',
    ),
  ).toMatchObject([
    { channel: 'aggTrade', id: '15683430', side: 'buy', size: '58', aggregate: true },
  ]);
});

test('reads a diff of spot and of futures, at the decimals that it needs', () => {
  const spot =
    '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1790000000500,"s":"BTCUSDT","U":78912345560,"u":78912345601,"b":[["84250.10","0.95000000"]],"a":[["84250.90","0.00000000"]]}}';
  const event = {
    type: 'book',
    ...btc,
    topic: 'btcusdt@depth@100ms',
    channel: 'depth@100ms',
    venueTime: 1790000000500,
    kind: 'delta',
    bids: [['84250.1', '0.95']],
    asks: [['84250.9', '0']],
    sequence: { first: 78912345560, last: 78912345601, previous: null },
    checksum: null,
    rawLevels: null,
  };
  expect(eventsOf(venue, spot)).toEqual([event]);
  expect(eventsOf(venue, spot, { decimals: { price: 2, size: 5 } })).toEqual([event]);
  const futures =
    '{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1790000000501,"T":1790000000499,"s":"BTCUSDT","U":11,"u":19,"pu":10,"b":[],"a":[["84250.9","1"],["84251","2.5"]]}}';
  expect(eventsOf(venue, futures, { marketKind: 'linear' })).toMatchObject([
    {
      instrument: 'binance:BTC-USDT-PERP',
      channel: 'depth@0ms',
      sequence: { first: 11, last: 19, previous: 10 },
      bids: [],
      asks: [
        ['84250.9', '1'],
        ['84251', '2.5'],
      ],
    },
  ]);
});

test('reads the best price, which names neither event nor time on spot', () => {
  const data =
    '{"u":78912345601,"s":"BTCUSDT","b":"84250.10","B":"0.95000000","a":"84250.11","A":"1.20000000"}';
  const event = {
    type: 'bbo',
    ...btc,
    topic: 'btcusdt@bookTicker',
    channel: 'bookTicker',
    venueTime: null,
    bid: ['84250.1', '0.95'],
    ask: ['84250.11', '1.2'],
    sequence: 78912345601,
  };
  expect(eventsOf(venue, data)).toEqual([event]);
  expect(eventsOf(venue, `{"stream":"btcusdt@bookTicker","data":${data}}`)).toEqual([event]);
});

test('reads ticker and candle as text, exactly as sent', () => {
  const [ticker] = framesOf('samples/binance-ws.ndjson').filter((text) =>
    text.startsWith('{"stream":"ethusdt@ticker"'),
  );
  expect(eventsOf(venue, ticker ?? '')).toEqual([
    {
      type: 'ticker',
      instrument: 'binance:ETH-USDT',
      venueSymbol: 'ETHUSDT',
      topic: 'ethusdt@ticker',
      channel: 'ticker',
      venueTime: 1653812650349,
      kind: 'snapshot',
      last: '1792.84000000',
      open24h: '1764.61000000',
      high24h: '1808.98000000',
      low24h: '1748.94000000',
      volume24hBase: '471703.53110000',
      volume24hQuote: '840180761.51358100',
    },
  ]);
  const kline =
    '{"stream":"lrcbtc@kline_1m","data":{"e":"kline","E":1633998534486,"s":"LRCBTC","k":{"t":1633998480000,"T":1633998539999,"s":"LRCBTC","i":"1m","f":1,"L":2,"o":"0.1","c":"0.2","h":"0.3","l":"0.05","v":"177.0","n":2,"x":true,"q":"0.001","V":"1","Q":"1","B":"0"}}}';
  expect(eventsOf(venue, kline)).toMatchObject([
    {
      type: 'candle',
      interval: '1m',
      venueInterval: '1m',
      candle: {
        openTime: 1633998480000,
        open: '0.1',
        high: '0.3',
        low: '0.05',
        close: '0.2',
        volume: '177.0',
        quoteVolume: '0.001',
        trades: 2,
        closed: true,
        ownFigures: ['1', '1'],
      },
    },
  ]);
  // Nothing counts with what takers bought: a candle without it is one.
  const without = kline.replace('"V":"1","Q":"1",', '');
  expect(eventsOf(venue, without)).toMatchObject([{ candle: { trades: 2, ownFigures: [] } }]);
  expect(eventsOf(venue, kline.replaceAll('1m', '1M'))).toMatchObject([
    { interval: null, venueInterval: '1M' },
  ]);
});

test('a cut picture of the book is not a diff, though futures call it so', () => {
  const kinds = framesOf('samples/binance-ws.ndjson')
    .filter((text) => /@depth\d/.test(text))
    .map((text) => eventsOf(venue, text, { marketKind: 'other' }))
    .map((events) => events.map((event) => Object(event).type));
  expect(kinds.length).toBe(6);
  expect(new Set(kinds.flat())).toEqual(new Set(['other']));
});

test('decodes every recorded sample without an error', () => {
  for (const text of framesOf('samples/binance-ws.ndjson')) {
    expect(eventsOf(venue, text, { marketKind: 'linear' }).length).toBeGreaterThan(0);
  }
});

describe('control messages', () => {
  const ack = {
    type: 'ack',
    operation: 'other',
    requestId: '7',
    topics: null,
    outcome: 'accepted',
    rejectedTopic: null,
    code: '',
    text: '',
  };
  test.each([
    ['{"result":null,"id":7}', ack],
    ['{"result":["btcusdt@trade"],"id":7}', ack],
    [
      '{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":7}',
      { ...ack, outcome: 'rejected', code: '2', text: 'Invalid request: invalid stream' },
    ],
    [
      '{"code":3,"msg":"Invalid JSON"}',
      { ...ack, requestId: null, outcome: 'rejected', code: '3', text: 'Invalid JSON' },
    ],
    [
      '{"error":{"code":-1003,"msg":"Too many requests"},"id":"7"}',
      { ...ack, outcome: 'rate-limited', code: '-1003', text: 'Too many requests' },
    ],
    [
      '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1790000000123}}',
      { type: 'notice', notice: 'shutdown', text: 'the venue shuts this server down' },
    ],
    [
      '{"e":"serverShutdown","E":1790000000123}',
      { type: 'notice', notice: 'shutdown', text: 'the venue shuts this server down' },
    ],
    ['{"hello":"world"}', { type: 'notice', notice: 'unknown', text: 'raw unnamed' }],
  ])('%s', (text, event) => {
    expect(eventsOf(venue, text)).toEqual([event]);
  });
});

describe('refuses, with nothing written', () => {
  const trade =
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1790000000456,"s":"BTCUSDT","t":5,"p":"84250.10","q":"0.01250","T":1790000000455,"m":true,"M":true}}';
  const depth =
    '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1790000000500,"s":"BTCUSDT","U":5,"u":6,"b":[["1.5","2"]],"a":[]}}';
  test.each([
    ['', 'not JSON'],
    ['pong', 'not JSON'],
    [trade.slice(0, -1), 'not JSON'],
    ['[]', 'frame is not an object'],
    ['null', 'frame is not an object'],
    ['{"stream":"btcusdt@trade","data":null}', 'payload is not an object'],
    [trade.replace('"84250.10"', '84250.10'), 'field is not text'],
    [trade.replace('"84250.10"', 'null'), 'field is not text'],
    [trade.replace('84250.10', '-1'), 'not a plain decimal'],
    [trade.replace('84250.10', '1e5'), 'not a plain decimal'],
    [trade.replace('84250.10', '0.00'), 'price is zero'],
    [trade.replace('0.01250', '99999999999999999999'), 'number out of range'],
    [trade.replace('"t":5', '"t":9007199254740993'), 'field is not a whole number'],
    [trade.replace('"t":5', '"t":"5"'), 'field is not a whole number'],
    [trade.replace('"T":1790000000455', '"T":0'), 'time out of range'],
    [trade.replace('"m":true', '"m":1'), 'field is not a flag'],
    [trade.replace('"BTCUSDT"', '"ETHUSDT"'), 'stream and symbol differ'],
    [trade.replace('"BTCUSDT"', '"__proto__"'), 'stream and symbol differ'],
    [trade.replaceAll('btcusdt', '').replace('BTCUSDT', ''), 'not a symbol'],
    [`{"e":"trade","s":"${'A'.repeat(100)}"}`, 'not a symbol'],
    [depth.replace('"u":6', '"u":4'), 'update ids out of order'],
    [depth.replace('"1.5"', '"0.0"'), 'price is zero'],
    [depth.replace('[["1.5","2"]]', '[["1.5"]]'), 'level is not price and size'],
    [depth.replace('[["1.5","2"]]', '{"0":1}'), 'levels are not a list'],
    [depth.replace('[["1.5","2"]]', '[["1.5","-2"]]'), 'not a plain decimal'],
    [`{"stream":"!x","data":[${depth.slice(depth.indexOf('{"e"'), -1)}]}`, 'list of diffs'],
  ])('%s', (text, reason) => {
    expect(refusalOf(venue, text)).toBe(reason);
  });
});

test('does not let a hostile key touch a prototype', () => {
  const text =
    '{"__proto__":{"stream":"x"},"constructor":{"prototype":{"polluted":1}},"e":"trade","E":1790000000456,"s":"BTCUSDT","t":5,"p":"1","q":"1","T":1790000000455,"m":true}';
  expect(eventsOf(venue, text)).toMatchObject([{ type: 'trade' }]);
  expect(Object(Object.prototype).polluted).toBeUndefined();
});

describe('the scanner of hot frames', () => {
  const recorded = [
    ...framesOf('binance-spot/btcusdt-20240808-first3000.ndjson.gz'),
    ...framesOf('binance-spot/multi-20211012.ndjson.gz'),
    ...framesOf('samples/binance-ws.ndjson'),
  ];
  const decimals = { price: 2, size: 5 };

  test('reads recorded frames as the plain path does', () => {
    for (const text of recorded) {
      const changes = { decimals, marketKind: 'linear' } as const;
      expect(eventsOf(venue, text, changes)).toEqual(eventsOf(plain, text, changes));
    }
  });

  test('reads to the last character', () => {
    const kinds = ['@trade', '@bookTicker', '@depth'].map(
      (kind) => recorded.find((text) => text.includes(kind)) ?? '',
    );
    for (const text of kinds) {
      for (const tail of ['x', '}', '0', ',', '{}']) {
        expect(refusalOf(venue, `${text}${tail}`, { decimals })).toBe('not JSON');
      }
      expect(eventsOf(venue, `${text} \n`, { decimals })).toEqual(
        eventsOf(venue, text, { decimals }),
      );
    }
  });

  test('agrees with the plain path on damaged frames, accepted or refused', () => {
    const random = new Random(5);
    const verdictOf = (side: Venue, text: string): unknown => {
      try {
        return eventsOf(side, text, { decimals });
      } catch (error) {
        return error instanceof Error ? error.message : error;
      }
    };
    let refused = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const text = damaged(random, random.of(recorded).slice(0, 1_500));
      const verdict = verdictOf(plain, text);
      if (typeof verdict === 'string') refused += 1;
      expect(verdictOf(venue, text)).toEqual(verdict);
    }
    expect(refused).toBeGreaterThan(5_000);
    expect(refused).toBeLessThan(19_900);
  });
});

const inserts = [
  '0',
  '9',
  '.',
  '"',
  ',',
  ']',
  '[',
  '}',
  '-',
  'e',
  ' ',
  '\\',
  '1e9',
  '00',
  '"x":1,',
  'é',
];

/** One to three characters changed, removed, doubled or inserted. */
function damaged(random: Random, text: string): string {
  let result = text;
  for (let change = 1 + random.below(3); change > 0; change -= 1) {
    const at = random.below(result.length);
    const rest = result.slice(at + 1);
    const kind = random.below(4);
    if (kind === 0) result = `${result.slice(0, at)}${rest}`;
    else if (kind === 1) result = `${result.slice(0, at)}${random.of(inserts)}${rest}`;
    else if (kind === 2) result = `${result.slice(0, at + 1)}${random.of(inserts)}${rest}`;
    else result = `${result.slice(0, at)}${String(random.below(10))}${rest}`;
  }
  return result;
}
