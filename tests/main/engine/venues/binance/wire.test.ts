import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../../../src/main/engine/errors.ts';
import { createBinanceVenue } from '../../../../../src/main/engine/venues/binance/venue.ts';
import { countingIds, fixtureText, framesOf } from '../../../../support/decoding.ts';

const venue = createBinanceVenue();
const { rest } = venue;
const instrument = 'binance:BTC-USDT';

test('names topics in the lower case that the venue needs', () => {
  const topicOf = (channel: 'trade' | 'book' | 'bbo' | 'ticker') =>
    venue.topicOf({ instrument, channel, interval: null }, 'BTCUSDT')?.topic;
  expect([topicOf('trade'), topicOf('book'), topicOf('bbo'), topicOf('ticker')]).toEqual([
    'btcusdt@trade',
    'btcusdt@depth@100ms',
    'btcusdt@bookTicker',
    'btcusdt@ticker',
  ]);
  const candle = { instrument, channel: 'candle', interval: '1h' } as const;
  expect(venue.topicOf(candle, 'BTCUSDT')).toEqual({ topic: 'btcusdt@kline_1h', route: 'public' });
});

test('packs many topics into few frames and keeps the request id', () => {
  const topics = Array.from({ length: 230 }, (_, index) => `s${index}@trade`);
  const frames = venue.subscribeFrames(topics, countingIds());
  expect(frames.map((frame) => [frame.requestId, frame.topics.length])).toEqual([
    ['r1', 100],
    ['r2', 100],
    ['r3', 30],
  ]);
  expect(venue.unsubscribeFrames(['btcusdt@trade'], () => '9')).toEqual([
    {
      text: '{"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":9}',
      requestId: '9',
      topics: ['btcusdt@trade'],
    },
  ]);
});

test('describes symbols by their quote, longest first; odd ones keep their own name', () => {
  const described = (symbol: string, kind: 'spot' | 'linear' = 'spot') => {
    const { instrument: id, marketKind } = venue.describeSymbol(symbol, kind);
    return `${id} ${marketKind}`;
  };
  expect([
    described('BTCUSDT'),
    described('BTCFDUSD'),
    described('LRCBTC'),
    described('RUNEEUR'),
    described('1000SATSUSDT'),
    described('币安人生USDT'),
    described('BTCUSDT', 'linear'),
    described('BTCUSDT_210625', 'linear'),
    described('USDT'),
  ]).toEqual([
    'binance:BTC-USDT spot',
    'binance:BTC-FDUSD spot',
    'binance:LRC-BTC spot',
    'binance:RUNE-EUR spot',
    'binance:1000SATS-USDT spot',
    'binance:币安人生-USDT spot',
    'binance:BTC-USDT-PERP linear',
    'binance:BTCUSDT_210625 other',
    'binance:USDT other',
  ]);
  for (const symbol of ['', 'A'.repeat(41), 'BTC/USDT', '../etc', '<b>', 'a b', '__proto__\n']) {
    expect(() => venue.describeSymbol(symbol, 'spot')).toThrow(DecodeError);
  }
  expect([venue.venueSymbolOf('BTC-USDT'), venue.venueSymbolOf('nonsense')]).toEqual([
    'BTCUSDT',
    null,
  ]);
});

