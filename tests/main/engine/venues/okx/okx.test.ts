import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../../../src/main/engine/errors.ts';
import { checksumOf, sequencing } from '../../../../../src/main/engine/venues/okx/sequencing.ts';
import { createOkxVenue } from '../../../../../src/main/engine/venues/okx/venue.ts';
import { countingIds, eventsOf, framesOf, refusalOf } from '../../../../support/decoding.ts';

const venue = createOkxVenue();
const { rest } = venue;
const btc = { instrument: 'okx:BTC-USDT', venueSymbol: 'BTC-USDT' };

const snapshot =
  '{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[["84250.2","1.2","0","3"],["84250.3","0.8","0","2"]],"bids":[["84250.1","0.95","0","4"]],"ts":"1790000000123","checksum":0,"prevSeqId":-1,"seqId":82083114838}]}';
const update =
  '{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[["84250.2","0","0","0"]],"bids":[],"ts":"1790000000223","checksum":-617398428,"prevSeqId":82083114838,"seqId":82083114851}]}';
const trade =
  '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"1067468269","px":"84250.2","sz":"0.000011","side":"sell","ts":"1790000000364","count":"3","source":"0","seqId":82083114838}]}';

test('reads a snapshot whose checksum of zero means none', () => {
  expect(eventsOf(venue, snapshot)).toEqual([
    {
      type: 'book',
      ...btc,
      topic: 'books:BTC-USDT',
      channel: 'books:snapshot',
      venueTime: 1790000000123,
      kind: 'snapshot',
      bids: [['84250.1', '0.95']],
      asks: [
        ['84250.2', '1.2'],
        ['84250.3', '0.8'],
      ],
      sequence: { first: null, last: 82083114838, previous: null },
      checksum: null,
      rawLevels: null,
    },
  ]);
});

test('reads an update with the ids of its chain, and its texts where a checksum is sent', () => {
  expect(eventsOf(venue, update)).toMatchObject([
    {
      kind: 'delta',
      channel: 'books:update',
      sequence: { first: null, last: 82083114851, previous: 82083114838 },
      checksum: -617398428,
      rawLevels: { bids: [], asks: [['84250.2', '0']] },
    },
  ]);
  const old = update.replace(',"prevSeqId":82083114838,"seqId":82083114851', '');
  expect(eventsOf(venue, old)).toMatchObject([{ sequence: { last: -1, previous: null } }]);
});

test('reads a print with all the ids that it covers', () => {
  expect(eventsOf(venue, trade)).toEqual([
    {
      type: 'trade',
      ...btc,
      topic: 'trades:BTC-USDT',
      channel: 'trades',
      venueTime: 1790000000364,
      id: '1067468269',
      firstSequence: 1067468267,
      lastSequence: 1067468269,
      side: 'sell',
      price: '84250.2',
      size: '0.000011',
      tradeTime: 1790000000364,
      aggregate: false,
    },
  ]);
  const single = trade.replace(',"count":"3"', '');
  expect(eventsOf(venue, single)).toMatchObject([{ firstSequence: 1067468269 }]);
});

test('reads the best price, one side of which may be empty', () => {
  const top =
    '{"arg":{"channel":"bbo-tbt","instId":"BTC-USD-220624-50000-C"},"data":[{"asks":[["0.0015","8","0","1"]],"bids":[],"ts":"1654033343415","seqId":7}]}';
  expect(eventsOf(venue, top)).toEqual([
    {
      type: 'bbo',
      instrument: 'okx:BTC-USD-220624-50000-C',
      venueSymbol: 'BTC-USD-220624-50000-C',
      topic: 'bbo-tbt:BTC-USD-220624-50000-C',
      channel: 'bbo-tbt',
      venueTime: 1654033343415,
      bid: ['0', '0'],
      ask: ['0.0015', '8'],
      sequence: 7,
    },
  ]);
});

test('takes volumes of spot and of derivatives in their own units', () => {
  const tickers = framesOf('samples/okx-ws.ndjson').filter((text) => text.includes('"tickers"'));
  const volumes = tickers.map((text) => {
    const [event] = eventsOf(venue, text);
    const { venueSymbol, volume24hBase, volume24hQuote } = Object(event);
    return [venueSymbol, volume24hBase, volume24hQuote === null];
  });
  expect(volumes.length).toBe(6);
  expect(
    volumes.filter(([, , hasNoQuote]) => hasNoQuote === false).map(([symbol]) => symbol),
  ).toEqual(['BTC-USDT']);
});

