import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../../../src/main/engine/errors.ts';
import { sequencing } from '../../../../../src/main/engine/venues/bybit/sequencing.ts';
import { createBybitVenue } from '../../../../../src/main/engine/venues/bybit/venue.ts';
import { countingIds, eventsOf, refusalOf } from '../../../../support/decoding.ts';

const venue = createBybitVenue();
const { rest } = venue;
const btc = { instrument: 'bybit:BTC-USDT', venueSymbol: 'BTCUSDT' };

const book =
  '{"topic":"orderbook.200.BTCUSDT","ts":1790000000130,"type":"snapshot","data":{"s":"BTCUSDT","b":[["84250.1","0.95"],["84250","2.1"]],"a":[["84250.2","1.2"]],"u":18521288,"seq":115058638774},"cts":1790000000126}';
const trades =
  '{"topic":"publicTrade.BTCUSDT","ts":1790000000231,"type":"snapshot","data":[{"i":"2290000001225843671","T":1790000000230,"p":"84250.2","v":"0.001466","S":"Buy","seq":1,"s":"BTCUSDT","BT":false,"RPI":false},{"i":"2290000001225843672","T":1790000000231,"p":"84250","v":"1","S":"Sell","seq":1,"s":"BTCUSDT","BT":false,"RPI":false}]}';

test('reads a snapshot and a delta, whatever the order of the keys', () => {
  const event = {
    type: 'book',
    ...btc,
    topic: 'orderbook.200.BTCUSDT',
    channel: 'orderbook.200:snapshot',
    venueTime: 1790000000130,
    kind: 'snapshot',
    bids: [
      ['84250.1', '0.95'],
      ['84250', '2.1'],
    ],
    asks: [['84250.2', '1.2']],
    sequence: { first: null, last: 18521288, previous: null },
    checksum: null,
    rawLevels: null,
  };
  expect(eventsOf(venue, book)).toEqual([event]);
  const reordered =
    '{"data":{"seq":1,"u":18521289,"a":[],"b":[["84250.1","0"]],"s":"BTCUSDT"},"type":"delta","cts":1,"ts":1790000000150,"topic":"orderbook.200.BTCUSDT"}';
  expect(eventsOf(venue, reordered)).toMatchObject([
    { kind: 'delta', channel: 'orderbook.200:delta', bids: [['84250.1', '0']], asks: [] },
  ]);
});

test('reads the level-1 book as the best price', () => {
  const top = book.replace('orderbook.200', 'orderbook.1').replace(',["84250","2.1"]', '');
  expect(eventsOf(venue, top)).toEqual([
    {
      type: 'bbo',
      ...btc,
      topic: 'orderbook.1.BTCUSDT',
      channel: 'orderbook.1:snapshot',
      venueTime: 1790000000130,
      bid: ['84250.1', '0.95'],
      ask: ['84250.2', '1.2'],
      sequence: null,
    },
  ]);
  expect(eventsOf(venue, top.replace('[["84250.2","1.2"]]', '[]'))).toMatchObject([
    { bid: ['84250.1', '0.95'], ask: ['0', '0'] },
  ]);
});

test('reads every trade of a message, with ids beyond 2^53 as text', () => {
  const common = {
    type: 'trade',
    ...btc,
    topic: 'publicTrade.BTCUSDT',
    channel: 'publicTrade:snapshot',
    venueTime: 1790000000231,
    firstSequence: null,
    lastSequence: null,
    aggregate: false,
  };
  expect(eventsOf(venue, trades)).toEqual([
    {
      ...common,
      id: '2290000001225843671',
      side: 'buy',
      price: '84250.2',
      size: '0.001466',
      tradeTime: 1790000000230,
    },
    {
      ...common,
      id: '2290000001225843672',
      side: 'sell',
      price: '84250',
      size: '1',
      tradeTime: 1790000000231,
    },
  ]);
});

