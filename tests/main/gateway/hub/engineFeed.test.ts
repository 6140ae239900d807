import { expect, onTestFinished, test } from 'vitest';
import { createMarketHub } from '../../../../src/main/gateway/hub/createMarketHub.ts';
import { openEngineFeed } from '../../../../src/main/gateway/hub/engineFeed.ts';
import type { FeedLoss, Publication } from '../../../../src/main/gateway/hub/marketFeed.ts';
import { createFakeEngineHost } from '../../../support/fakeEngineHost.ts';
import { CoreEngineHost } from '../../../support/coreEngineHost.ts';
import { FakeSink, startWallMs, subscribeTo } from '../../../support/hubClients.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

function setUp() {
  const virtual = new VirtualClock();
  const wallMs = (): number => startWallMs + virtual.monotonicMs();
  const host = new CoreEngineHost(virtual, wallMs);
  const clock = {
    monotonicMs: () => virtual.monotonicMs(),
    wallMs,
    after: (delayMs: number, run: () => void) => virtual.after(delayMs, run),
  };
  const published: Publication[] = [];
  const losses: FeedLoss[] = [];
  const feed = openEngineFeed({ host, clock });
  const listen = feed.listen.bind(feed);
  feed.listen = (listener) =>
    listen({
      onPublished(publications) {
        published.push(...publications);
        listener.onPublished(publications);
      },
      onLost(loss) {
        losses.push(loss);
        listener.onLost(loss);
      },
      onLink: (isUp, message) => listener.onLink(isUp, message),
      onSource: (source) => listener.onSource(source),
    });
  const hub = createMarketHub({ feed, clock, version: '1', log: () => undefined });
  onTestFinished(() => hub.close());
  /** Time passes in steps, and what was sent in between arrives. */
  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 4) {
      virtual.advance(4);
      for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
    }
  };
  const connect = (...channels: readonly string[]) => {
    const out = new FakeSink();
    const principal = { user: null, family: null, expiresTime: null };
    const session = hub.open({ transport: 'websocket', principal, address: 'here', sink: out });
    if ('code' in session) throw new Error(session.message);
    const answer = session.subscribe(subscribeTo(channels));
    return { session, sink: out, answer };
  };
  return { virtual, host, feed, hub, published, losses, pass, connect };
}

/** A feed alone, of an engine that says what the test tells it to. */
function openFeed() {
  const virtual = new VirtualClock();
  const host = createFakeEngineHost();
  const clock = {
    monotonicMs: () => virtual.monotonicMs(),
    wallMs: () => startWallMs,
    after: (delayMs: number, run: () => void) => virtual.after(delayMs, run),
  };
  const feed = openEngineFeed({ host, clock });
  return { virtual, host, feed };
}

test('a hub on an engine tells every channel as a program that wants what its clients want', async () => {
  const { host, hub, pass, connect, published } = setUp();
  await pass(8);
  expect(host.attached).toEqual([]);
  const { sink, answer } = connect(
    ...['price.BTC-USDT', 'ticker.BTC/USDT', 'orderbook.BTC@okx', 'trades.BTCUSDT'],
    ...['candles.BTC-USDT', 'gaps', 'health'],
  );
  expect(answer.rejected).toEqual([]);
  await pass(400);
  expect(host.attached).toMatchObject([{ isProgram: true }]);
  host.core.trade('BTC-USDT', 'okx');
  const candle = host.core.closeCandle('BTC-USDT', null, '1m');
  host.core.gap({
    ...{ id: 1, venue: 'okx', instrument: 'okx:BTC-USDT', channel: 'trade', cause: 'disconnect' },
    ...{ from: 1, to: null, firstId: null, lastId: null, missing: null, repairedBy: null },
  });
  await pass(400);
  const types = ['price_update', 'ticker_update', 'orderbook_update', 'trade_update'];
  expect(new Set(sink.updates.map(({ type }) => type))).toEqual(
    new Set([...types, 'candle_update', 'gap_update', 'health_update']),
  );
  expect(
    sink
      .of('ticker_update')
      .at(-1)
      ?.venues.map(({ venue }) => venue),
  ).toEqual([...['binance', 'bybit', 'okx']]);
  const book = sink.of('orderbook_update').at(-1);
  expect([book?.venue, book?.bids.length, book?.status]).toEqual(['okx', 20, 'live']);
  const closed = sink.of('candle_update').filter((update) => update.candle.closed);
  expect(closed.map((update) => update.candle.openTime)).toEqual([candle.candle.openTime]);
  expect(sink.of('trade_update')).toMatchObject([
    { seq: 1, trade: { venue: 'okx', id: '1000001' } },
  ]);
  expect(sink.of('gap_update')).toMatchObject([{ seq: 1, symbol: 'BTC-USDT', gap: { id: 1 } }]);
  expect(hub.status()?.venuesLive).toBe(3);
  expect(published.every(({ source, epoch }) => source === 'live' && epoch.endsWith('-1'))).toBe(
    true,
  );
});

