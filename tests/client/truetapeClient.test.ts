import { expect, test } from 'vitest';
import { connectionStates, mayFollow } from '../../src/client/connectionState.ts';
import type { ConnectionState } from '../../src/client/connectionState.ts';
import type { WireUpdate } from '../../src/shared/gateway/wire.ts';
import { pass } from '../support/fakeGatewayServer.ts';
import { connectedClient, setUpClient } from '../support/gatewayClientSetUp.ts';
import { fakeStartMs, priceUpdate, tradeUpdate } from '../support/wireRecords.ts';

function seqsOf(updates: readonly WireUpdate[]): readonly number[] {
  return updates.map(({ seq }) => seq);
}

test('connect leads to isConnected, and a price_update to its handler [S0-34]', async () => {
  const { server, client } = await connectedClient({}, ['price.BTC/USD']);
  expect([client.isConnected, client.state]).toEqual([true, 'CONNECTED']);
  const heard: number[] = [];
  client.on('priceUpdate', ({ price }) => heard.push(price.price ?? Number.NaN));
  server.publish(priceUpdate('BTC-USD', 1, 50_000));
  expect(heard).toEqual([50_000]);
  expect(client.getPrice('BTC/USD')?.price.price).toBe(50_000);
  client.disconnect();
});

test('forty subscriptions come back after a cut, each once, with the cursor [S0-09]', async () => {
  const channels = Array.from({ length: 40 }, (_, at) => `trades.A${at}-USDT`);
  const { server, client } = await connectedClient({}, [...channels, ...channels]);
  expect(server.heardOf('subscribe').flatMap((each) => each.channels ?? [])).toEqual(channels);
  server.heard.length = 0;
  server.cut();
  await pass(server, 1_200);
  expect(client.isConnected).toBe(true);
  const asked = server.heardOf('subscribe').flatMap((each) => each.channels ?? []);
  expect(asked.toSorted()).toEqual(channels.toSorted());
  expect(server.heardOf('resume')).toHaveLength(1);
  client.disconnect();
});

test('a subscription that comes and goes in one turn never reaches the gateway', async () => {
  const { server, client } = await connectedClient();
  client.subscribe('price.BTC-USDT').close();
  const kept = client.subscribe('trades.BTC-USDT');
  await pass(server, 100);
  expect(server.heardOf('subscribe').flatMap((each) => each.channels)).toEqual(['trades.BTC-USDT']);
  kept.close();
  kept.close();
  await pass(server, 100);
  expect(server.heardOf('unsubscribe').flatMap((each) => each.channels)).toEqual([
    'trades.BTC-USDT',
  ]);
  client.disconnect();
});

test('what was missed for 3 s is replayed once and in order, then it goes on live [S1-44]', async () => {
  const { server, client } = await connectedClient({}, ['trades.BTC-USDT']);
  const heard: WireUpdate[] = [];
  const gaps: unknown[] = [];
  client.on('tradeUpdate', (update) => heard.push(update));
  client.on('gap', (gap) => gaps.push(gap));
  server.publish(tradeUpdate('BTC-USDT', 1), tradeUpdate('BTC-USDT', 2));
  server.cut();
  server.mode.websocket = 'refuse';
  await pass(server, 3_000);
  server.publish(tradeUpdate('BTC-USDT', 3), tradeUpdate('BTC-USDT', 4));
  server.mode.websocket = 'open';
  await pass(server, 6_000);
  server.publish(tradeUpdate('BTC-USDT', 4), tradeUpdate('BTC-USDT', 5));
  expect(seqsOf(heard)).toEqual([1, 2, 3, 4, 5]);
  expect(gaps).toEqual([]);
  expect(client.metrics.duplicates).toBe(1);
  expect(client.getValidity('trades.BTC-USDT').isWhole).toBe(true);
  client.disconnect();
});

