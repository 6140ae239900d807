import { expect, test, vi } from 'vitest';
import type { TapeRow, TradeTape } from '../../../src/renderer/store/marketStore.ts';
import { bridgeSchemaVersion } from '../../../src/shared/bridge.ts';
import { beginRecord, endRecord, writeBatchHeader } from '../../../src/shared/batch.ts';
import { ByteWriter } from '../../../src/shared/bytes.ts';
import { topics } from '../../../src/shared/topics.ts';
import { replayState } from '../../support/hostViews.ts';
import { TestPage } from './testPage.ts';

const btc = 'BTC-USDT';
const trades = { topic: 'trades', market: btc } as const;
const price = { topic: 'price', market: btc } as const;
const candle = { topic: 'candle', market: btc, venue: null, interval: '1m' } as const;

const ignore = (): void => undefined;

function rowsOf(tape: TradeTape): TapeRow[] {
  return Array.from({ length: tape.length }, (_, index) => tape.at(index)).filter(
    (row) => row !== undefined,
  );
}

function ids(tape: TradeTape): string[] {
  return rowsOf(tape).map((row) => (row.type === 'trade' ? row.id : `-${row.count}`));
}

test('holds what the host knows of every topic that a panel asked for', async () => {
  const page = new TestPage();
  const book = { topic: 'book', market: btc, venue: null, group: '0', rows: 5, muted: [] } as const;
  page.host.core.trade(btc);
  page.store.subscribeTopic(price, ignore);
  page.store.subscribeTopic({ topic: 'quote', market: btc }, ignore);
  page.store.subscribeTopic({ topic: 'ticker', market: btc }, ignore);
  page.store.subscribeTopic(trades, ignore);
  page.store.subscribeTopic(book, ignore);
  page.store.subscribeTopic(candle, ignore);
  page.store.subscribeTopic({ topic: 'health' }, ignore);
  page.store.subscribeTopic({ topic: 'status' }, ignore);
  page.store.subscribeTopic({ topic: 'links' }, ignore);
  await page.run(100);
  const { store, host } = page;
  expect(store.price(btc)).toMatchObject({ market: btc, price: 64_000 });
  expect(store.quotes(btc).map((quote) => quote.instrument)).toEqual(
    host.core.quotesOf(btc).map((quote) => quote.instrument),
  );
  expect(store.tickers(btc)).toHaveLength(3);
  expect(ids(store.trades(btc))).toEqual(['1000001']);
  expect(store.book(book)?.bids).toHaveLength(5);
  expect(store.candle(candle).latest?.trades).toBe(1);
  expect(store.health()?.connections).toHaveLength(3);
  expect(store.status()).toEqual(host.status);
  expect(store.links()).toEqual(host.links);
  expect(store.linkHealth().status).toBe('open');
  expect(store.hostNow() - (1_700_000_000_000 + page.clock.monotonicMs())).toBeGreaterThan(-20);
});

test('the tape is whole and in order from the venue to the page', async () => {
  const page = new TestPage();
  page.store.subscribeTopic(trades, ignore);
  await page.run(60);
  const told: string[] = [];
  for (let round = 0; round < 200; round++) {
    for (let count = round % 7; count > 0; count--) told.push(page.host.core.trade(btc).id);
    await page.run(7);
  }
  await page.run(100);
  expect(ids(page.store.trades(btc))).toEqual(told);
});

test('the tape keeps the newest 2,000 rows and says how many came', async () => {
  const page = new TestPage();
  page.store.subscribeTopic(trades, ignore);
  await page.run(60);
  const told: string[] = [];
  for (let round = 0; round < 30; round++) {
    for (let count = 0; count < 100; count++) told.push(page.host.core.trade(btc).id);
    await page.run(20);
  }
  await page.run(200);
  const tape = page.store.trades(btc);
  expect(tape.appended).toBe(3000);
  expect(ids(tape)).toEqual(told.slice(-2000));
  expect(tape.at(-1)).toBeUndefined();
  expect(tape.at(2000)).toBeUndefined();
});