describe('REST', () => {
  test('reads a recorded list of instruments', () => {
    const list = rest.readInstruments(
      fixtureText('rest/binance-spot.exchangeInfo.20211012.json.gz'),
    );
    expect(list.length).toBeGreaterThan(1_000);
    expect(list.find((one) => one.id === instrument)).toEqual({
      id: instrument,
      venue: 'binance',
      venueSymbol: 'BTCUSDT',
      market: 'BTC-USDT',
      marketKind: 'spot',
      base: 'BTC',
      quote: 'USDT',
      tickSize: '0.01000000',
      lotSize: '0.00001000',
      sizeUnit: 'base',
      tradingStatus: 'trading',
    });
    expect(new Set(list.map((one) => one.tradingStatus))).toEqual(new Set(['trading', 'closed']));
  });

  test('leaves out odd listings, and refuses a list in which nothing fits', () => {
    const row =
      '{"symbol":"AUSDT","status":"TRADING","baseAsset":"A","quoteAsset":"USDT","filters":[{"filterType":"PRICE_FILTER","tickSize":"0.1"},{"filterType":"LOT_SIZE","stepSize":"1"}]}';
    const body = `{"symbols":[${row},{"symbol":7},${row.replace('"A"', '"<b>"')}]}`;
    expect(rest.readInstruments(body).map((one) => one.id)).toEqual(['binance:A-USDT']);
    expect(() => rest.readInstruments('{"symbols":[{}]}')).toThrow(DecodeError);
    expect(() => rest.readInstruments('<html>')).toThrow(DecodeError);
  });

  test('reads a book snapshot and knows when a side is whole', () => {
    const [body = ''] = framesOf('samples/binance-rest.ndjson');
    const snapshot = rest.readBookSnapshot(body, { price: 0, size: 0 });
    expect([snapshot.lastSequence, snapshot.priceDecimals, snapshot.sizeDecimals]).toEqual([
      33933317943, 2, 5,
    ]);
    expect([snapshot.bids.prices[0], snapshot.bids.sizes[0], snapshot.bidsComplete]).toEqual([
      2317142,
      3000,
      true,
    ]);
    const whole = rest.readBookSnapshot(
      fixtureText('binance-spot/btcusdt-20240808.depth-snapshot.json.gz'),
      { price: 2, size: 5 },
    );
    expect([whole.bids.count, whole.bidsComplete, whole.asksComplete]).toEqual([
      1000,
      false,
      false,
    ]);
    expect(() =>
      rest.readBookSnapshot('{"lastUpdateId":1,"bids":[]}', { price: 0, size: 0 }),
    ).toThrow(DecodeError);
  });

  test('asks for candles by page and reads them oldest first, the newest as open', () => {
    const request = { venueSymbol: 'BTCUSDT', interval: '1m', from: null, limit: 5_000 } as const;
    expect(rest.candles({ ...request, before: 1_790_000_040_000 })).toEqual({
      path: '/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1000&endTime=1790000039999',
      weight: 2,
    });
    expect(
      rest.candles({ ...request, from: 1_790_000_000_000, before: 1_790_000_600_000, limit: 20 })
        ?.path,
    ).toContain('startTime=1790000000000');
    const row = (time: number) =>
      `[${time},"1.0","2.0","0.5","1.5","10.0",${time + 59_999},"15.0",7,"1","1","0"]`;
    const body = `[${row(1_790_000_040_000)},${row(1_790_000_100_000)}]`;
    expect(rest.readCandles(body, '1m')).toEqual(
      [1_790_000_040_000, 1_790_000_100_000].map((openTime, index) => ({
        openTime,
        open: '1.0',
        high: '2.0',
        low: '0.5',
        close: '1.5',
        volume: '10.0',
        quoteVolume: '15.0',
        trades: 7,
        closed: index === 0,
        ownFigures: ['1', '1'],
      })),
    );
  });

  test('asks for trades after an id, and reads their aggressor', () => {
    expect(rest.trades('BTCUSDT', '41')?.path).toContain('fromId=42');
    expect(rest.trades('BTCUSDT', null)?.path).toBe('/api/v3/trades?symbol=BTCUSDT&limit=1000');
    const body =
      '[{"id":42,"price":"1.50","qty":"2","quoteQty":"3","time":1790000000000,"isBuyerMaker":true,"isBestMatch":true}]';
    expect(rest.readTrades(body)).toEqual([
      {
        id: '42',
        firstSequence: 42,
        lastSequence: 42,
        side: 'sell',
        price: '1.50',
        size: '2',
        tradeTime: 1_790_000_000_000,
      },
    ]);
  });

  test.each([
    [200, {}, '{}', { type: 'ok' }],
    [
      429,
      { 'retry-after': '17' },
      '{"code":-1003,"msg":"Too much request weight used."}',
      {
        type: 'rate-limited',
        retryAfterMs: 17_000,
        banned: false,
        text: 'Too much request weight used.',
      },
    ],
    [
      418,
      { 'retry-after': '300' },
      '{"code":-1003,"msg":"banned"}',
      { type: 'rate-limited', retryAfterMs: 300_000, banned: true, text: 'banned' },
    ],
    [
      403,
      {},
      '<html>',
      { type: 'rate-limited', retryAfterMs: null, banned: true, text: 'HTTP 403' },
    ],
    [
      400,
      {},
      '{"code":-1121,"msg":"Invalid symbol."}',
      { type: 'failed', code: '-1121', text: 'Invalid symbol.' },
    ],
    [503, {}, '', { type: 'failed', code: '503', text: 'HTTP 503' }],
  ])('classifies HTTP %i', (status, headers, body, verdict) => {
    expect(rest.classify({ status, headers, body })).toEqual(verdict);
  });
});