test('beyond retention there is exactly one gap for all channels, and then live data', async () => {
  const { server, client } = await connectedClient({}, ['trades.BTC-USDT', 'trades.ETH-USDT']);
  const gaps: unknown[] = [];
  const heard: WireUpdate[] = [];
  client.on('gap', ({ reason, channels, missing }) => gaps.push({ reason, channels, missing }));
  client.on('tradeUpdate', (update) => heard.push(update));
  server.publish(tradeUpdate('BTC-USDT', 1), tradeUpdate('ETH-USDT', 1));
  server.cut();
  server.retention = 2;
  server.publish(...[2, 3, 4, 5].map((seq) => tradeUpdate('BTC-USDT', seq)));
  await pass(server, 1_500);
  server.publish(tradeUpdate('BTC-USDT', 6), tradeUpdate('ETH-USDT', 2));
  expect(gaps).toEqual([{ reason: 'retention', channels: null, missing: 4 }]);
  expect(seqsOf(heard)).toEqual([1, 1, 6, 2]);
  expect(client.getValidity('trades.BTC-USDT').isWhole).toBe(false);
  client.disconnect();
});

test('a hole in a sequence is a gap of that channel with both numbers, once', async () => {
  const { server, client } = await connectedClient({}, ['trades.BTC-USDT']);
  const gaps: unknown[] = [];
  client.on('gap', ({ reason, channels, firstSeq, lastSeq, missing }) => {
    gaps.push({ reason, channels, firstSeq, lastSeq, missing });
  });
  await pass(server, 6_000);
  server.publish(
    tradeUpdate('BTC-USDT', 1),
    tradeUpdate('BTC-USDT', 5),
    tradeUpdate('BTC-USDT', 6),
  );
  expect(gaps).toEqual([
    { reason: 'hole', channels: ['trades.BTC-USDT'], firstSeq: 2, lastSeq: 4, missing: 3 },
  ]);
  expect(seqsOf(client.getTrades('BTC-USDT'))).toEqual([1, 5, 6]);
  client.disconnect();
});

test('new events that overtake replayed ones wait for them', async () => {
  const { server, client } = await connectedClient({}, ['trades.BTC-USDT']);
  const heard: WireUpdate[] = [];
  client.on('tradeUpdate', (update) => heard.push(update));
  server.publish(tradeUpdate('BTC-USDT', 1));
  server.cut();
  await pass(server, 1_100);
  server.publish(
    tradeUpdate('BTC-USDT', 4),
    tradeUpdate('BTC-USDT', 3),
    tradeUpdate('BTC-USDT', 2),
  );
  expect(seqsOf(heard)).toEqual([1, 2, 3, 4]);
  expect(client.metrics.gaps).toBe(0);
  client.disconnect();
});

test.each([
  ['replayed at once', 0],
  ['replayed behind newer ones', 25],
])(
  '10,000 events through fifty random cuts, some sent twice, %s: none lost, none twice, in order [S4-02]',
  async (_name, lateMs) => {
    const { server, client } = await connectedClient({}, ['trades.BTC-USDT']);
    server.retention = 1_000_000;
    Object.assign(server.replay, { overlap: 3, lateMs });
    const heard: number[] = [];
    client.on('tradeUpdate', ({ seq }) => heard.push(seq));
    let random = 7;
    for (let seq = 1; seq <= 10_000; seq += 1) {
      server.publish(tradeUpdate('BTC-USDT', seq));
      await pass(server, 10, 10);
      if (seq % 200 === 0) {
        server.cut();
        random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
        await pass(server, random % 3_000, 200);
      }
    }
    await pass(server, 6_000, 200);
    expect(heard).toEqual(Array.from({ length: 10_000 }, (_, at) => at + 1));
    expect(client.metrics.gaps).toBe(0);
    expect(client.metrics.duplicates).toBeGreaterThan(50);
    client.disconnect();
  },
);

test('a held price turns stale with the connection, and live again with the same record', async () => {
  const { server, client } = await connectedClient({}, ['price.BTC-USDT', 'health']);
  const told: string[] = [];
  client.on('priceUpdate', ({ status }) => told.push(status));
  server.publish(priceUpdate('BTC-USDT', 7, 100));
  server.cut();
  expect(client.getPrice('BTC-USDT')).toMatchObject({ status: 'stale', price: { price: 100 } });
  expect(client.getValidity('price.BTC-USDT')).toMatchObject({ status: 'stale' });
  await pass(server, 2_000);
  expect(client.getPrice('BTC-USDT')?.status).toBe('live');
  server.status('feed-lost', 'The feed is lost.');
  expect(client.getPrice('BTC-USDT')).toMatchObject({ status: 'stale', note: 'The feed is lost.' });
  expect(told).toEqual(['live', 'stale', 'live', 'stale']);
  client.disconnect();
});

