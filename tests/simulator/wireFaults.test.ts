import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { faultRecords } from '../../src/simulator/faults/faultRecords.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import type { ControlCommand, Simulator, SimVenueId } from '../../src/simulator/simulator.ts';
import { BinanceLimits } from '../../src/simulator/venues/binance/limits.ts';
import { emptyCounters } from '../../src/simulator/wire/counters.ts';
import type { VenueContext } from '../../src/simulator/wire/venueContext.ts';
import type { MemoryClient } from './support/memoryClient.ts';
import { connect, get, parseBody } from './support/memoryClient.ts';
import { startTime } from './support/start.ts';

const okxArgs = ['trades', 'books', 'bbo-tbt'].map((channel) => ({ channel, instId: 'BTC-USDT' }));
const requests: Readonly<Record<SimVenueId, object>> = {
  binance: {
    method: 'SUBSCRIBE',
    params: ['btcusdt@trade', 'btcusdt@depth@100ms', 'btcusdt@bookTicker', 'btcusdt@kline_1m'],
    id: 7,
  },
  bybit: {
    op: 'subscribe',
    req_id: '7',
    args: [
      'publicTrade.BTCUSDT',
      'orderbook.200.BTCUSDT',
      'orderbook.1.BTCUSDT',
      'kline.1.BTCUSDT',
    ],
  },
  okx: { op: 'subscribe', id: '7', args: okxArgs },
};
const paths = { binance: '/ws', bybit: '/v5/public/spot', okx: '/ws/v5/public' } as const;

function begin(
  venue: SimVenueId,
  { isSubscribed = true, messagesPerSec = 2_000 } = {},
): { simulator: Simulator; client: MemoryClient } {
  const simulator = createSimulator({
    seed: 51,
    startTime,
    messagesPerSec,
    assets: ['BTC', 'ETH'],
    historyDays: 2,
  });
  const client = connect(simulator, venue, paths[venue]);
  if (isSubscribed) client.sendJson(requests[venue]);
  run(simulator, 2_000);
  client.clear();
  return { simulator, client };
}

function run(simulator: Simulator, ms: number): void {
  simulator.advanceTo(simulator.now() + ms);
}

/** What came in the three seconds after the command. */
function strike(venue: SimVenueId, command: ControlCommand): readonly string[] {
  const { simulator, client } = begin(venue);
  expect(simulator.control(command)).toEqual({ ok: true });
  run(simulator, 3_000);
  return client.texts();
}

type Levels = readonly (readonly string[])[];

/** Sides of the book changes, whatever the dialect calls them. */
function changes(texts: readonly string[]): readonly { bids: Levels; asks: Levels }[] {
  return texts
    .filter((text) => /depthUpdate|orderbook\.200|"books"/.test(text))
    .map((text) => {
      const [, bids = '[]'] = /"(?:b|bids)":(\[(?:\[[^\]]*\],?)*\])/.exec(text) ?? [];
      const [, asks = '[]'] = /"(?:a|asks)":(\[(?:\[[^\]]*\],?)*\])/.exec(text) ?? [];
      return { bids: parseBody<Levels>(bids), asks: parseBody<Levels>(asks) };
    });
}

const stages = ['binance', 'bybit', 'okx'] as const;

test.each(stages)('%s: one level is told wrong while all else of the message is right', (venue) => {
  const plain = changes(strike(venue, { type: 'restore' }));
  const told = changes(
    strike(venue, { type: 'alterLevel', venue, form: 'size', market: 'BTC-USDT' }),
  );
  expect(told.length).toBe(plain.length);
  const differing = told.flatMap((book, index) => {
    const other = plain[index] ?? { bids: [], asks: [] };
    return [...book.bids, ...book.asks].filter(([, size], at) => {
      const [, trueSize] = [...other.bids, ...other.asks][at] ?? [];
      return Number(size) !== Number(trueSize);
    });
  });
  expect(differing.length).toBe(1);
});

