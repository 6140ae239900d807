import { expect, test } from 'vitest';
import type { TruetapeClientOptions } from '../../src/client/clientContract.ts';
import { connectionStates, mayFollow } from '../../src/client/connectionState.ts';
import type { ConnectionState } from '../../src/client/connectionState.ts';
import { createTruetapeClient } from '../../src/client/createTruetapeClient.ts';
import { errorCatalogue } from '../../src/client/errorCatalogue.ts';
import type { WireUpdate } from '../../src/shared/gateway/wire.ts';
import {
  FakeGatewayServer,
  fakeStartMs,
  pass,
  priceUpdate,
  tradeUpdate,
} from '../support/fakeGatewayServer.ts';

const url = 'http://gateway.test:7411';

function setUp(options: TruetapeClientOptions = {}) {
  const server = new FakeGatewayServer();
  const client = createTruetapeClient({
    url,
    transports: ['websocket'],
    snapshots: false,
    ports: server.ports,
    ...options,
  });
  return { server, client };
}

async function connected(options: TruetapeClientOptions = {}, channels: readonly string[] = []) {
  const { server, client } = setUp(options);
  for (const channel of channels) client.subscribe(channel);
  const opening = client.connect();
  await pass(server, 100);
  await opening;
  return { server, client };
}

function seqsOf(updates: readonly WireUpdate[]): readonly number[] {
  return updates.map(({ seq }) => seq);
}