test('reads candles of the business socket; days open at UTC', () => {
  const candle =
    '{"arg":{"channel":"candle1Dutc","instId":"BTC-USDT"},"data":[["1789948800000","84240","84260","84231.5","84250.2","12.081","1017721.4","1017721.5","1"]]}';
  expect(eventsOf(venue, candle)).toMatchObject([
    {
      type: 'candle',
      interval: '1d',
      venueInterval: '1Dutc',
      candle: {
        ...{ openTime: 1789948800000, volume: '12.081', quoteVolume: '1017721.5', closed: true },
        ownFigures: ['1017721.4', '1017721.5'],
      },
    },
  ]);
  // Nothing counts with the turnover in coins: what is wrong with it spoils no candle.
  const odd = candle.replace('"1017721.4"', '"a lot"');
  expect(eventsOf(venue, odd)).toMatchObject([{ candle: { volume: '12.081', ownFigures: [] } }]);
});

test('decodes every recorded sample without an error', () => {
  const types = [...framesOf('samples/okx-ws.ndjson'), ...framesOf('samples/okx-2026-ws.ndjson')]
    .flatMap((text) => eventsOf(venue, text))
    .map((event) => Object(event).type as string);
  expect(types.length).toBe(43);
  expect(new Set(types)).toEqual(
    new Set(['trade', 'other', 'book', 'bbo', 'candle', 'ticker', 'ack']),
  );
});

describe('control messages', () => {
  const ack = {
    type: 'ack',
    operation: 'subscribe',
    requestId: 'a1',
    topics: ['books:BTC-USDT'],
    outcome: 'accepted',
    rejectedTopic: null,
    code: '',
    text: '',
  };
  test.each([
    ['pong', { type: 'pong', requestId: null }],
    [
      '{"id":"a1","event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a4d3ae55"}',
      ack,
    ],
    [
      '{"event":"unsubscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a4d3ae55"}',
      { ...ack, operation: 'unsubscribe', requestId: null },
    ],
    [
      '{"event":"error","msg":"Subscribe failed, wrong URL or channel:candle1m,instId:BTC-USDT doesn\'t exist.","code":"60018","connId":"25ebf8bb","id":"a1"}',
      {
        ...ack,
        operation: 'other',
        topics: ['candle1m:BTC-USDT'],
        outcome: 'rejected',
        rejectedTopic: 'candle1m:BTC-USDT',
        code: '60018',
        text: "Subscribe failed, wrong URL or channel:candle1m,instId:BTC-USDT doesn't exist.",
      },
    ],
    [
      '{"event":"error","code":"60014","msg":"Requests too frequent","connId":"a4d3ae55"}',
      {
        ...ack,
        operation: 'other',
        requestId: null,
        topics: null,
        outcome: 'rate-limited',
        code: '60014',
        text: 'Requests too frequent',
      },
    ],
    [
      '{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade.","connId":"a"}',
      {
        type: 'notice',
        notice: 'shutdown',
        text: 'The connection will soon be closed for a service upgrade.',
      },
    ],
    [
      '{"event":"channel-conn-count","channel":"books","connCount":"2","connId":"a"}',
      { type: 'notice', notice: 'unknown', text: 'channel-conn-count' },
    ],
  ])('%s', (text, event) => {
    expect(eventsOf(venue, text)).toEqual([event]);
  });
});

test.each([
  ['Ping', 'not JSON'],
  [snapshot.replace('"snapshot"', '"partial"'), 'action is not snapshot or update'],
  [snapshot.replace('"seqId":82083114838', '"seqId":"82083114838"'), 'field is not a whole number'],
  [snapshot.replace('"1790000000123"', '1790000000123'), 'field is not a whole number'],
  [snapshot.replace('"0.95"', '"Infinity"'), 'not a plain decimal'],
  [snapshot.replace('BTC-USDT', 'btc-usdt'), 'not a symbol'],
  [snapshot.replace(/"data":.*/, '"data":[]}'), 'data is empty'],
  [snapshot.replace(/"data":.*/, '"data":[{},{}]}'), 'more than one book in a message'],
  [
    trade.replace('"instId":"BTC-USDT","tradeId"', '"instId":"ETH-USDT","tradeId"'),
    'arg and symbol differ',
  ],
  [trade.replace('"sell"', '"SELL"'), 'side is not buy or sell'],
  [trade.replace('"count":"3"', '"count":"0"'), 'count does not fit the trade id'],
  [trade.replace('1067468269', '99999999999999999999'), 'field is not a whole number'],
])('refuses %s, with nothing written', (text, reason) => {
  expect(refusalOf(venue, text)).toBe(reason);
});