test('an absent field of a ticker delta means unchanged', () => {
  const delta =
    '{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","bid1Price":"65114.20","turnover24h":"12.50"},"cs":753843907770,"ts":1786310817883}';
  expect(eventsOf(venue, delta, { marketKind: 'linear' })).toEqual([
    {
      type: 'ticker',
      instrument: 'bybit:BTC-USDT-PERP',
      venueSymbol: 'BTCUSDT',
      topic: 'tickers.BTCUSDT',
      channel: 'tickers:delta',
      venueTime: 1786310817883,
      kind: 'delta',
      last: null,
      open24h: null,
      high24h: null,
      low24h: null,
      volume24hBase: null,
      volume24hQuote: '12.50',
    },
  ]);
});

test('reads candles and tells closed ones', () => {
  const kline =
    '{"topic":"kline.60.BTCUSDT","type":"snapshot","ts":1790000000988,"data":[{"start":1789999200000,"end":1790002799999,"interval":"60","open":"84240","close":"84250.2","high":"84260","low":"84231.5","volume":"12.081","turnover":"1017721.4","confirm":true,"timestamp":1790000000982}]}';
  expect(eventsOf(venue, kline)).toMatchObject([
    {
      type: 'candle',
      channel: 'kline.60:snapshot',
      interval: '1h',
      venueInterval: '60',
      candle: {
        openTime: 1789999200000,
        close: '84250.2',
        quoteVolume: '1017721.4',
        trades: null,
        closed: true,
      },
    },
  ]);
});

describe('control messages', () => {
  const ack = {
    type: 'ack',
    operation: 'subscribe',
    requestId: 's1',
    topics: null,
    outcome: 'accepted',
    rejectedTopic: null,
    code: '',
  };
  test.each([
    [
      '{"success":true,"ret_msg":"subscribe","conn_id":"c","req_id":"s1","op":"subscribe"}',
      { ...ack, text: 'subscribe' },
    ],
    [
      '{"success":true,"ret_msg":"","conn_id":"c","req_id":"","op":"unsubscribe"}',
      { ...ack, operation: 'unsubscribe', requestId: null, text: '' },
    ],
    [
      '{"success":false,"ret_msg":"error:handler not found,topic:orderbook.50.NOPEUSDT","conn_id":"c","req_id":"s1","op":"subscribe"}',
      {
        ...ack,
        outcome: 'rejected',
        rejectedTopic: 'orderbook.50.NOPEUSDT',
        text: 'error:handler not found,topic:orderbook.50.NOPEUSDT',
      },
    ],
    [
      '{"success":false,"ret_msg":"error:already subscribed,topic:orderbook.1.ETHUSDT","conn_id":"c","req_id":"s1","op":"subscribe"}',
      {
        ...ack,
        outcome: 'already-subscribed',
        rejectedTopic: 'orderbook.1.ETHUSDT',
        text: 'error:already subscribed,topic:orderbook.1.ETHUSDT',
      },
    ],
    [
      '{"success":true,"ret_msg":"pong","conn_id":"c","req_id":"p1","op":"ping"}',
      { type: 'pong', requestId: 'p1' },
    ],
    ['{"args":["1790000000123"],"op":"pong"}', { type: 'pong', requestId: null }],
    ['{"anything":1}', { type: 'notice', notice: 'unknown', text: '{"anything":1}' }],
  ])('%s', (text, event) => {
    expect(eventsOf(venue, text)).toEqual([event]);
  });
});

test.each([
  ['error', 'not JSON'],
  ['[]', 'frame is not an object'],
  [book.replace('"snapshot"', '"partial"'), 'type is not snapshot or delta'],
  [book.replace('"s":"BTCUSDT"', '"s":"ETHUSDT"'), 'topic and symbol differ'],
  [book.replace('"u":18521288', '"u":null'), 'field is not a whole number'],
  [book.replace('84250.1', 'NaN'), 'not a plain decimal'],
  [book.replace('"0.95"', '0.95'), 'level is not price and size'],
  [book.replaceAll('BTCUSDT', 'btcusdt'), 'not a symbol'],
  [trades.replace('"Sell"', '"sell"'), 'side is not Buy or Sell'],
  [trades.replace('"p":"84250"', '"p":"-84250"'), 'not a plain decimal'],
  [trades.replace('"T":1790000000231', '"T":5'), 'time out of range'],
  [trades.replace(/"i":"\d+2"/, `"i":"${'9'.repeat(65)}"`), 'trade id has no fit length'],
])('refuses %s, with nothing written', (text, reason) => {
  expect(refusalOf(venue, text)).toBe(reason);
});