test('5,000 changes a second reach the page as at most 60 writes a second [S0-28]', async () => {
  const page = new TestPage();
  let told = 0;
  page.store.subscribeTopic(price, () => told++);
  page.store.subscribeTopic(trades, ignore);
  await page.run(60);
  told = 0;
  const before = page.frames.frames;
  const stop = page.host.run(5000, [btc]);
  await page.run(3000);
  stop();
  expect(page.frames.frames - before).toBeLessThanOrEqual(181);
  expect(told).toBeGreaterThan(100);
  expect(told).toBeLessThanOrEqual(181);
  expect(page.host.session.counters.batches).toBeLessThanOrEqual(184 + 4);
});

test('listeners run once per frame, after all of its batches and before any drawing', async () => {
  const page = new TestPage();
  const log: string[] = [];
  page.store.subscribeTopic(price, () => log.push('price'));
  page.store.subscribeTopic(trades, () => log.push('trades'));
  page.store.onFrame(() => log.push('draw'));
  await page.run(100);
  log.length = 0;
  page.host.core.trade(btc);
  page.host.core.trade(btc);
  await page.run(34, 17);
  expect(log.filter((entry) => entry !== 'draw').sort()).toEqual(['price', 'trades']);
  const first = log.findIndex((entry) => entry !== 'draw');
  expect(log[first + 2]).toBe('draw');
});

test('acknowledges after painting, with what applying and painting took', async () => {
  const page = new TestPage();
  const acks: { applied: number; painted: number; inFrame: boolean }[] = [];
  let inFrame = false;
  page.frames.around = (frame) => {
    inFrame = true;
    frame();
    inFrame = false;
  };
  const ack = page.bridge.ackBatch.bind(page.bridge);
  page.bridge.ackBatch = (sequence, applied, painted) => {
    acks.push({ applied, painted, inFrame });
    ack(sequence, applied, painted);
  };
  page.store.subscribeTopic(price, ignore);
  await page.run(300);
  expect(acks.length).toBeGreaterThan(0);
  expect(acks.every((entry) => !entry.inFrame && entry.painted >= entry.applied)).toBe(true);
  expect(page.host.session.counters.inFlight).toBe(0);
});

test('mounting and unmounting a panel 1,000 times leaves nothing behind [S0-27]', async () => {
  const page = new TestPage();
  await page.run(60);
  for (let round = 0; round < 1000; round++) {
    const releases = [
      page.store.subscribeTopic(price, ignore),
      page.store.subscribeTopic(trades, ignore),
      page.store.subscribeAtMost(100, [price, candle], ignore),
      page.store.onFrame(ignore),
    ];
    if (round % 10 === 0) await page.run(20, 20);
    for (const release of releases) {
      release();
      release();
    }
  }
  await page.run(100);
  expect(page.host.session.counters.subscriptions).toBe(0);
  page.host.core.trade(btc);
  await page.run(100);
  expect(page.store.price(btc)).toBeNull();
  expect(page.store.trades(btc).length).toBe(0);
  const before = page.host.session.counters.batches;
  page.host.core.trade(btc);
  await page.run(200);
  expect(page.host.session.counters.batches).toBe(before);
});

test('a topic that is taken up again at once keeps its values', async () => {
  const page = new TestPage();
  const release = page.store.subscribeTopic(price, ignore);
  await page.run(60);
  const sent = page.host.pair.page.sent;
  release();
  page.store.subscribeTopic(price, ignore);
  expect(page.store.price(btc)).not.toBeNull();
  await page.run(40);
  expect(page.store.price(btc)).not.toBeNull();
  expect(page.host.pair.page.sent).toBe(sent);
});