test.each(stages)('%s: crossed, locked, doubled best and odd levels, each once', (venue) => {
  for (const form of [
    'best',
    'crossed',
    'locked',
    'zeroPrice',
    'hugeSize',
    'negativeSize',
  ] as const) {
    const { simulator, client } = begin(venue);
    simulator.control({ type: 'alterLevel', venue, form, market: 'BTC-USDT' });
    run(simulator, 3_000);
    const books = changes(client.texts());
    const odd = books
      .flatMap(({ bids }) => bids)
      .filter(([price, size]) => isOdd(form, price, size));
    const found = `${form} ${odd.length > 0}`;
    expect(found).toBe(`${form} true`);
  }
  const many = changes(strike(venue, { type: 'alterLevel', venue, form: 'thousand' }));
  expect(Math.max(...many.map(({ bids }) => bids.length))).toBeGreaterThan(999);
});

function isOdd(form: string, price = '', size = ''): boolean {
  if (form === 'zeroPrice') return Number(price) === 0;
  if (form === 'hugeSize') return Number(size) === 1e308;
  if (form === 'negativeSize') return Number(size) < 0;
  return size === '1';
}

test('the best price alone can be told wrong', () => {
  const form = 'size' as const;
  const texts = strike('binance', {
    type: 'alterLevel',
    venue: 'binance',
    form,
    stream: 'bookTicker',
    kind: 'state',
  });
  const plain = strike('binance', { type: 'restore' });
  const tops = (all: readonly string[]): readonly string[] =>
    all.filter((text) => text.includes('"B":'));
  expect(tops(texts)[0]).not.toBe(tops(plain)[0]);
  expect(tops(texts).slice(1)).toEqual(tops(plain).slice(1));
});

test.each(stages)('%s: a field comes inside the message, and one is missing', (venue) => {
  const extra = strike(venue, { type: 'corruptFrame', venue, form: 'extraInside' })[0] ?? '';
  expect(extra).toContain('"novelty":7');
  expect(() => parseBody(extra)).not.toThrow();
  const field = venue === 'okx' ? 'px' : 'p';
  const missing = strike(venue, {
    type: 'corruptFrame',
    venue,
    form: 'missing',
    field,
    kind: 'trade',
  });
  const trades = missing.filter((text) => /"trade"|publicTrade|"trades"/.test(text));
  expect(trades[0]).not.toContain(`"${field}":`);
  expect(() => parseBody(trades[0] ?? '')).not.toThrow();
  expect(trades[1]).toContain(`"${field}":`);
});

test('block trades carry their flag', () => {
  const texts = strike('bybit', {
    type: 'corruptFrame',
    venue: 'bybit',
    form: 'blockTrade',
    kind: 'trade',
    durationMs: 1_000,
  });
  expect(texts.some((text) => text.includes('"BT":true'))).toBe(true);
});

test('a frozen stream repeats its price under times that go on', () => {
  const texts = strike('bybit', {
    type: 'frozen',
    venue: 'bybit',
    kind: 'diff',
    stream: 'orderbook.200',
    durationMs: 10_000,
  }).filter((text) => text.includes('orderbook.200'));
  const read = texts.map((text) => parseBody<{ ts: number; data: { u: number } }>(text));
  expect(new Set(read.map(({ data }) => data.u)).size).toBe(1);
  expect((read.at(-1)?.ts ?? 0) - (read[0]?.ts ?? 0)).toBeGreaterThan(2_000);
});

test.each(['binance', 'bybit'] as const)(
  '%s: a bar that never closes, and one that is revised',
  (venue) => {
    const closed = /"x":true|"confirm":true/;
    for (const form of ['neverClosed', 'revised'] as const) {
      // A minute has to pass: its bar needs no crowd.
      const { simulator, client } = begin(venue, { messagesPerSec: 200 });
      simulator.control({ type: 'candle', venue, form });
      run(simulator, 62_000);
      const bars = client.texts().filter((text) => closed.test(text));
      expect(bars.length).toBe(form === 'neverClosed' ? 0 : 2);
      if (form === 'revised') expect(bars[0]).not.toBe(bars[1]);
    }
  },
);