test('continues by exactly one; a first id is a restart', () => {
  const check = (last: number, received: number) =>
    sequencing.check(last, { first: null, last: received, previous: null }, false);
  expect([check(7, 8), check(7, 7), check(7, 3), check(7, 1), check(7, 9), check(0, 1)]).toEqual([
    'apply',
    'ignore',
    'ignore',
    'reset',
    'gap',
    'apply',
  ]);
});

test('subscribes at most ten topics a frame, and has no seconds', () => {
  const topics = Array.from({ length: 23 }, (_, index) => `publicTrade.S${index}`);
  const frames = venue.subscribeFrames(topics, countingIds());
  expect(frames.map((frame) => frame.topics.length)).toEqual([10, 10, 3]);
  expect(frames[2]?.text).toBe(
    '{"req_id":"r3","op":"subscribe","args":["publicTrade.S20","publicTrade.S21","publicTrade.S22"]}',
  );
  const topic = (channel: 'candle' | 'book' | 'bbo', interval: '1s' | '1d' | null) =>
    venue.topicOf({ instrument: 'bybit:BTC-USDT', channel, interval }, 'BTCUSDT')?.topic ?? null;
  expect([
    topic('candle', '1s'),
    topic('candle', '1d'),
    topic('book', null),
    topic('bbo', null),
  ]).toEqual([null, 'kline.D.BTCUSDT', 'orderbook.200.BTCUSDT', 'orderbook.1.BTCUSDT']);
});

test('describes symbols of its product families', () => {
  const described = (symbol: string, kind: 'spot' | 'linear') =>
    venue.describeSymbol(symbol, kind).instrument;
  expect([
    described('BTCUSDT', 'spot'),
    described('ETHBTC', 'spot'),
    described('DOGEUSDT', 'linear'),
    described('BTCPERP', 'linear'),
    described('BTC-26JUN26', 'linear'),
    described('1000PEPEUSDT', 'linear'),
  ]).toEqual([
    'bybit:BTC-USDT',
    'bybit:ETH-BTC',
    'bybit:DOGE-USDT-PERP',
    'bybit:BTC-USDC-PERP',
    'bybit:BTC-26JUN26',
    'bybit:1000PEPE-USDT-PERP',
  ]);
  expect(() => venue.describeSymbol('btcusdt', 'spot')).toThrow(DecodeError);
});

