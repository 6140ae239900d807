import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { TruetapeClient, TruetapeClientOptions } from '../../src/client/clientContract.ts';
import { createTruetapeClient } from '../../src/client/createTruetapeClient.ts';
import { redact } from '../../src/client/redact.ts';
import { WebSocketManager } from '../../src/client/webSocketManager.ts';
import { systemGatewayClock } from '../../src/main/gateway/gatewayClock.ts';
import { startGateway } from '../../src/main/gateway/startGateway.ts';
import type { Gateway } from '../../src/main/gateway/startGateway.ts';
import { ScriptedFeed } from '../main/gateway/socketio/scriptedFeed.ts';
import { eventually } from '../support/eventually.ts';
import { FaultProxy } from '../support/faultProxy.ts';
import { VirtualClock } from '../support/virtualClock.ts';

interface Opened {
  readonly gateway: Gateway;
  readonly feed: ScriptedFeed;
  readonly key: string;
}

const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function openGateway(publicHosts: readonly string[] = []): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'truetape-client-'));
  await writeFile(join(folder, 'index.html'), '<!doctype html>');
  const feed = new ScriptedFeed(['BTC-USDT', 'ETH-USDT'], () => systemGatewayClock.wallMs());
  const gateway = await startGateway({
    ...{ host: null, openFeed: () => feed, rendererFolder: folder, hostname: '127.0.0.1', port: 0 },
    ...{ appVersion: '1.2.3', profile: null, log: () => undefined },
    connectBucket: { size: 100_000, perSec: 100_000 },
    publicHosts,
  });
  closing.push(async () => {
    await gateway.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { gateway, feed, key: new URL(gateway.address).hash.slice('#key='.length) };
}

function openClient({ gateway, key }: Opened, options: TruetapeClientOptions = {}): TruetapeClient {
  const client = createTruetapeClient({ url: gateway.origin, token: key, ...options });
  closing.push(() => client.disconnect());
  return client;
}

// As often as it takes: on a slow machine the next cut is there before it is connected.
const often = { initialMs: 20, factor: 2, maxMs: 100, jitter: 0, maxAttempts: 1_000 };
const quick = { ...often, resetAfterMs: 0 };
const until = eventually;

test.each([
  ['websocket', 'json'],
  ['websocket', 'msgpack'],
  ['sse', 'json'],
  ['poll', 'json'],
] as const)(
  'over %s in %s: values with their validity, refusals, every trade once',
  async (transport, encoding) => {
    const opened = await openGateway();
    const { feed } = opened;
    const client = openClient(opened, { transports: [transport], encoding, snapshots: false });
    const heard: number[] = [];
    client.subscribe('trades.BTC/USDT', {}, (update) => {
      if (update.type === 'trade_update') heard.push(update.trade.price);
    });
    client.subscribe('price.BTC');
    client.subscribe('price.btc');
    feed.price('BTC-USDT', 50_000.25);
    await client.connect();
    expect(client.transport).toBe(transport);
    await until(() => expect(feed.wanted).toContain('trades.BTC-USDT'));
    await until(() => {
      expect(client.subscriptions().map(({ status }) => status)).toEqual([
        ...['subscribed', 'subscribed', 'rejected'],
      ]);
    });
    for (let price = 1; price <= 50; price += 1) feed.trade('BTC-USDT', price);
    feed.price('BTC-USDT', 50_001.5);
    await until(() => {
      expect(heard).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
      expect(client.getPrice('BTC')).toMatchObject({
        symbol: 'BTC-USDT',
        status: 'live',
        source: 'simulated',
        price: { price: 50_001.5, change: 250, changePercent: 0.42 },
      });
    });
    expect(client.errors.map(({ type, code }) => [type, code])).toEqual([
      ['subscription', 'INVALID_SYMBOL'],
    ]);
    feed.link(false);
    await until(() => expect(client.getPrice('BTC')?.status).toBe('stale'));
  },
);

test.each(['websocket', 'sse', 'poll'] as const)(
  'cut again and again over %s: no trade is lost, none comes twice',
  async (transport) => {
    const target = { targetPort: 0 };
    const proxy = await FaultProxy.listen(target);
    const opened = await openGateway([`127.0.0.1:${proxy.port}`]);
    const { feed, gateway } = opened;
    target.targetPort = gateway.port;
    closing.push(() => proxy.close());
    const client = openClient(opened, {
      url: `http://127.0.0.1:${proxy.port}`,
      ...{ transports: [transport], reconnect: quick, snapshots: false, noDataMs: 60_000 },
    });
    const heard: number[] = [];
    client.on('tradeUpdate', ({ trade }) => heard.push(trade.price));
    client.subscribe('trades.BTC-USDT');
    client.subscribe('price.ETH');
    await client.connect();
    await until(() => expect(feed.wanted).toContain('trades.BTC-USDT'));
    let price = 0;
    for (let round = 0; round < 8; round += 1) {
      for (let each = 0; each < 20; each += 1) {
        price += 1;
        feed.trade('BTC-USDT', price);
        if (each % 5 === 0) await sleep(3);
      }
      proxy.reset();
      await sleep(20 * (round % 4));
    }
    await until(() => expect(heard).toHaveLength(160));
    expect(heard).toEqual(Array.from({ length: 160 }, (_, at) => at + 1));
    expect([client.metrics.gaps, client.metrics.resyncs]).toEqual([0, 0]);
    expect(client.metrics.reconnectCount).toBeGreaterThan(0);
  },
);

test('first values by REST where the stream takes its time', async () => {
  const opened = await openGateway();
  opened.feed.price('BTC-USDT', 7);
  const silent = class extends WebSocket {
    constructor() {
      super(`ws://127.0.0.1:${opened.gateway.port}/nothing/is/here`);
    }
  };
  const client = openClient(opened, { ports: { WebSocket: silent }, transports: ['websocket'] });
  client.subscribe('price.BTC');
  opened.feed.price('BTC-USDT', 8);
  client.connect().catch(() => undefined);
  const feeding = setInterval(() => opened.feed.price('BTC-USDT', 9), 50);
  await until(() => expect(client.getPrice('BTC')?.price.price).toBe(9));
  clearInterval(feeding);
});

test('a wrong key is refused over every transport, and nothing is tried again', async () => {
  const opened = await openGateway();
  for (const transport of ['websocket', 'sse', 'poll'] as const) {
    const client = openClient(opened, { token: 'wrong', transports: [transport] });
    await expect(client.connect()).rejects.toThrow();
    expect([transport, client.state, client.authState]).toEqual([transport, 'ERROR', 'error']);
  }
});

test.each([{}, { token: '' }])('with %j the refusal comes at once', async (options) => {
  const { gateway } = await openGateway();
  // A time that stands still: nothing is waited for.
  const time = new VirtualClock();
  const clock = {
    monotonicMs: () => time.monotonicMs(),
    wallMs: () => 1_800_000_000_000,
    after: (delayMs: number, run: () => void) => time.after(delayMs, run),
  };
  const client = createTruetapeClient({ url: gateway.origin, ports: { clock }, ...options });
  closing.push(() => client.disconnect());
  await expect(client.connect()).rejects.toThrow(/No token was given.*Give a token/);
  expect([client.state, client.errors.length]).toEqual(['ERROR', 1]);
});

test('what a gateway says of the header is told whole, and a token in it is not', () => {
  expect(redact('send "Authorization: Bearer" with it')).toBe(
    'send "Authorization: Bearer" with it',
  );
  expect(redact('Authorization: Bearer abc.def')).toBe('Authorization: Bearer [hidden]');
  expect(redact('authorization=abc.def')).toBe('authorization=[hidden]');
});

test('the manager connects to a socket address and hears of its channels', async () => {
  const opened = await openGateway();
  const { port } = opened.gateway;
  const manager = new WebSocketManager({
    url: `ws://127.0.0.1:${port}/api/socket`,
    token: opened.key,
  });
  closing.push(() => manager.disconnect());
  const heard: (number | null)[] = [];
  manager.on('priceUpdate', ({ price }) => heard.push(price.price));
  manager.subscribe('price.BTC/USDT', { interval: '10ms' });
  await manager.connect();
  await until(() => expect(opened.feed.wanted).toContain('price.BTC-USDT'));
  opened.feed.price('BTC-USDT', 11);
  await until(() => expect(heard).toContain(11));
});