test('chains by the predecessor, through empty updates and resets', () => {
  const check = (last: number, previous: number | null, received: number, joining = false) =>
    sequencing.check(last, { first: null, last: received, previous }, joining);
  expect([
    check(10, 10, 15),
    check(15, 15, 15),
    check(15, 15, 3),
    check(3, 3, 5),
    check(5, 3, 5),
    check(5, 7, 9),
    check(5, 1, 4),
    check(-1, null, -1),
  ]).toEqual(['apply', 'apply', 'apply', 'apply', 'ignore', 'gap', 'gap', 'apply']);
  expect([
    check(20, 10, 15, true),
    check(20, 10, 20, true),
    check(20, 15, 25, true),
    check(20, 20, 25, true),
    check(20, 22, 25, true),
  ]).toEqual(['ignore', 'ignore', 'apply', 'apply', 'early']);
});

test('computes the checksum over alternating sides and skips a missing one', () => {
  const view = (bids: readonly [string, string][], asks: readonly [string, string][]) => ({
    bid: (rank: number) => bids[rank] ?? null,
    ask: (rank: number) => asks[rank] ?? null,
  });
  const asks: [string, string][] = [
    ['84250.2', '1.2'],
    ['84250.3', '0.8'],
    ['84250.4', '1.5'],
  ];
  expect(
    checksumOf(
      view(
        [
          ['84250.1', '0.95'],
          ['84250', '2.1'],
        ],
        asks,
      ),
    ),
  ).toBe(1913041306);
  expect(
    checksumOf(
      view(
        [
          ['84250.1', '1.25'],
          ['84250', '2.1'],
        ],
        asks.slice(1),
      ),
    ),
  ).toBe(-617398428);
});

test('packs topics of one route into one frame, in their two parts', () => {
  const stream = { instrument: 'okx:BTC-USDT', channel: 'candle', interval: '4h' } as const;
  expect(venue.topicOf(stream, 'BTC-USDT')).toEqual({
    topic: 'candle4H:BTC-USDT',
    route: 'business',
  });
  expect(venue.topicOf({ ...stream, channel: 'bbo', interval: null }, 'BTC-USDT')).toEqual({
    topic: 'bbo-tbt:BTC-USDT',
    route: 'public',
  });
  expect(venue.subscribeFrames(['books:BTC-USDT', 'trades:BTC-USDT'], countingIds())).toEqual([
    {
      text: '{"id":"r1","op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"},{"channel":"trades","instId":"BTC-USDT"}]}',
      requestId: 'r1',
      topics: ['books:BTC-USDT', 'trades:BTC-USDT'],
    },
  ]);
});

test('decodes options, dated futures and inverse swaps under their own names, never as a market of ours', () => {
  const described = (symbol: string) => {
    const { instrument, marketKind, sizeUnit } = venue.describeSymbol(symbol, 'spot');
    return [instrument, marketKind, sizeUnit];
  };
  expect([
    described('BTC-USDT'),
    described('XMR-USDT-SWAP'),
    described('UNI-USD-SWAP'),
    described('TRX-USDT-210924'),
    described('BTC-USD-210924-42000-P'),
  ]).toEqual([
    ['okx:BTC-USDT', 'spot', 'base'],
    ['okx:XMR-USDT-PERP', 'linear', 'contracts'],
    ['okx:UNI-USD-SWAP', 'other', 'contracts'],
    ['okx:TRX-USDT-210924', 'other', 'contracts'],
    ['okx:BTC-USD-210924-42000-P', 'other', 'contracts'],
  ]);
  expect(() => venue.describeSymbol('BTC/USDT', 'spot')).toThrow(DecodeError);
});