test('trades are no more live than the way on which they come', async () => {
  const { server, client } = await connectedClient({}, ['trades.BTC-USDT']);
  server.publish(tradeUpdate('BTC-USDT', 1));
  expect(client.getValidity('trades.BTC-USDT').status).toBe('live');
  server.status('feed-lost', 'The feed is lost.');
  expect(client.getValidity('trades.BTC-USDT')).toMatchObject({
    ...{ status: 'stale', note: 'The feed is lost.' },
  });
  server.status('feed-back', 'The feed is back.');
  expect(client.getValidity('trades.BTC-USDT')).toMatchObject({ status: 'live', note: null });
  client.disconnect();
});

test('an age counts on after the record came', async () => {
  const { server, client } = await connectedClient({}, ['price.BTC-USDT']);
  server.publish(priceUpdate('BTC-USDT', 1, 100, { ageMs: 40 }));
  await pass(server, 2_000);
  expect(client.getValidity('price.BTC-USDT').ageMs).toBe(2_040);
  expect(client.getValidity('price.ETH-USDT')).toMatchObject({ status: 'none', ageMs: null });
  client.disconnect();
});

test('an update of one symbol leaves the others, and its unchanged parts, as they are [S1-22]', async () => {
  const { server, client } = await connectedClient({}, ['price.BTC-USDT', 'price.ETH-USDT']);
  server.publish(priceUpdate('BTC-USDT', 1, 100), priceUpdate('ETH-USDT', 1, 10));
  const [bitcoin, ether] = [client.getPrice('BTC-USDT'), client.getPrice('ETH-USDT')];
  const contributors = bitcoin?.contributors;
  server.publish(priceUpdate('BTC-USDT', 2, 101));
  expect(client.getPrice('ETH-USDT')).toBe(ether);
  expect(client.getPrice('BTC-USDT')).not.toBe(bitcoin);
  expect(client.getPrice('BTC-USDT')?.contributors).toBe(contributors);
  client.disconnect();
});

test('updates merge over the snapshot, and older ones are left out [S4-05]', async () => {
  const { server, client } = setUpClient({ snapshots: true });
  server.publish(priceUpdate('BTC-USDT', 5, 100), priceUpdate('ETH-USDT', 5, 10));
  server.mode.websocket = 'silent';
  client.subscribe('price.BTC-USDT');
  client.subscribe('price.ETH-USDT');
  client.connect().catch(() => undefined);
  await pass(server, 400);
  // Values within half a second, though the stream says nothing yet.
  expect(client.getPrice('BTC-USDT')?.price.price).toBe(100);
  server.mode.websocket = 'open';
  await pass(server, 7_000);
  expect(client.isConnected).toBe(true);
  const ether = client.getPrice('ETH-USDT');
  expect(ether?.price.price).toBe(10);
  const heard: (number | null)[] = [];
  client.on('priceUpdate', ({ price }) => heard.push(price.price));
  server.publish(priceUpdate('BTC-USDT', 4, 90));
  expect(client.getPrice('BTC-USDT')?.price.price).toBe(100);
  server.publish(priceUpdate('BTC-USDT', 6, 101));
  expect([heard, client.getPrice('BTC-USDT')?.price.price]).toEqual([[101], 101]);
  expect(client.getPrice('ETH-USDT')).toBe(ether);
  client.disconnect();
});

test('the last hundred trades are kept, the ticker apart from the price [S0-49]', async () => {
  const { server, client } = await connectedClient({}, [
    'trades.BTC-USDT',
    'ticker.BTC',
    'price.BTC-USDT',
  ]);
  server.publish(...Array.from({ length: 250 }, (_, at) => tradeUpdate('BTC-USDT', at + 1)));
  const trades = client.getTrades('BTC-USDT');
  expect([trades.length, trades.at(0)?.seq, trades.at(-1)?.seq]).toEqual([100, 151, 250]);
  expect(client.getTrades('BTC-USDT')).toBe(trades);
  server.publish(priceUpdate('BTC-USDT', 1, 100), {
    ...{ type: 'ticker_update', channel: 'ticker.BTC-USDT', symbol: 'BTC-USDT', epoch: 'run-1' },
    ...{
      seq: 1,
      source: 'simulated',
      time: fakeStartMs,
      status: 'live',
      receivedTime: 1,
      ageMs: 0,
    },
    ticker: {
      ...{ last: 1, open: 2, high: 3, low: 4, volume: 777, quoteVolume: 5, timestamp: 6 },
    },
    venues: [],
  });
  expect(client.getTicker('BTC')?.ticker.volume).toBe(777);
  expect(client.getPrice('BTC-USDT')?.price.volume).toBe(1_000.5);
  expect(client.getTicker('ETH')).toBeNull();
  client.disconnect();
});