test('what the engine had before is for snapshots, and what comes is news under the next numbers', async () => {
  const { host, hub, pass, connect } = setUp();
  for (let n = 0; n < 5; n += 1) host.core.trade('BTC-USDT');
  const { sink } = connect('trades.BTC-USDT');
  await pass(100);
  expect(sink.updates).toEqual([]);
  host.core.trade('BTC-USDT');
  await pass(100);
  expect(sink.of('trade_update').map(({ seq }) => seq)).toEqual([6]);
  const { updates } = await hub.snapshot('trades.BTC-USDT', { mostMs: 0 });
  expect(updates.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a channel that comes back after its grace goes on where it stopped, without hole or double', async () => {
  const { host, pass, connect, losses } = setUp();
  const first = connect('trades.BTC-USDT', 'price.BTC-USDT');
  await pass(100);
  host.core.trade('BTC-USDT');
  await pass(100);
  const { cursor } = first.session;
  first.session.close();
  await pass(9_000);
  expect(host.asked.at(-1)).toContain('trades BTC-USDT');
  await pass(2_000);
  expect(host.asked.at(-1)).toEqual(['status']);
  for (let n = 0; n < 3; n += 1) host.core.trade('BTC-USDT');
  const back = connect('trades.BTC-USDT');
  expect(back.session.resume(cursor)).toMatchObject({ type: 'resumed' });
  await pass(100);
  host.core.trade('BTC-USDT');
  await pass(100);
  expect(back.sink.of('trade_update').map(({ seq }) => seq)).toEqual([2, 3, 4, 5]);
  expect([back.sink.resyncs, losses]).toEqual([[], []]);
});

test('more trades than a topic starts with went by unheard: a loss is told once', async () => {
  const { host, pass, connect } = setUp();
  const first = connect('trades.BTC-USDT');
  await pass(100);
  host.core.trade('BTC-USDT');
  await pass(100);
  const { cursor } = first.session;
  first.session.close();
  await pass(11_000);
  for (let n = 0; n < 600; n += 1) host.core.trade('BTC-USDT');
  const back = connect('trades.BTC-USDT');
  back.session.resume(cursor);
  await pass(100);
  host.core.trade('BTC-USDT');
  await pass(100);
  expect(back.sink.resyncs).toMatchObject([{ reason: 'upstream', channels: ['trades.BTC-USDT'] }]);
  expect(back.sink.tradeIds).toEqual([String(1_000_000 + 602)]);
});

test('who comes anew is told of no loss that lay before', async () => {
  const { host, pass, connect } = setUp();
  const first = connect('trades.BTC-USDT');
  await pass(100);
  host.core.trade('BTC-USDT');
  await pass(100);
  const { cursor } = first.session;
  first.session.close();
  await pass(11_000);
  for (let n = 0; n < 600; n += 1) host.core.trade('BTC-USDT');
  const fresh = connect('trades.BTC-USDT');
  const back = connect('trades.BTC-USDT');
  back.session.resume(cursor);
  await pass(100);
  host.core.trade('BTC-USDT');
  await pass(100);
  expect(fresh.sink.resyncs).toEqual([]);
  expect(fresh.sink.tradeIds).toEqual(back.sink.tradeIds);
  expect(back.sink.resyncs).toHaveLength(1);
});

test('a value that is wanted again within the grace is told at once, though nothing changes', async () => {
  const { pass, connect, host } = setUp();
  const first = connect('price.BTC-USDT');
  await pass(100);
  first.session.close();
  await pass(5_000);
  const again = connect('price.BTC-USDT');
  await pass(40);
  expect(again.sink.of('price_update')).toMatchObject([{ status: 'live' }]);
  expect(host.asked.filter((topics) => topics.includes('price BTC-USDT'))).toHaveLength(1);
});

test('[G08] the engine restarts: clients are told, nothing is live meanwhile, then the present state comes', async () => {
  const { host, hub, pass, connect } = setUp();
  const { sink, session } = connect('price.BTC-USDT', 'trades.BTC-USDT', 'orderbook.BTC-USDT');
  await pass(200);
  host.core.trade('BTC-USDT');
  await pass(200);
  const before = session.cursor;
  const epoch = sink.updates.at(-1)?.epoch;
  host.isOpen = false;
  host.restart();
  await pass(60);
  expect(sink.statuses).toEqual(['feed-lost']);
  expect(hub.status()).toBeNull();
  expect(sink.of('price_update').at(-1)).toMatchObject({ status: 'stale', priceStatus: 'stale' });
  expect(sink.of('orderbook_update').at(-1)?.status).toBe('stale');
  const late = connect('price.BTC-USDT');
  await pass(60);
  expect(late.sink.of('price_update').map(({ status }) => status)).toEqual(['stale']);
  expect((await hub.snapshot('price.BTC-USDT', { mostMs: 0 })).updates).toMatchObject([
    { status: 'stale' },
  ]);
  const told = sink.updates.length;
  await pass(3_000);
  expect(
    sink.updates.slice(told).some((update) => 'status' in update && update.status === 'live'),
  ).toBe(false);
  host.isOpen = true;
  await pass(6_000);
  expect(sink.statuses).toEqual(['feed-lost', 'feed-back']);
  expect(sink.resyncs).toMatchObject([{ reason: 'epoch', channels: null }]);
  expect(sink.of('price_update').at(-1)?.status).toBe('live');
  expect(sink.updates.at(-1)?.epoch).not.toBe(epoch);
  host.core.trade('BTC-USDT');
  await pass(100);
  expect(sink.of('trade_update').map(({ seq }) => seq)).toEqual([1, 1]);
  const back = connect('trades.BTC-USDT');
  expect(back.session.resume(before)).toMatchObject({
    type: 'resync',
    message: { reason: 'epoch' },
  });
});

test('[G08] a value that is wanted anew while the engine is away is the one from before, and never live', async () => {
  const { host, hub, pass, connect } = setUp();
  const first = connect('price.BTC-USDT', 'orderbook.BTC-USDT');
  await pass(200);
  host.isOpen = false;
  host.restart();
  await pass(60);
  first.session.close();
  await pass(20);
  const { updates } = await hub.snapshot('price.BTC-USDT', { mostMs: 0 });
  const late = connect('price.BTC-USDT', 'orderbook.BTC-USDT');
  await pass(3_000);
  const again = (await hub.snapshot('price.BTC-USDT', { mostMs: 0 })).updates;
  const statuses = [...updates, ...late.sink.updates, ...again].map((update) =>
    'status' in update ? update.status : null,
  );
  expect(statuses.length).toBeGreaterThan(2);
  expect(statuses.filter((status) => status !== 'stale' && status !== 'none')).toEqual([]);
  const book = late.sink.of('orderbook_update').at(-1);
  expect(book?.parts.map(({ status }) => status)).not.toContain('live');
  const epoch = first.sink.updates.at(-1)?.epoch;
  host.isOpen = true;
  await pass(6_000);
  expect(late.sink.statuses).toEqual(['feed-lost', 'feed-back']);
  const live = late.sink.of('price_update').filter(({ status }) => status === 'live');
  expect(live.length).toBeGreaterThan(0);
  expect(live.map((update) => update.epoch)).not.toContain(epoch);
});

test('another source: what was held is void, and said so once', async () => {
  const { host, pass, connect } = setUp();
  const { sink } = connect('price.BTC-USDT', 'trades.BTC-USDT');
  await pass(200);
  host.switchSource('simulated');
  await pass(200);
  expect(sink.statuses).toEqual(['source-changed']);
  expect(sink.resyncs).toHaveLength(1);
  expect(sink.updates.at(-1)?.source).toBe('simulated');
  const changed = sink.order.indexOf('resync');
  const sources = sink.updates.map(({ source }) => source);
  expect(
    sources.slice(
      0,
      sink.order.slice(0, changed).filter((type) => type.endsWith('_update')).length,
    ),
  ).not.toContain('simulated');
});

test('a stream in trouble makes the candles on it no longer live', async () => {
  const { host, pass, connect } = setUp();
  const { sink } = connect('candles.BTC-USDT@okx.1m');
  host.core.trade('BTC-USDT', 'okx');
  await pass(400);
  expect(sink.of('candle_update').at(-1)?.status).toBe('live');
  host.core.setVenueStatus('okx', 'stale');
  await pass(600);
  expect(sink.of('candle_update').at(-1)?.status).toBe('stale');
});

test('candles are asked of the engine, and a refusal keeps its words', async () => {
  const { feed, host, pass } = setUp();
  const page = { market: 'BTC-USDT', venue: null, interval: '1m', candles: [], gaps: [] } as const;
  host.runCommand = () => ({ ok: true, value: { ...page, complete: true, problem: null } });
  const request = {
    market: 'BTC-USDT',
    venue: null,
    interval: '1m',
    before: null,
    limit: 10,
  } as const;
  const asked = feed.candles(request);
  await pass(50);
  expect(await asked).toMatchObject(page);
  host.runCommand = () => ({
    ...{ ok: false, code: 'unknown-market', message: 'No such market.', candidates: ['ETH-USDT'] },
  });
  const refused = expect(feed.candles(request)).rejects.toMatchObject({
    error: { code: 'INVALID_SYMBOL', candidates: ['ETH-USDT'] },
  });
  await pass(50);
  await refused;
});

test('a batch that cannot be read ends the session, and the next one starts over', async () => {
  const { virtual, host, feed } = openFeed();
  const links: boolean[] = [];
  feed.listen({
    onPublished: () => undefined,
    onLost: () => undefined,
    onLink: (isUp) => void links.push(isUp),
    onSource: () => undefined,
  });
  feed.want(new Set(['price.BTC-USDT']));
  host.sessions[0]?.transport.send(Uint8Array.of(0xb7, 99));
  await new Promise(setImmediate);
  expect(links).toEqual([false]);
  expect(host.sessions[0]?.closeReason).not.toBeNull();
  virtual.advance(300);
  expect(host.sessions).toHaveLength(2);
  await feed.close();
  expect(virtual.pending).toBe(0);
});

/** Wants so many other channels, one after the other, that nobody wants for long. */
async function flood(
  virtual: VirtualClock,
  feed: ReturnType<typeof openEngineFeed>,
  count: number,
): Promise<void> {
  for (let at = 0; at < count; at += 500) {
    feed.want(new Set(Array.from({ length: 500 }, (_, index) => `price.F${at + index}-USDT`)));
    virtual.advance(4);
    await Promise.resolve();
  }
  feed.want(new Set());
  virtual.advance(11_000);
  await Promise.resolve();
}

test('[G06] channels that nobody wants for long are not kept, however many were wanted', async () => {
  const { virtual, host, feed } = openFeed();
  const topicOf = async (): Promise<number> => {
    feed.want(new Set(['price.BTC-USDT']));
    await new Promise(setImmediate);
    const sent = new TextDecoder().decode(host.sessions[0]?.received.at(-1));
    const { topics } = JSON.parse(sent) as { readonly topics: readonly { readonly id: number }[] };
    return topics.at(-1)?.id ?? 0;
  };
  const first = await topicOf();
  await flood(virtual, feed, 500);
  expect(await topicOf()).toBe(first);
  await flood(virtual, feed, 6_000);
  expect(await topicOf()).toBeGreaterThan(first + 6_000);
  await feed.close();
});

test('a channel that was let go because of many others goes on under its numbers, and tells the loss', async () => {
  const { virtual, feed, host, pass, connect } = setUp();
  const first = connect('trades.BTC-USDT', 'price.BTC-USDT');
  await pass(100);
  host.core.trade('BTC-USDT');
  await pass(100);
  const seq = first.sink.of('trade_update')[0]?.seq ?? 0;
  const stateSeq = first.sink.of('price_update').at(-1)?.seq ?? 0;
  const { cursor } = first.session;
  first.session.close();
  await pass(20);
  await flood(virtual, feed, 6_000);
  host.core.trade('BTC-USDT');
  const back = connect('trades.BTC-USDT', 'price.BTC-USDT');
  back.session.resume(cursor);
  await pass(100);
  host.core.trade('BTC-USDT');
  await pass(100);
  expect(back.sink.resyncs).toMatchObject([{ reason: 'upstream', channels: ['trades.BTC-USDT'] }]);
  const trade = back.sink.of('trade_update').at(-1);
  expect(trade?.seq).toBeGreaterThan(seq + 1);
  expect(trade?.epoch).toBe(first.sink.updates.at(-1)?.epoch);
  expect(back.sink.of('price_update').at(-1)?.seq).toBeGreaterThan(stateSeq);
});