describe('REST', () => {
  const envelope = (data: string) => `{"code":"0","msg":"","data":[${data}]}`;

  test('reads instruments and their state', () => {
    const row =
      '{"instId":"BTC-USDT","baseCcy":"BTC","quoteCcy":"USDT","tickSz":"0.1","lotSz":"0.00000001","minSz":"0.00001","state":"live"}';
    const list = rest.readInstruments(envelope(`${row},${row.replace('live', 'preopen')}`));
    expect(list.map((one) => [one.id, one.tickSize, one.lotSize, one.tradingStatus])).toEqual([
      ['okx:BTC-USDT', '0.1', '0.00000001', 'trading'],
      ['okx:BTC-USDT', '0.1', '0.00000001', 'preopen'],
    ]);
  });

  test('leaves out a listing that it cannot read, tells of it, and keeps the rest', () => {
    const row = (name: string, lot: string) =>
      `{"instId":"${name}","baseCcy":"BTC","quoteCcy":"USDT","tickSz":"0.1","lotSz":"${lot}","state":"live"}`;
    const list = [row('BTC-USDT', '1'), row('BTC/USDT', '1'), row('BTC-USDT', ''), '{}'];
    const skipped: string[] = [];
    const read = rest.readInstruments(envelope(list.join()), ({ reason }) => skipped.push(reason));
    expect(read.map((one) => one.lotSize)).toEqual(['1']);
    expect(skipped).toEqual(['not a symbol', 'field is not a plain decimal', 'unexpected answer']);
    expect(() => rest.readInstruments(envelope(list.slice(1).join()))).toThrow(DecodeError);
  });

  test('refuses a page of trades of which one row cannot be kept: a repair must not look whole', () => {
    const row = (price: string, size: string) =>
      `{"instId":"BTC-USDT","side":"sell","sz":"${size}","px":"${price}","tradeId":"9","ts":"1654161646974"}`;
    const page = (bad: string) => () => rest.readTrades(envelope(`${row('2', '3')},${bad}`));
    expect(page(row('2.0000', '3'))()).toHaveLength(2);
    expect(page('{"tradeId":8}')).toThrow(DecodeError);
    expect(page(row('0', '3'))).toThrow(DecodeError);
    expect(page(row('2', '0.0000000000000001'))).toThrow(DecodeError);
  });

  test('reads a book only with the id that a join needs', () => {
    const body = envelope(
      '{"asks":[["2","1","0","1"]],"bids":[["1","3","0","1"]],"ts":"1790000000000","seqId":77}',
    );
    expect(rest.readBookSnapshot(body, { price: 0, size: 0 })).toMatchObject({ lastSequence: 77 });
    const [old = ''] = framesOf('samples/okx-rest.ndjson');
    expect(() => rest.readBookSnapshot(old, { price: 0, size: 0 })).toThrow(DecodeError);
  });

  test('pages backwards with "after", and takes the newest from the short history', () => {
    const request = {
      venueSymbol: 'BTC-USDT',
      interval: '1d',
      from: null,
      before: null,
      limit: 500,
    } as const;
    expect(rest.candles(request)?.path).toBe(
      '/api/v5/market/candles?instId=BTC-USDT&bar=1Dutc&limit=300',
    );
    expect(
      rest.candles({ ...request, before: 1_790_000_000_000, from: 1_789_000_000_000 })?.path,
    ).toBe(
      '/api/v5/market/history-candles?instId=BTC-USDT&bar=1Dutc&limit=300&after=1790000000000&before=1788999999999',
    );
    const body = envelope(
      '["1790000040000","1","2","0.5","1.5","10","15","15","0"],["1789999980000","1","2","0.5","1","10","15","15","1"]',
    );
    expect(rest.readCandles(body, '1m').map((candle) => [candle.openTime, candle.closed])).toEqual([
      [1789999980000, true],
      [1790000040000, false],
    ]);
  });

  test('reads trades oldest first', () => {
    const row = (id: number) =>
      `{"instId":"BTC-USDT","side":"sell","sz":"0.1","px":"29963.2","tradeId":"${id}","ts":"1654161646974"}`;
    expect(rest.readTrades(envelope(`${row(9)},${row(8)}`)).map((one) => one.id)).toEqual([
      '8',
      '9',
    ]);
    expect(rest.readServerTime(envelope('{"ts":"1790000000382"}'))).toBe(1790000000382);
  });

  test.each([
    [200, '{"code":"0","msg":"","data":[]}', { type: 'ok' }],
    [
      200,
      '{"code":"50011","msg":"Too Many Requests","data":[]}',
      { type: 'rate-limited', retryAfterMs: null, banned: false, text: 'Too Many Requests' },
    ],
    [429, '', { type: 'rate-limited', retryAfterMs: null, banned: false, text: 'HTTP 429' }],
    [
      503,
      '{"code":"50001","msg":"Service temporarily unavailable","data":[]}',
      { type: 'failed', code: '50001', text: 'Service temporarily unavailable' },
    ],
    [
      200,
      '{"code":"51001","msg":"Instrument ID does not exist","data":[]}',
      { type: 'failed', code: '51001', text: 'Instrument ID does not exist' },
    ],
  ])('classifies HTTP %i %s', (status, body, verdict) => {
    expect(rest.classify({ status, headers: {}, body })).toEqual(verdict);
  });
});