test('a refused symbol says why and what was meant, the others go on', async () => {
  const { client } = await connectedClient({}, ['price.btc', 'price.BTC']);
  expect(client.subscriptions()).toMatchObject([
    { requested: 'price.btc', status: 'rejected', error: { candidates: ['BTC-USDT'] } },
    { requested: 'price.BTC', channel: 'price.BTC-USDT', status: 'subscribed' },
  ]);
  expect(client.errors).toMatchObject([{ type: 'subscription', code: 'INVALID_SYMBOL' }]);
  expect(() => client.subscribe('prices.BTC')).toThrow(/price\.BTC-USDT/);
  client.disconnect();
});

test('a lost connection is told step by step: attempt, error, reconnect [S1-37]', async () => {
  const { server, client } = await connectedClient();
  const told: string[] = [];
  client.on('reconnect_attempt', ({ attempt }) => told.push(`attempt ${attempt}`));
  client.on('reconnect_error', ({ attempt }) => told.push(`error ${attempt}`));
  client.on('reconnect', ({ attempts }) => told.push(`reconnect ${attempts}`));
  client.on('reconnect_failed', ({ attempts }) => told.push(`failed ${attempts}`));
  server.mode.websocket = 'refuse';
  server.cut();
  await pass(server, 4_000);
  server.mode.websocket = 'open';
  await pass(server, 5_000);
  expect(told).toEqual([
    'attempt 1',
    'error 1',
    'attempt 2',
    'error 2',
    'attempt 3',
    'reconnect 3',
  ]);
  client.disconnect();
});

test('a preset gives up after its attempts; by hand the token is renewed and it comes back [S1-38]', async () => {
  const tokens: string[] = [];
  const { server, client } = setUpClient({
    reconnect: 'doc1',
    tokenProvider: () => {
      tokens.push(`token-${tokens.length + 1}`);
      return tokens.at(-1) ?? '';
    },
  });
  server.mode.websocket = 'refuse';
  const told: unknown[] = [];
  client.on('reconnect_failed', (event) => told.push(event));
  const opening = client.connect().catch((cause: unknown) => cause);
  await pass(server, 30_000);
  expect(await opening).toMatchObject({ message: expect.stringContaining('All attempts failed') });
  expect([client.state, told]).toEqual(['CLOSED', [{ attempts: 5 }]]);
  expect(server.clock.pending).toBe(0);
  server.mode.websocket = 'open';
  server.validToken = 'token-2';
  const again = client.reconnect();
  await pass(server, 200);
  await again;
  expect([client.state, tokens]).toEqual(['CONNECTED', ['token-1', 'token-2']]);
  client.disconnect();
});

test('reconnecting by hand while connected takes every legal step', async () => {
  const { server, client } = await connectedClient();
  const steps: string[] = [];
  client.on('stateChange', ({ to }) => steps.push(to));
  const again = client.reconnect();
  await pass(server, 100);
  await again;
  expect(steps).toEqual(['RECONNECTING', 'CONNECTING', 'CONNECTED']);
  expect(server.sockets.map(({ closedWith }) => closedWith)).toEqual([1000, null]);
  client.disconnect();
});

test('the default never gives up: after its attempts it goes on at the cap', async () => {
  const { server, client } = await connectedClient();
  server.mode.websocket = 'refuse';
  server.cut();
  await pass(server, 120_000, 500);
  expect(client.state).not.toBe('CLOSED');
  server.mode.websocket = 'open';
  await pass(server, 6_000);
  expect(client.isConnected).toBe(true);
  client.disconnect();
});