test('history comes in the other order, or with a row twice', () => {
  const path = '/v5/market/kline?category=spot&symbol=BTCUSDT&interval=1&limit=5';
  const times = (simulator: Simulator): readonly number[] =>
    parseBody<{ result: { list: string[][] } }>(get(simulator, 'bybit', path).text).result.list.map(
      ([time]) => Number(time),
    );
  const { simulator } = begin('bybit');
  const plain = times(simulator);
  simulator.control({ type: 'historyAnswer', venue: 'bybit', form: 'reversed', path: 'kline' });
  expect(times(simulator)).toEqual(plain.toReversed());
  simulator.control({ type: 'historyAnswer', venue: 'bybit', form: 'repeated', path: 'kline' });
  expect(times(simulator)).toEqual([plain[0], ...plain]);
  expect(times(simulator)).toEqual(plain);
});

test('pings come in a flood, and a notice may end in a cut', () => {
  const { simulator, client } = begin('binance');
  client.answersPings = false;
  simulator.control({ type: 'pingFlood', venue: 'binance', perSec: 50, durationMs: 1_000 });
  run(simulator, 1_000);
  expect(client.pings.length).toBe(50);
  simulator.control({ type: 'shutdown', venue: 'binance', leadMs: 500, end: 'cut' });
  run(simulator, 600);
  expect(client.texts().some((text) => text.includes('serverShutdown'))).toBe(true);
  expect(client.ended).toEqual({ code: 1006, reason: '' });
});

test('answers come out of turn, flat, with an unknown code, or claim a second subscription', () => {
  const answers = (
    venue: SimVenueId,
    form: 'reorder' | 'flat' | 'unknownCode' | 'alreadySubscribed',
  ) => {
    const { simulator, client } = begin(venue, { isSubscribed: false });
    simulator.control({ type: 'ack', venue, form, count: 2 });
    return client;
  };
  const swapped = answers('bybit', 'reorder');
  swapped.sendJson({ op: 'subscribe', req_id: 'first', args: ['publicTrade.BTCUSDT'] });
  swapped.sendJson({ op: 'subscribe', req_id: 'second', args: ['publicTrade.ETHUSDT'] });
  const ids = swapped.texts().flatMap((text) => /"req_id":"(\w+)"/.exec(text)?.[1] ?? []);
  expect(ids).toEqual(['second', 'first']);
  const flat = answers('binance', 'flat');
  flat.sendJson({ method: 'NOTHING', id: 3 });
  expect(parseBody<object>(flat.texts()[0] ?? '')).toMatchObject({ code: 2, id: 3 });
  for (const venue of stages) {
    const unknown = answers(venue, 'unknownCode');
    unknown.sendJson(requests[venue]);
    expect(unknown.texts()[0]).toContain('Something else went wrong');
    expect(() => parseBody(unknown.texts()[0] ?? '')).not.toThrow();
  }
  const twice = answers('bybit', 'alreadySubscribed');
  twice.sendJson(requests.bybit);
  expect(twice.texts()[0]).toContain('already subscribed');
});

test('each ban of Binance is twice as long as the one before, up to three days', () => {
  let now = startTime;
  const counters = emptyCounters();
  const context = { now: () => now, limits: true, counters } as unknown as VenueContext;
  const limits = new BinanceLimits(context);
  const bans: number[] = [];
  for (let round = 0; round < 13; round += 1) {
    while (limits.request('client', 250).allowed) continue;
    const ban = limits.request('client', 1);
    expect(ban).toMatchObject({ allowed: false, status: 418 });
    bans.push(ban.allowed ? 0 : ban.retryAfterSeconds);
    now += 1_000;
    // Who goes on asking is refused, and does not prolong it.
    const again = limits.connect('client');
    expect(again).toEqual({ ...ban, retryAfterSeconds: (bans.at(-1) ?? 0) - 1 });
    expect(limits.request('another', 1).allowed).toBe(true);
    now += (bans.at(-1) ?? 0) * 1_000;
  }
  expect(bans).toEqual(bans.map((_ban, index) => Math.min(259_200, 120 * 2 ** index)));
  expect(counters.bans).toBe(13);
});

test('the manual names every fault, and every fault of the protocols has a command', () => {
  const manual = readFileSync(new URL('../../docs/simulator.md', import.meta.url), 'utf8');
  const missing = faultRecords
    .map(({ type }) => type)
    .filter((type) => !manual.includes(`'${type}'`));
  expect(missing).toEqual([]);
  for (let row = 1; row <= 30; row += 1)
    expect(manual).toMatch(new RegExp(`\\| F${row} [^|]+ +\\| .*\\w`));
});