test('connect leads to isConnected, and a price_update to its handler [S0-34]', async () => {
  const { server, client } = await connected({}, ['price.BTC/USD']);
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
  const { server, client } = await connected({}, [...channels, ...channels]);
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
  const { server, client } = await connected();
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
  const { server, client } = await connected({}, ['trades.BTC-USDT']);
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
  const { server, client } = await connected({}, ['trades.BTC-USDT', 'trades.ETH-USDT']);
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
  const { server, client } = await connected({}, ['trades.BTC-USDT']);
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
  const { server, client } = await connected({}, ['trades.BTC-USDT']);
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

test('10,000 events through fifty random cuts: none lost, none twice, in order [S4-02]', async () => {
  const { server, client } = await connected({}, ['trades.BTC-USDT']);
  server.retention = 1_000_000;
  const heard: number[] = [];
  client.on('tradeUpdate', ({ seq }) => heard.push(seq));
  let random = 7;
  for (let seq = 1; seq <= 10_000; seq += 1) {
    server.publish(tradeUpdate('BTC-USDT', seq));
    if (seq % 200 === 0) {
      server.cut();
      random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
      await pass(server, random % 3_000, 200);
    }
  }
  await pass(server, 6_000, 200);
  expect(heard).toEqual(Array.from({ length: 10_000 }, (_, at) => at + 1));
  expect(client.metrics.gaps).toBe(0);
  client.disconnect();
});

test('a held price turns stale with the connection, and live again with the same record', async () => {
  const { server, client } = await connected({}, ['price.BTC-USDT', 'health']);
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

test('an age counts on after the record came', async () => {
  const { server, client } = await connected({}, ['price.BTC-USDT']);
  server.publish(priceUpdate('BTC-USDT', 1, 100, { ageMs: 40 }));
  await pass(server, 2_000);
  expect(client.getValidity('price.BTC-USDT').ageMs).toBe(2_040);
  expect(client.getValidity('price.ETH-USDT')).toMatchObject({ status: 'none', ageMs: null });
  client.disconnect();
});

test('an update of one symbol leaves the others, and its unchanged parts, as they are [S1-22]', async () => {
  const { server, client } = await connected({}, ['price.BTC-USDT', 'price.ETH-USDT']);
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
  const { server, client } = setUp({ snapshots: true });
  server.publish(priceUpdate('BTC-USDT', 5, 100), priceUpdate('ETH-USDT', 5, 10));
  server.mode.websocket = 'silent';
  client.subscribe('price.BTC-USDT');
  client.subscribe('price.ETH-USDT');
  client.connect().catch(() => undefined);
  await pass(server, 400);
  // Values within half a second, though the stream says nothing yet.
  expect(client.getPrice('BTC-USDT')?.price.price).toBe(100);
  const ether = client.getPrice('ETH-USDT');
  server.mode.websocket = 'open';
  await pass(server, 7_000);
  expect(client.isConnected).toBe(true);
  server.publish(priceUpdate('BTC-USDT', 4, 90), priceUpdate('BTC-USDT', 6, 101));
  expect(client.getPrice('BTC-USDT')?.price.price).toBe(101);
  expect(client.getPrice('ETH-USDT')).toBe(ether);
  client.disconnect();
});

test('the last hundred trades are kept, the ticker apart from the price [S0-49]', async () => {
  const { server, client } = await connected({}, [
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
  const { server, client } = await connected({}, ['price.btc', 'price.BTC']);
  expect(client.subscriptions()).toMatchObject([
    { requested: 'price.btc', status: 'rejected', error: { candidates: ['BTC-USDT'] } },
    { requested: 'price.BTC', channel: 'price.BTC-USDT', status: 'subscribed' },
  ]);
  expect(client.errors).toMatchObject([{ type: 'subscription', code: 'INVALID_SYMBOL' }]);
  expect(() => client.subscribe('prices.BTC')).toThrow(/price\.BTC-USDT/);
  client.disconnect();
});

test('a lost connection is told step by step: attempt, error, reconnect [S1-37]', async () => {
  const { server, client } = await connected();
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
  const { server, client } = setUp({
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

test('the default never gives up: after its attempts it goes on at the cap', async () => {
  const { server, client } = await connected();
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
  const { server, client } = await connected({ tokenProvider: () => 'any' }, ['price.BTC-USDT']);
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
  const { server, client } = await connected();
  const lostMs: number[] = [];
  const startMs = server.clock.monotonicMs();
  client.on('disconnected', () => lostMs.push(server.clock.monotonicMs() - startMs));
  await pass(server, 31_000, 500);
  expect([client.isConnected, client.metrics.averageLatencyMs]).toEqual([true, 0]);
  server.answersPings = false;
  await pass(server, 40_000, 500);
  expect(lostMs).toHaveLength(1);
  expect(lostMs[0]).toBeLessThanOrEqual(70_000);
  expect(client.errors.at(-1)?.code).toBe('HEARTBEAT_MISSED');
  client.disconnect();
});

test('intents wait in order while there is no connection; heartbeats never do [S0-08]', async () => {
  const { server, client } = setUp();
  for (let at = 1; at <= 5; at += 1) expect(client.send({ type: 'note', at })).toBe(false);
  expect(client.send({ type: 'ping' })).toBe(false);
  expect(client.metrics.queuedMessages).toBe(5);
  void client.connect();
  await pass(server, 100);
  expect(server.heardOf('note').map(({ at }) => at)).toEqual([1, 2, 3, 4, 5]);
  expect([server.heardOf('ping'), client.metrics.queuedMessages]).toEqual([[], 0]);
  expect(client.send({ type: 'note', at: 6 })).toBe(true);
  client.disconnect();
});

test('of 150 queued the last 100 stay and 50 are counted; after 30 s none is sent [S3-06]', async () => {
  const { server, client } = setUp();
  for (let at = 0; at < 150; at += 1) client.send({ type: 'note', at });
  expect(client.metrics).toMatchObject({ queuedMessages: 100, droppedMessages: 50 });
  void client.connect();
  await pass(server, 100);
  expect(server.heardOf('note').map(({ at }) => at)).toEqual(
    Array.from({ length: 100 }, (_, at) => at + 50),
  );
  client.disconnect();
  client.send({ type: 'late' });
  server.clock.advance(30_001);
  void client.connect();
  await pass(server, 100);
  expect(server.heardOf('late')).toEqual([]);
  client.disconnect();
});

test('metrics count what was driven [S0-10 of the client]', async () => {
  const { server, client } = await connected({}, ['price.BTC-USDT', 'trades.BTC-USDT']);
  const before = client.metrics.messagesReceived;
  for (let seq = 1; seq <= 7; seq += 1) server.publish(priceUpdate('BTC-USDT', seq, seq));
  expect(client.metrics.messagesReceived - before).toBe(7);
  server.cut();
  await pass(server, 1_100);
  expect(client.metrics).toMatchObject({ reconnectCount: 1, subscriptions: 2, queuedMessages: 0 });
  expect(client.metrics.messagesSent).toBe(server.heard.length);
  await pass(server, 3_000);
  expect(client.metrics.uptime).toBeGreaterThanOrEqual(3_000);
  client.disconnect();
  expect(client.metrics.uptime).toBe(0);
});

test('an empty window has no latency instead of a number [S4-21]', async () => {
  const { client } = setUp();
  expect(client.metrics).toMatchObject({
    averageLatencyMs: null,
    lastLatencyMs: null,
    uptime: 0,
    errors: 0,
  });
});

test('one corrupt frame is one parse error, and the stream goes on [S0-11]', async () => {
  const { server, client } = await connected({}, ['price.BTC-USDT']);
  server.sockets[0]?.deliverRaw('{"type":"updates",');
  server.sockets[0]?.deliverRaw(
    JSON.stringify({
      ...{ type: 'updates', time: 1, cursor: 'e1.0' },
      updates: [
        { ...priceUpdate('BTC-USDT', 1, 1), price: { price: 'NaN' } },
        priceUpdate('BTC-USDT', 2, 102),
      ],
    }),
  );
  server.publish(priceUpdate('BTC-USDT', 3, 103));
  expect(client.getPrice('BTC-USDT')?.price.price).toBe(103);
  expect(client.errors.map(({ type, code }) => [type, code])).toEqual([
    ['parse', 'DECODE_FAILED'],
    ['parse', 'DECODE_FAILED'],
  ]);
  for (const error of client.errors) {
    expect(error).toMatchObject({ id: expect.any(String), timestamp: expect.any(Number) });
    expect(error.fix).not.toBeNull();
  }
  client.disconnect();
});

test('of 500 errors the newest 200 stay, and none after clearErrors [S0-30]', async () => {
  const { server, client } = await connected();
  for (let at = 0; at < 500; at += 1) server.sockets[0]?.deliverRaw('{');
  expect(client.errors).toHaveLength(200);
  expect(client.errors.at(-1)?.id).toBe('error-500');
  client.clearErrors();
  expect([client.errors, client.metrics.errors]).toEqual([[], 500]);
  client.disconnect();
});

test('connection, server, parse and subscription errors are told apart [S0-31]', async () => {
  const { server, client } = await connected({}, ['price.btc']);
  server.sockets[0]?.deliverRaw('nonsense');
  server.tell({
    ...{ type: 'error', id: null, time: 1 },
    error: { code: 'RATE_LIMITED', message: 'Too many.', retryAfterMs: 500 },
  });
  server.cut();
  expect(client.errors.map(({ type }) => type)).toEqual([
    'subscription',
    'parse',
    'server',
    'connection',
  ]);
  expect(client.errors[2]).toMatchObject({ retryInMs: 500 });
  client.disconnect();
});

test('a listener that throws keeps nobody else from the data', async () => {
  const { server, client } = await connected({}, []);
  const heard: number[] = [];
  client.subscribe('price.BTC-USDT', {}, () => {
    throw new Error('mine');
  });
  client.subscribe('price.BTC-USDT', {}, ({ seq }) => heard.push(seq));
  await pass(server, 50);
  server.publish(priceUpdate('BTC-USDT', 1, 1), priceUpdate('BTC-USDT', 2, 2));
  expect(heard).toEqual([1, 2]);
  expect(client.errors.map(({ code }) => code)).toEqual(['LISTENER_FAILED', 'LISTENER_FAILED']);
  client.disconnect();
});

test('each failure of the catalogue says its cause and what to do [S1-41]', async () => {
  const said = new Map<string, string>();
  const run = async (options: TruetapeClientOptions, act: (server: FakeGatewayServer) => void) => {
    const { server, client } = setUp(options);
    client.on('error', ({ code, message, fix }) => said.set(code, `${message} | ${fix ?? ''}`));
    act(server);
    client.connect().catch(() => undefined);
    await pass(server, 6_000);
    server.cut();
    client.disconnect();
  };
  await run({}, (server) => {
    server.mode.websocket = 'refuse';
  });
  await run({ token: 'expired-1' }, (server) => {
    server.validToken = 'good';
  });
  await run({ token: 'bad' }, (server) => {
    server.validToken = 'good';
  });
  await run({}, (server) => {
    server.mode.websocket = 'silent';
  });
  await run({}, () => undefined);
  const codes = [
    'CONNECTION_FAILED',
    'TOKEN_EXPIRED',
    'INVALID_TOKEN',
    'CONNECTION_TIMEOUT',
    'TRANSPORT_CLOSE',
  ] as const;
  for (const code of codes) {
    expect(said.get(code)).toContain(errorCatalogue[code].cause);
    expect(said.get(code)).toContain(errorCatalogue[code].fix);
  }
});

test('the debug log has every category and never a token [S1-35] [S0-46 of the client]', async () => {
  const token = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';
  const lines: string[] = [];
  const { server, client } = await connected(
    { debug: ({ category, text }) => lines.push(`${category} ${text}`), token },
    ['price.BTC-USDT'],
  );
  server.tell({
    ...{ type: 'error', id: null, time: 1 },
    error: { code: 'INTERNAL', message: `authorization: Bearer ${token} <img onerror=x>` },
  });
  await pass(server, 31_000, 500);
  const text = [...lines, ...client.errors.map(({ message }) => message)].join('\n');
  expect(text).not.toContain('eyJ');
  const categories = new Set(client.debugLog().map(({ category }) => category));
  expect([...categories].toSorted()).toEqual([
    'connection',
    'error',
    'message',
    'performance',
    'subscription',
  ]);
  expect(setUp().client.debugLog()).toEqual([]);
  client.disconnect();
});

test('random events and commands never leave the table of six states [S0-12 of the client]', async () => {
  const seen = new Set<ConnectionState>();
  for (let seed = 1; seed <= 6; seed += 1) {
    const { server, client } = setUp({ reconnect: 'doc1', token: 'good' });
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
  const { server, client } = await connected({}, ['price.BTC-USDT', 'price.ETH-USDT']);
  server.publish(priceUpdate('BTC-USDT', 9, 100), priceUpdate('ETH-USDT', 9, 10));
  server.publish(priceUpdate('BTC-USDT', 1, 70, { source: 'live', epoch: 'run-2' }));
  expect(client.source).toBe('live');
  expect(client.getPrice('BTC-USDT')?.price.price).toBe(70);
  expect(client.getPrice('ETH-USDT')).toBeNull();
  client.disconnect();
});

test('MessagePack carries the same values', async () => {
  const { server, client } = await connected({ encoding: 'msgpack' }, ['price.BTC-USDT']);
  expect(server.sockets[0]?.protocol).toBe('truetape.v1.msgpack');
  server.publish(priceUpdate('BTC-USDT', 1, 100.25));
  expect(client.getPrice('BTC-USDT')).toEqual(priceUpdate('BTC-USDT', 1, 100.25));
  client.disconnect();
});