describe('REST', () => {
  const envelope = (result: string) =>
    `{"retCode":0,"retMsg":"OK","result":${result},"retExtInfo":{},"time":1790000000382}`;

  test('reads instruments', () => {
    const body = envelope(
      '{"category":"spot","list":[{"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","status":"Trading","priceFilter":{"tickSize":"0.1"},"lotSizeFilter":{"basePrecision":"0.000001"}},{"symbol":1}]}',
    );
    expect(rest.readInstruments(body)).toEqual([
      {
        id: 'bybit:BTC-USDT',
        venue: 'bybit',
        venueSymbol: 'BTCUSDT',
        market: 'BTC-USDT',
        marketKind: 'spot',
        base: 'BTC',
        quote: 'USDT',
        tickSize: '0.1',
        lotSize: '0.000001',
        sizeUnit: 'base',
        tradingStatus: 'trading',
      },
    ]);
  });

  test('leaves out a listing that it cannot read, tells of it, and keeps the rest', () => {
    const row = (symbol: string, tickSize: string) =>
      `{"symbol":"${symbol}","baseCoin":"BTC","quoteCoin":"USDT","status":"Trading","priceFilter":{"tickSize":"${tickSize}"},"lotSizeFilter":{"basePrecision":"0.000001"}}`;
    const list = [
      row('BTCUSDT', '0.1'),
      row('b t c', '0.1'),
      row('BTCUSDT', '1e-7'),
      row('BTCUSDT', '0.0000000000000001'),
      '{"symbol":1}',
    ];
    const skipped: string[] = [];
    const body = envelope(`{"category":"spot","list":[${list.join()}]}`);
    const read = rest.readInstruments(body, (error) => skipped.push(error.reason));
    expect(read.map((one) => one.tickSize)).toEqual(['0.1']);
    expect(skipped).toEqual([
      'not a symbol',
      'field is not a plain decimal',
      'too many decimals',
      'unexpected answer',
    ]);
    const nothing = envelope(`{"category":"spot","list":[${list.slice(1).join()}]}`);
    expect(() => rest.readInstruments(nothing)).toThrow(DecodeError);
  });

  test('refuses a page of trades of which one row cannot be kept: a repair must not look whole', () => {
    const row = (price: string, size: string) =>
      `{"execId":"9","symbol":"BTCUSDT","price":"${price}","size":"${size}","side":"Sell","time":"1790000000002"}`;
    const page = (bad: string) => () =>
      rest.readTrades(envelope(`{"list":[${row('2', '3')},${bad}]}`));
    expect(page(row('2.0000', '3'))()).toHaveLength(2);
    expect(page('{"execId":8}')).toThrow(DecodeError);
    expect(page(row('0', '3'))).toThrow(DecodeError);
    expect(page(row('2', '0.0000000000000001'))).toThrow(DecodeError);
    expect(page(row('2', '9007199254740993'))).toThrow(DecodeError);
  });

  test('turns candles that come newest first', () => {
    const body = envelope(
      '{"category":"spot","symbol":"BTCUSDT","list":[["1790000040000","2","3","1","2.5","7","14"],["1789999980000","1","2","0.5","2","5","9"]]}',
    );
    expect(
      rest.readCandles(body, '1m').map((candle) => [candle.openTime, candle.close, candle.closed]),
    ).toEqual([
      [1789999980000, '2', true],
      [1790000040000, '2.5', false],
    ]);
    const request = { venueSymbol: 'BTCUSDT', from: null, before: null, limit: 10 };
    expect(rest.candles({ ...request, interval: '1s' })).toBeNull();
    expect(rest.candles({ ...request, interval: '4h' })?.path).toContain('interval=240');
  });

  test('reads trades oldest first, time and ticker', () => {
    const body = envelope(
      '{"list":[{"execId":"9","symbol":"BTCUSDT","price":"2","size":"3","side":"Sell","time":"1790000000002","isBlockTrade":false},{"execId":"8","symbol":"BTCUSDT","price":"1","size":"1","side":"Buy","time":"1790000000001","isBlockTrade":false}]}',
    );
    expect(rest.readTrades(body).map((trade) => [trade.id, trade.side, trade.tradeTime])).toEqual([
      ['8', 'buy', 1790000000001],
      ['9', 'sell', 1790000000002],
    ]);
    expect(rest.readServerTime(envelope('{"timeSecond":"1790000000"}'))).toBe(1790000000382);
    const ticker = envelope(
      '{"list":[{"symbol":"BTCUSDT","lastPrice":"2","prevPrice24h":"1","highPrice24h":"3","lowPrice24h":"0.5","volume24h":"10","turnover24h":"20"}]}',
    );
    expect(rest.readTicker(ticker, 'BTCUSDT', 'bybit:BTC-USDT')).toMatchObject({
      last: '2',
      open24h: '1',
      volume24hQuote: '20',
    });
    expect(() => rest.readTicker(ticker, 'ETHUSDT', 'bybit:ETH-USDT')).toThrow(DecodeError);
    expect(() => rest.readTrades('{"retCode":10001,"retMsg":"params error","result":{}}')).toThrow(
      '10001 params error',
    );
  });

  test.each([
    [200, {}, '{"retCode":0,"retMsg":"OK"}', { type: 'ok' }],
    [
      200,
      {},
      '{"retCode":10006,"retMsg":"Too many visits!"}',
      { type: 'rate-limited', retryAfterMs: 5_000, banned: false, text: 'Too many visits!' },
    ],
    [
      403,
      {},
      'access too frequent',
      { type: 'rate-limited', retryAfterMs: null, banned: true, text: 'HTTP 403' },
    ],
    [
      200,
      {},
      '{"retCode":10001,"retMsg":"params error"}',
      { type: 'failed', code: '10001', text: 'params error' },
    ],
    [502, {}, 'bad gateway', { type: 'failed', code: '502', text: 'HTTP 502' }],
  ])('classifies HTTP %i', (status, headers, body, verdict) => {
    expect(rest.classify({ status, headers, body })).toEqual(verdict);
  });
});
