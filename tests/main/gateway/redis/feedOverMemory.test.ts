import { expect, test } from 'vitest';
import { MemoryRoom } from './support/memoryRoom.ts';

const btc = 'trades.BTC-USDT';
const eth = 'trades.ETH-USDT';
const btcPrice = 'price.BTC-USDT';

function openRoom() {
  const room = new MemoryRoom(['BTC-USDT', 'ETH-USDT']);
  const { feed: engine, port: ingesterPort } = room.join('e1');
  return { room, engine, ingesterPort, ...room.serve() };
}

test('symbols of several ingesters are counted over all of them, each once', async () => {
  const { room, engine, feed } = openRoom();
  const { feed: other, ingester } = room.join('e2');
  await room.pass(1_000);
  engine.hears({ 'BTC-USDT': 'live', 'ETH-USDT': 'stale', 'SOL-USDT': 'subscribing' });
  other.hears({ 'ETH-USDT': 'live', 'SOL-USDT': 'stale', 'XRP-USDT': 'quiet' });
  await room.pass(2_000);
  expect(feed.status()).toMatchObject({ symbolsLive: 3, symbolsTotal: 4 });
  await ingester.close();
  await room.pass(1_000);
  expect(feed.status()).toMatchObject({ symbolsLive: 1, symbolsTotal: 3 });
});

function statusOf(heard: ReturnType<typeof openRoom>['heard']): string | null {
  const value = heard.lastState(btcPrice)?.value;
  return value?.kind === 'price' ? value.price.status : null;
}

test.each([
  { what: 'the channel', others: [eth] },
  { what: 'the market', others: [] },
])(
  'who comes to a channel after nobody wanted $what for minutes is told of no gap, who comes back to it is',
  async ({ others }) => {
    const { room, engine, feed, heard } = openRoom();
    feed.want(new Set([btc, ...others]));
    await room.pass(1_000);
    engine.trade('BTC-USDT');
    await room.pass(100);
    expect(heard.events).toHaveLength(1);
    feed.want(new Set(others));
    await room.pass(135_000);
    expect(engine.wanted.has(btc)).toBe(false);
    feed.want(new Set([btc, ...others]));
    await room.pass(1_000);
    engine.trade('BTC-USDT');
    await room.pass(100);
    expect(heard.events).toHaveLength(2);
    expect(heard.losses).toEqual([
      { channels: [btc], reason: 'epoch', missing: null, isOld: true },
    ]);
    expect(heard.order).toEqual([`${btc} 1`, 'lost epoch ?', `${btc} 2`]);
  },
);

test('a gateway whose wants were forgotten while it stood still is told that its events ended', async () => {
  const { room, engine, feed, heard, port } = openRoom();
  feed.want(new Set([btc]));
  await room.pass(1_000);
  engine.trade('BTC-USDT');
  await room.pass(100);
  port.stand(true);
  await room.pass(135_000);
  expect(engine.wanted.has(btc)).toBe(false);
  port.stand(false);
  await room.pass(2_000);
  engine.trade('BTC-USDT');
  await room.pass(100);
  expect(heard.events).toHaveLength(2);
  expect(heard.losses).toEqual([{ channels: [btc], reason: 'epoch', missing: null, isOld: false }]);
});

test('a gateway that stood still for a moment still has what it wants', async () => {
  const { room, engine, feed, heard, port } = openRoom();
  feed.want(new Set([btc, btcPrice]));
  await room.pass(1_000);
  port.stand(true);
  await room.pass(7_000);
  expect(engine.wanted.has(btcPrice)).toBe(false);
  port.stand(false);
  await room.pass(2_000);
  engine.tick();
  await room.pass(200);
  expect(statusOf(heard)).toBe('live');
});

test('of an owner that stands still nothing looks live after 4 s, and all does when it goes on', async () => {
  const { room, engine, feed, heard, ingesterPort } = openRoom();
  feed.want(new Set([btc, btcPrice]));
  await room.pass(1_000);
  engine.tick();
  await room.pass(200);
  expect(statusOf(heard)).toBe('live');
  ingesterPort.stand(true);
  await room.pass(2_000);
  expect(statusOf(heard)).toBe('live');
  await room.pass(2_000);
  expect(statusOf(heard)).toBe('stale');
  await room.pass(1_500);
  ingesterPort.stand(false);
  await room.pass(1_500);
  expect(statusOf(heard)).toBe('live');
  engine.tick();
  await room.pass(200);
  expect(heard.events).toHaveLength(2);
  expect(heard.losses).toEqual([]);
});

test('Redis comes back on a machine whose clock is an hour behind: values are live again', async () => {
  const { room, engine, feed, heard } = openRoom();
  feed.want(new Set([btc, btcPrice]));
  await room.pass(1_000);
  engine.tick();
  await room.pass(200);
  room.redis.forgetAll();
  room.redis.setBack(3_600_000);
  await room.pass(3_000);
  engine.tick();
  await room.pass(200);
  expect(statusOf(heard)).toBe('live');
  expect(heard.lastState(btcPrice)?.seq).toBe(2);
  expect(heard.events).toHaveLength(2);
  expect(heard.losses.map(({ reason, channels }) => [reason, channels])).toEqual([['epoch', null]]);
});