test('a hidden page gets nothing, and its picture is right again at once when shown', async () => {
  const page = new TestPage();
  page.store.subscribeTopic(trades, ignore);
  page.store.subscribeTopic(candle, ignore);
  await page.run(60);
  page.host.core.trade(btc);
  page.frames.setHidden(true);
  await page.run(1000);
  const before = page.host.session.counters.batches;
  const seen = page.store.candle(candle).epoch;
  for (let count = 0; count < 900; count++) page.host.core.trade(btc);
  await page.run(60_000, 500);
  expect(page.host.session.counters).toMatchObject({ batches: before, inFlight: 0 });
  page.frames.setHidden(false);
  await page.run(100);
  expect(ids(page.store.trades(btc))).toEqual(
    page.host.core.recentTrades(btc, 500).map((trade) => trade.id),
  );
  expect(page.store.candle(candle).epoch).toBe(seen + 1);
  expect(page.store.linkHealth().status).toBe('open');
});

test('a page too slow to paint gets the latest state and a counted hole, two batches at a time', async () => {
  const page = new TestPage();
  page.store.subscribeTopic(trades, ignore);
  page.store.subscribeTopic(price, ignore);
  await page.run(60);
  page.frames.busy = true;
  await page.run(40);
  for (let count = 0; count < 60_000; count++) page.host.core.trade(btc);
  await page.run(1000, 50);
  expect(page.host.session.counters.inFlight).toBe(2);
  expect(page.host.session.counters.queuedEvents).toBeLessThanOrEqual(50_000);
  expect(page.host.session.counters.tradesDropped).toBeGreaterThan(9000);
  page.frames.busy = false;
  await page.run(2000);
  const newest = page.host.core.recentTrades(btc, 2000).map((trade) => trade.id);
  expect(ids(page.store.trades(btc))).toEqual(newest);
  expect(page.store.trades(btc).appended).toBe(
    60_000 - page.host.session.counters.tradesDropped + 1,
  );
});

test('closed candles are merged by time, and the newer candle stays the latest', async () => {
  const page = new TestPage();
  page.store.subscribeTopic(candle, ignore);
  page.host.core.trade(btc);
  await page.run(60);
  const first = page.host.core.closeCandle(btc, null, '1m');
  const second = page.host.core.closeCandle(btc, null, '1m');
  await page.run(60);
  const { closed, latest } = page.store.candle(candle);
  expect(closed).toEqual([first.candle, second.candle]);
  expect(latest?.openTime).toBe(second.candle.openTime + 60_000);
  expect(latest?.closed).toBe(false);
  const late = { ...first, candle: { ...first.candle, trades: 99 } };
  page.host.core.lateClose(late);
  await page.run(60);
  expect(page.store.candle(candle)).toMatchObject({ closed: [late.candle, second.candle], latest });
});

test('another engine drops every value, also of batches that have arrived but are not painted', async () => {
  const page = new TestPage();
  const seen = new Set<string>();
  page.store.subscribeTopic(trades, ignore);
  page.store.subscribeTopic(price, ignore);
  page.store.onFrame(() => {
    for (const id of ids(page.store.trades(btc))) seen.add(id);
  });
  await page.run(60);
  page.frames.busy = true;
  page.host.core.trade(btc);
  await page.run(20);
  page.host.core.trade(btc);
  await page.run(20);
  expect(page.host.session.counters.inFlight).toBe(2);
  // The same name and another engine: only the event tells them apart.
  page.host.switchSource('simulated');
  await page.run(5);
  page.frames.busy = false;
  const trade = page.host.core.trade(btc);
  await page.run(100);
  expect([...seen]).toEqual([trade.id]);
  page.host.switchSource('live');
  await page.run(200);
  expect(page.store.windowState.getState().source).toBe('live');
  expect(page.store.trades(btc).length).toBe(0);
  expect(page.store.price(btc)).not.toBeNull();
});

test('a batch of another source than the page shows is not applied', async () => {
  const page = new TestPage();
  page.store.subscribeTopic(trades, ignore);
  await page.run(60);
  const writer = new ByteWriter();
  const header = { sequence: 900, engineSequence: 1, hostTime: 0, part: 0, parts: 1 };
  writeBatchHeader(writer, { ...header, source: 'live' });
  const lengthAt = beginRecord(writer, 1, topics.trades.code, false, true);
  topics.trades.encode(writer, { type: 'tradesDropped', market: btc, count: 7 });
  endRecord(writer, lengthAt);
  page.host.pair.host.send(writer.copy());
  await page.run(60);
  expect(page.store.trades(btc).length).toBe(0);
});

