import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { systemGatewayClock } from '../../../../src/main/gateway/gatewayClock.ts';
import type { ClientSession, MarketHub } from '../../../../src/main/gateway/hub/clientContract.ts';
import { createMarketHub } from '../../../../src/main/gateway/hub/createMarketHub.ts';
import type { RedisFeed } from '../../../../src/main/gateway/redis/redisFeed.ts';
import type { RedisPort } from '../../../../src/main/gateway/redis/redisPort.ts';
import type { ServerMessage } from '../../../../src/shared/gateway/wire.ts';
import { MadeFeed } from './support/madeFeed.ts';
import { RedisBench } from './support/redisBench.ts';
import { hasRedis } from './support/redisServer.ts';

let bench: RedisBench | null = null;

afterEach(async () => {
  await bench?.close();
  bench = null;
});

interface Gateway {
  readonly hub: MarketHub;
  readonly port: RedisPort;
  readonly feed: RedisFeed;
}

function openGateway(on: RedisBench): Gateway {
  const port = on.port();
  const feed = on.feed(port);
  const hub = createMarketHub({
    feed,
    clock: systemGatewayClock,
    version: '0.1.0',
    log: on.log,
  });
  on.kept(hub);
  return { hub, port, feed };
}

/** A program that keeps its cursor and comes back, at whatever gateway. */
class Roamer {
  readonly seqs: number[] = [];
  readonly epochs = new Set<string>();
  readonly messages: ServerMessage[] = [];
  resyncs = 0;
  #cursor: string | null = null;
  #session: ClientSession | null = null;

  connect({ hub }: Gateway): void {
    const isCurrent = (): boolean => opened === this.#session;
    const opened = hub.open({
      transport: 'websocket',
      principal: { user: null, family: null, expiresTime: null },
      address: '127.0.0.1',
      sink: {
        bufferedBytes: () => 0,
        sendUpdates: ({ cursor, records }) => {
          if (this.#session !== null && !isCurrent()) return;
          this.#cursor = cursor;
          for (const { update } of records) {
            if (update.type !== 'trade_update') continue;
            this.seqs.push(update.seq);
            this.epochs.add(update.epoch);
          }
        },
        sendMessage: (message) => {
          if (message.type === 'resync') {
            this.resyncs += 1;
            this.#cursor = message.to;
          }
          this.messages.push(message);
        },
        end: () => undefined,
      },
    });
    if ('code' in opened) throw new Error(opened.message);
    this.#session = opened;
    const answer = opened.subscribe({ type: 'subscribe', channels: ['trades.BTC-USDT'] });
    if (answer.rejected.length > 0) throw new Error(answer.rejected[0]?.message);
    if (this.#cursor === null) this.#cursor = opened.cursor;
    else opened.resume(this.#cursor);
  }

  cut(): void {
    this.#session?.close();
    this.#session = null;
  }

  get isConnected(): boolean {
    return this.#session !== null;
  }
}

function oneTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

test.skipIf(!hasRedis)(
  '[S4-02] clients that are cut at random and come back elsewhere lose and double nothing',
  async () => {
    bench = await RedisBench.open();
    const on = bench;
    const engine = new MadeFeed(['BTC-USDT']);
    on.ingest(engine);
    const gateways = [openGateway(on), openGateway(on)] as const;
    await on.until(() => gateways.every(({ hub }) => hub.markets().length === 1), 'the markets');
    const clients = Array.from({ length: 10 }, () => new Roamer());
    // The log has begun before anyone asks for a place in it.
    const firsts = gateways.map((gateway) => {
      const first = new Roamer();
      first.connect(gateway);
      return first;
    });
    await on.until(() => engine.wanted.has('trades.BTC-USDT'), 'the want');
    engine.trade('BTC-USDT');
    // Beyond the turn in which it goes out.
    await on.until(() => firsts.every(({ seqs }) => seqs.length === 1), 'one event at both');
    for (const [index, client] of clients.entries())
      client.connect(gateways[index % 2] ?? gateways[0]);
    let seed = 7;
    const draw = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    const total = 5_000;
    for (let sent = 0; sent < total; sent += 50) {
      for (let count = 0; count < 50; count++) engine.trade('BTC-USDT');
      for (const client of clients) {
        if (client.isConnected ? draw(10) > 0 : draw(3) > 0) continue;
        if (client.isConnected) client.cut();
        else client.connect(gateways[draw(2)] ?? gateways[0]);
      }
      await sleep(3);
    }
    for (const client of clients) if (!client.isConnected) client.connect(gateways[0]);
    await on.until(() => clients.every(({ seqs }) => seqs.length >= total), 'all events');
    await sleep(100);
    for (const client of clients) expect(client.seqs).toEqual(oneTo(total + 1).slice(1));
    expect(clients.map(({ resyncs }) => resyncs)).toEqual(clients.map(() => 0));
  },
);

test.skipIf(!hasRedis)(
  'a gateway is killed: its clients go on at the other, and at one that was not there then',
  async () => {
    bench = await RedisBench.open();
    const on = bench;
    const engine = new MadeFeed(['BTC-USDT']);
    on.ingest(engine);
    const killed = openGateway(on);
    await on.until(() => killed.hub.markets().length === 1, 'the markets');
    const client = new Roamer();
    client.connect(killed);
    await on.until(() => engine.wanted.has('trades.BTC-USDT'), 'the want');
    for (let count = 0; count < 100; count++) engine.trade('BTC-USDT');
    await on.until(() => client.seqs.length === 100, 'the first events');
    await killed.port.close();
    client.cut();
    // Nobody is left who wants the channel, until long after its wants have run out.
    await sleep(6_500);
    for (let count = 0; count < 100; count++) engine.trade('BTC-USDT');
    const later = openGateway(on);
    await later.feed.caughtUp();
    client.connect(later);
    for (let count = 0; count < 100; count++) engine.trade('BTC-USDT');
    await on.until(() => client.seqs.length >= 300, 'all events');
    expect(client.seqs).toEqual(oneTo(300));
    expect(client.resyncs).toBe(0);
    expect(client.epochs.size).toBe(1);
  },
);

test.skipIf(!hasRedis)(
  'another Redis run is one gap for every client, and its old cursor is void',
  async () => {
    bench = await RedisBench.open();
    const on = bench;
    const engine = new MadeFeed(['BTC-USDT']);
    on.ingest(engine);
    const gateway = openGateway(on);
    await on.until(() => gateway.hub.markets().length === 1, 'the markets');
    const [stays, returns] = [new Roamer(), new Roamer()];
    stays.connect(gateway);
    returns.connect(gateway);
    await on.until(() => engine.wanted.has('trades.BTC-USDT'), 'the want');
    for (let count = 0; count < 10; count++) engine.trade('BTC-USDT');
    await on.until(() => returns.seqs.length === 10 && stays.seqs.length === 10, 'events');
    returns.cut();
    await on.redis.stop();
    await on.until(
      () => stays.messages.some((each) => each.type === 'status' && each.status === 'feed-lost'),
      'a word of the loss',
    );
    await on.redis.start();
    await on.until(() => {
      engine.trade('BTC-USDT');
      return stays.seqs.length > 10;
    }, 'events again');
    returns.connect(gateway);
    await on.until(() => {
      engine.trade('BTC-USDT');
      return returns.seqs.length > 10;
    }, 'events at the one that came back');
    expect([stays.resyncs, returns.resyncs]).toEqual([1, 1]);
    expect(new Set(stays.seqs).size).toBe(stays.seqs.length);
  },
);
