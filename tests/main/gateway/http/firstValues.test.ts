import { afterEach, expect, test } from 'vitest';
import { apiPaths } from '../../../../src/shared/gateway/paths.ts';
import { FakeCore } from '../../../support/fakeCore.ts';
import { FakeMarketFeed, priceValue } from '../../../support/fakeMarketFeed.ts';
import { openBench } from '../streams/streamBench.ts';
import type { StreamBench } from '../streams/streamBench.ts';

const market = 'BTC-USDT';
const benches: StreamBench[] = [];
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close();
});

/** A gateway on virtual time, and a feed that tells nothing by itself. */
async function open(limits: { readonly maxWaitingSnapshots?: number } = {}) {
  const clock: { now: () => number } = { now: () => 0 };
  const feed = new FakeMarketFeed(() => clock.now());
  const bench = await openBench({ openFeed: () => feed, limits });
  clock.now = bench.now;
  benches.push(bench);
  const core = new FakeCore(bench.now);
  const tell = {
    price: () => feed.price(market, 5),
    ticker: () => {
      const tickers = core.tickersOf(market);
      feed.state(`ticker.${market}`, { kind: 'ticker', market, tickers });
    },
    book: () => {
      const book = core.bookView({ market, venue: null, group: '0', rows: 5, muted: [] });
      feed.state(`orderbook.${market}`, { kind: 'orderbook', book });
    },
    trades: () => feed.trade(market),
  };
  /** What has no value yet is told as that. */
  const tellNone = (): void => {
    const contributors = core
      .priceOf(market)
      .contributors.map((part) => ({ ...part, status: 'subscribing' as const, price: null }));
    const changes = { price: null, status: 'none' as const, contributors };
    const price = priceValue(market, 0, bench.now(), changes);
    feed.state(`price.${market}`, { kind: 'price', price });
  };
  return { bench, feed, tell, tellNone };
}

type Opened = Awaited<ReturnType<typeof open>>;

function ask({ bench }: Opened, path: string, signal?: AbortSignal) {
  const seen: { status: number | null; body: Readonly<Record<string, unknown>> } = {
    ...{ status: null, body: {} },
  };
  const headers = { authorization: `Bearer ${bench.key}` };
  const url = `${bench.gateway.origin}${apiPaths.markets}/${market}/${path}`;
  const asked = fetch(url, { headers, ...(signal === undefined ? {} : { signal }) });
  asked
    .then(async (response) => {
      seen.body = (await response.json()) as typeof seen.body;
      seen.status = response.status;
    })
    .catch(() => undefined);
  return seen;
}

const table = [
  ['price', ['price'], ['price']],
  ['ticker', ['ticker'], ['ticker']],
  ['book', ['orderbook'], ['book']],
  ['trades', ['trades', 'price'], ['trades', 'price']],
  ['candles', ['price'], ['price']],
] as const;

test.each(table)(
  'the first %s of a market that nobody follows is answered when its value has come',
  async (path, kinds, told) => {
    const opened = await open();
    const { bench, feed, tell, tellNone } = opened;
    const answer = ask(opened, path);
    const isWanted = (): boolean =>
      kinds.every((kind) => feed.wanted.includes(`${kind}.${market}`));
    await bench.until(isWanted, 'it is wanted');
    tellNone();
    await bench.pass(1_500);
    expect(answer.status).toBe(null);
    for (const kind of told) tell[kind]();
    await bench.until(() => answer.status !== null, 'it is answered');
    expect(answer).toMatchObject({ status: 200, body: { status: 'live' } });
    await bench.until(() => feed.wanted.length === 0, 'nothing is wanted any more');
  },
);

test.each(table)('a first %s that does not come is told as none after 3 s', async (path) => {
  const opened = await open();
  const { bench, feed } = opened;
  const answer = ask(opened, path);
  await bench.until(() => feed.wanted.length > 0, 'it is wanted');
  await bench.pass(2_750);
  expect(feed.wanted.length).toBeGreaterThan(0);
  expect(answer.status).toBe(null);
  await bench.pass(500);
  expect(feed.wanted).toEqual([]);
  await bench.until(() => answer.status !== null, 'it is answered');
  expect(answer).toMatchObject({ status: 200, body: { status: 'none', ageMs: null } });
});

test('what a stream follows is answered at once, also where it has no value', async () => {
  const opened = await open();
  const { bench, tellNone } = opened;
  await bench.stream(`/api/stream?channels=price.${market}`);
  tellNone();
  await bench.pass(3_000);
  const answer = ask(opened, 'price');
  await bench.arrives(() => answer.status !== null, 'it is answered in no time');
  expect(answer).toMatchObject({ status: 200, body: { status: 'none' } });
});

test('a client that goes is not waited for, and its page of candles is not asked for', async () => {
  const opened = await open();
  const { bench, feed } = opened;
  let pages = 0;
  const load = feed.candles.bind(feed);
  feed.candles = (request) => {
    pages += 1;
    return load(request);
  };
  const leaving = new AbortController();
  ask(opened, 'candles', leaving.signal);
  ask(opened, 'trades', leaving.signal);
  await bench.until(() => feed.wanted.length === 2, 'they are wanted');
  const fromMs = bench.clock.monotonicMs();
  leaving.abort();
  await bench.until(() => feed.wanted.length === 0, 'nothing is wanted any more');
  expect(bench.clock.monotonicMs() - fromMs).toBeLessThan(2_500);
  expect(pages).toBe(0);
  const staying = ask(opened, 'candles');
  await bench.until(() => staying.status !== null, 'another is answered');
  expect(pages).toBe(1);
});

test('one client has so many requests waiting, and is told when to ask again [G06]', async () => {
  const opened = await open({ maxWaitingSnapshots: 2 });
  const { bench, feed, tell } = opened;
  const waiting = [ask(opened, 'price'), ask(opened, 'book')];
  await bench.until(() => feed.wanted.length === 2, 'they are wanted');
  const refused = ask(opened, 'ticker');
  await bench.until(() => refused.status !== null, 'it is refused');
  expect(refused).toMatchObject({ status: 429, body: { error: { code: 'RATE_LIMITED' } } });
  tell.price();
  tell.book();
  await bench.until(() => waiting.every(({ status }) => status === 200), 'they are answered');
  const again = ask(opened, 'ticker');
  await bench.until(() => feed.wanted.includes(`ticker.${market}`), 'it is wanted');
  tell.ticker();
  await bench.until(() => again.status === 200, 'it is answered');
});