test('a host that falls silent is seen within 1.5 s, also while the connection stands', async () => {
  const page = new TestPage();
  page.store.subscribeTopic(price, ignore);
  await page.run(5000);
  expect(page.store.linkHealth().status).toBe('open');
  page.host.session.setHostVisible(false);
  await page.run(900);
  expect(page.store.linkHealth().status).toBe('open');
  await page.run(600);
  expect(page.store.linkHealth()).toMatchObject({ status: 'silent' });
  expect(page.store.windowState.getState().link.status).toBe('silent');
  page.host.session.setHostVisible(true);
  await page.run(60);
  expect(page.store.linkHealth().status).toBe('open');
});

test('a silence that would last for ever ends with a new connection and a whole picture', async () => {
  const page = new TestPage();
  page.store.subscribeTopic(price, ignore);
  await page.run(1000);
  const { session } = page.host;
  session.setHostVisible(false);
  await page.run(14_000);
  expect(page.store.linkHealth()).toMatchObject({ status: 'silent' });
  expect(page.host.session).toBe(session);
  await page.run(3_000);
  expect(page.host.session).not.toBe(session);
  expect(page.store.linkHealth().status).toBe('open');
  expect(page.store.price(btc)).not.toBeNull();
});

test('a batch that cannot be applied ends in a new connection, not in a host that waits for its acknowledgement', async () => {
  const page = new TestPage();
  page.store.subscribeTopic(trades, ignore);
  await page.run(60);
  const { session } = page.host;
  vi.spyOn(page.bridge, 'keyOf').mockImplementationOnce(() => {
    throw new Error('broken');
  });
  page.host.core.trade(btc);
  await page.run(2_000);
  expect(page.frames.reported).toEqual([new Error('broken')]);
  expect(page.host.session).not.toBe(session);
  page.host.core.trade(btc);
  await page.run(60);
  expect(page.store.linkHealth().status).toBe('open');
  expect(page.store.trades(btc).length).toBeGreaterThan(0);
});

test('a host that has nothing to tell is never taken for a lost one', async () => {
  const page = new TestPage();
  const statuses: string[] = [];
  await page.run(100);
  page.store.windowState.subscribe((state) => statuses.push(state.link.status));
  await page.run(60_000);
  // Hidden windows hear nothing and paint nothing; shown again they wait for a word before they judge.
  page.frames.setHidden(true);
  await page.run(30_000);
  page.frames.setHidden(false);
  await page.run(5_000);
  expect(statuses).toEqual([]);
});

test('a page that itself stood still does not blame the host', async () => {
  const page = new TestPage();
  page.store.subscribeTopic(price, ignore);
  await page.run(100);
  const statuses = new Set<string>();
  page.store.windowState.subscribe((state) => statuses.add(state.link.status));
  page.frames.busy = true;
  await page.run(10_000, 500);
  page.frames.busy = false;
  await page.run(100);
  expect(statuses.has('silent')).toBe(false);
});

test('a lost connection is marked at once, made again within a second, and brings a whole picture', async () => {
  const page = new TestPage();
  page.store.subscribeTopic(trades, ignore);
  page.store.subscribeTopic(price, ignore);
  await page.run(100);
  page.host.core.trade(btc);
  await page.run(50);
  page.host.pair.host.fail('the cable was pulled');
  expect(page.store.linkHealth()).toMatchObject({
    status: 'closed',
    reason: 'the cable was pulled',
  });
  const missed = page.host.core.trade(btc);
  await page.run(1000);
  expect(page.host.sessions).toHaveLength(2);
  expect(page.store.linkHealth().status).toBe('open');
  expect(ids(page.store.trades(btc))).toContain(missed.id);
  expect(new Set(ids(page.store.trades(btc))).size).toBe(2);
  expect(page.host.session.counters.subscriptions).toBe(2);
});