test('disconnect closes with 1000 and leaves no socket and no timer [S0-02 of the client]', async () => {
  const { server, client } = await connectedClient({ tokenProvider: () => 'any' }, [
    'price.BTC-USDT',
  ]);
  client.subscribe('price.BTC-USDT', { interval: '1s' });
  server.publish(priceUpdate('BTC-USDT', 1, 1));
  server.publish(priceUpdate('BTC-USDT', 2, 2));
  client.disconnect();
  client.disconnect();
  expect(server.sockets.map(({ closedWith }) => closedWith)).toEqual([1000]);
  expect(server.clock.pending).toBe(0);
  expect(client.state).toBe('CLOSED');
});

test('a missing pong ends the connection within heartbeat and timeout [S0-07]', async () => {
  const { server, client } = setUpClient();
  let connectedMs = 0;
  const sinceMs = (): number => server.clock.monotonicMs() - connectedMs;
  const told: unknown[] = [];
  client.on('connected', () => (connectedMs = server.clock.monotonicMs()));
  client.on('stateChange', ({ to }) => told.push([to, sinceMs()]));
  void client.connect();
  await pass(server, 100);
  told.length = 0;
  await pass(server, 29_800, 100);
  const pings = (): number => server.heardOf('ping').length;
  const before = pings();
  await pass(server, 200, 100);
  // One every 30 s.
  expect([pings() - before, client.metrics.averageLatencyMs]).toEqual([1, 0]);
  server.answersPings = false;
  await pass(server, 29_900, 100);
  expect([pings() - before, client.isConnected, told]).toEqual([1, true, []]);
  await pass(server, 10_200, 100);
  expect(told[0]).toEqual(['RECONNECTING', 70_000]);
  expect(server.sockets[0]?.closedWith).not.toBeNull();
  expect(client.errors.at(-1)?.code).toBe('HEARTBEAT_MISSED');
  client.disconnect();
});

test('random events and commands never leave the table of six states [S0-12 of the client]', async () => {
  const seen = new Set<ConnectionState>();
  for (let seed = 1; seed <= 6; seed += 1) {
    const { server, client } = setUpClient({ reconnect: 'doc1', token: 'good' });
    let random = seed;
    let last: ConnectionState = client.state;
    client.on('stateChange', ({ from, to }) => {
      expect([last, from]).toEqual([from, from]);
      expect([from, to, mayFollow(from, to)]).toEqual([from, to, true]);
      last = to;
      seen.add(to);
    });
    const acts: readonly (() => void)[] = [
      () => void client.connect().catch(() => undefined),
      () => client.disconnect(),
      () => void client.reconnect().catch(() => undefined),
      () => server.cut(),
      () => server.cut(1000),
      () => {
        server.mode.websocket = 'refuse';
      },
      () => {
        server.mode.websocket = 'open';
      },
      () => {
        server.validToken = server.validToken === null ? 'other' : null;
      },
      () => server.endAll({ code: 'TOKEN_EXPIRED', message: 'Token expired.' }),
    ];
    for (let step = 0; step < 80; step += 1) {
      random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
      acts[Math.floor(random / 65_536) % acts.length]?.();
      await pass(server, 600, 200);
    }
    client.disconnect();
    expect(server.clock.pending).toBe(0);
  }
  expect([...seen].toSorted()).toEqual(
    connectionStates.filter((state) => state !== 'DISCONNECTED').toSorted(),
  );
});

test('another source clears what was held: nothing of it is mixed', async () => {
  const { server, client } = await connectedClient({}, ['price.BTC-USDT', 'price.ETH-USDT']);
  server.publish(priceUpdate('BTC-USDT', 9, 100), priceUpdate('ETH-USDT', 9, 10));
  server.publish(priceUpdate('BTC-USDT', 1, 70, { source: 'live', epoch: 'run-2' }));
  expect(client.source).toBe('live');
  expect(client.getPrice('BTC-USDT')?.price.price).toBe(70);
  expect(client.getPrice('ETH-USDT')).toBeNull();
  client.disconnect();
});

test('MessagePack carries the same values', async () => {
  const { server, client } = await connectedClient({ encoding: 'msgpack' }, ['price.BTC-USDT']);
  expect(server.sockets[0]?.protocol).toBe('truetape.v1.msgpack');
  server.publish(priceUpdate('BTC-USDT', 1, 100.25));
  expect(client.getPrice('BTC-USDT')).toEqual(priceUpdate('BTC-USDT', 1, 100.25));
  client.disconnect();
});