test('damaged bytes cost the connection, not the picture', async () => {
  const page = new TestPage();
  page.store.subscribeTopic(price, ignore);
  await page.run(100);
  page.host.pair.host.send(Uint8Array.of(0xb7, bridgeSchemaVersion, 255, 255, 255));
  await page.run(1000);
  expect(page.host.sessions).toHaveLength(2);
  expect(page.store.price(btc)).not.toBeNull();
  expect(page.frames.reported).toEqual([]);
});

test('an error in one listener or drawing stops no other', async () => {
  const page = new TestPage();
  let told = 0;
  page.store.subscribeTopic(price, () => {
    throw new Error('panel');
  });
  page.store.subscribeTopic(price, () => told++);
  page.store.onFrame(() => {
    throw new Error('draw');
  });
  await page.run(100);
  expect(told).toBeGreaterThan(0);
  expect(page.frames.reported.map(String)).toContain('Error: panel');
  expect(page.host.session.counters.inFlight).toBe(0);
});

test('a throttled reader hears the first change at once, and never misses the last', async () => {
  const page = new TestPage();
  await page.run(60);
  const heard: number[] = [];
  page.store.subscribeAtMost(1000, [price], () => heard.push(page.clock.monotonicMs()));
  const stop = page.host.run(500, [btc]);
  await page.run(4500);
  stop();
  await page.run(1500);
  const spacings = heard.slice(1).map((at, index) => at - (heard[index] ?? 0));
  expect(heard[0]).toBeLessThan(150);
  // Once per tick, which all readers share: only from the first change to the next tick it may be less.
  expect(Math.min(...spacings.slice(1))).toBeGreaterThanOrEqual(980);
  expect(new Set(heard.map((at) => Math.floor(at / 1000))).size).toBe(heard.length);
  expect(heard.length).toBeGreaterThanOrEqual(6);
  expect(heard.length).toBeLessThanOrEqual(7);
});

test('a replay stands while paused, and after a jump back nothing of before it is left', async () => {
  let position = 1_600_000_600_000;
  const page = new TestPage({ wallMs: () => position });
  const replay = replayState({
    ...{ isPlaying: false, time: position },
    ...{ startTime: 1_600_000_000_000, endTime: 1_600_003_600_000 },
  });
  page.host.status = { ...page.host.status, replay };
  page.host.switchSource('replay:morning');
  const { store } = page;
  for (const request of [{ topic: 'status' }, trades, price, candle] as const) {
    store.subscribeTopic(request, ignore);
  }
  page.host.core.trade(btc);
  await page.run(300);
  const tape = store.trades(btc);
  expect(tape.length).toBeGreaterThan(0);
  const epochs = { tape: tape.epoch, candle: store.candle(candle).epoch };
  const { generation } = store.windowState.getState();
  await page.run(5000);
  expect(store.hostNow()).toBe(position);
  expect(store.linkHealth().status).toBe('open');

  position -= 400_000;
  page.host.session.restart();
  let wasStatusLost = false;
  store.subscribeTopic({ topic: 'status' }, () => {
    wasStatusLost ||= store.status() === null;
  });
  await page.run(200);
  expect(store.hostNow()).toBe(position);
  expect(store.windowState.getState().generation).toBe(generation + 1);
  expect(store.trades(btc)).toHaveLength(1);
  expect(store.trades(btc).epoch).toBeGreaterThan(epochs.tape);
  expect(store.candle(candle).epoch).toBeGreaterThan(epochs.candle);
  expect(wasStatusLost).toBe(false);
});

test('another engine of the same source leaves nothing but what the host itself told', async () => {
  const page = new TestPage();
  page.host.switchSource('replay:morning');
  const { store } = page;
  store.subscribeTopic({ topic: 'status' }, ignore);
  store.subscribeTopic(price, ignore);
  await page.run(300);
  const { generation } = store.windowState.getState();
  page.frames.busy = true;
  page.host.switchSource('replay:morning');
  await page.run(50);
  expect(store.windowState.getState().generation).toBe(generation + 1);
  expect(store.price(btc)).toBeNull();
  expect(store.status()).not.toBeNull();
  page.frames.busy = false;
  await page.run(100);
  expect(store.price(btc)).not.toBeNull();
});
