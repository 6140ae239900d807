import { expect, test } from 'vitest';
import type { CoreSaved } from '../../../src/main/engine/core.ts';
import { Core } from '../../../src/main/engine/core.ts';
import type { CoreInput } from '../../../src/main/engine/inputs.ts';
import { createVenue } from '../../../src/main/engine/venues/registry.ts';
import { throughJson } from '../../support/throughJson.ts';
import { EngineOnLinks, tenMarkets } from '../../support/engineOnLinks.ts';

const venues = ['binance', 'bybit', 'okx'] as const;

function emptyCore(): Core {
  return new Core({ venues: venues.map((id) => createVenue(id)) });
}

function recordedSession(): { readonly inputs: CoreInput[]; readonly hash: string } {
  const inputs: CoreInput[] = [];
  const engine = new EngineOnLinks({
    seed: 77,
    messagesPerSec: 600,
    onInput: (input) => inputs.push(input),
  });
  const markets = tenMarkets.slice(0, 4);
  const candles = [
    { market: 'BTC-USDT', venue: 'okx', interval: '1s' },
    { market: 'BTC-USDT', venue: null, interval: '1s' },
  ] as const;
  engine.want(markets, markets, candles);
  engine.run(4_000);
  engine.control({ type: 'dropDiff', venue: 'binance', count: 2 });
  engine.run(2_000);
  engine.control({ type: 'reset', venue: 'okx' });
  engine.run(2_000);
  engine.control({ type: 'silence', venue: 'bybit', stream: 'trade', durationMs: 4_000 });
  engine.run(6_000);
  const hash = engine.core.stateHash();
  engine.close();
  return { inputs, hash };
}

test('the same inputs give the same state, whoever performs the effects, and again from any checkpoint', () => {
  const { inputs, hash } = recordedSession();
  const again = emptyCore();
  const checkpoints = new Map<number, CoreSaved>();
  const at = [200, 1_500, 4_000, Math.floor(inputs.length / 2), inputs.length - 500];
  inputs.forEach((input, index) => {
    if (at.includes(index)) checkpoints.set(index, throughJson(again.save()));
    again.handle(input, () => undefined);
  });
  expect(again.stateHash()).toBe(hash);
  expect(checkpoints.size).toBe(new Set(at).size);
  for (const [index, saved] of checkpoints) {
    const restored = emptyCore();
    restored.restore(saved);
    for (const input of inputs.slice(index)) restored.handle(input, () => undefined);
    expect([index, restored.stateHash()]).toEqual([index, hash]);
    expect(throughJson(restored.save())).toEqual(throughJson(again.save()));
  }
});

test('reading the core changes nothing', () => {
  const { inputs, hash } = recordedSession();
  const core = emptyCore();
  inputs.forEach((input, index) => {
    core.handle(input, () => undefined);
    if (index % 50 !== 0) return;
    core.view.health();
    core.view.priceOf('BTC-USDT');
    core.view.bookView({ market: 'BTC-USDT', venue: null, group: '10', rows: 20, muted: [] });
  });
  expect(core.stateHash()).toBe(hash);
});

test('a tick in which nothing is due changes nothing but the count of inputs', () => {
  const engine = new EngineOnLinks();
  engine.want(['BTC-USDT']);
  engine.run(2_000);
  const core = emptyCore();
  core.restore(throughJson(engine.core.save()));
  const before = withoutTime(core.save());
  const effects: unknown[] = [];
  const receivedTime = core.view.time;
  core.handle({ type: 'tick', receivedTime, monotonicMs: 2_000 }, (effect) => effects.push(effect));
  expect(effects).toEqual([]);
  expect(withoutTime(core.save())).toEqual(before);
  engine.close();
});

/** The tick also settles prices that changed since the last one: the same values, computed now instead of when read. */
function withoutTime(saved: CoreSaved): unknown {
  const { context, board, ...rest } = throughJson(saved);
  const { deadlines, errors, requestId, restId } = context;
  const { want, settings, instruments } = board;
  const { feeds, gaps } = rest;
  return { deadlines, errors, requestId, restId, want, settings, instruments, feeds, gaps };
}

test('a tick that comes six seconds late is a wake: every socket is replaced and every book whole again', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 600 });
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(5_000);
  engine.links.block(6_000);
  engine.run(5_000);
  const { connections, streams } = engine.view.health();
  expect(connections.map(({ status, reconnects }) => [status, reconnects])).toEqual([
    ['live', 1],
    ['live', 1],
    ['live', 1],
  ]);
  expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 'live'));
  engine.close();
});

test('a wall clock that steps back an hour reconnects nothing and stalls nothing', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 600 });
  engine.want(['BTC-USDT']);
  engine.run(5_000);
  engine.links.clockPort.stepWall(-3_600_000);
  engine.run(10_000);
  const { connections, streams } = engine.view.health();
  expect(connections.map(({ reconnects }) => reconnects)).toEqual([0, 0, 0]);
  expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 'live'));
  engine.close();
});

test('a loop that was blocked for two seconds reads what waits before it calls anything stale', () => {
  const inputs: CoreInput[] = [];
  const engine = new EngineOnLinks({ messagesPerSec: 900, onInput: (input) => inputs.push(input) });
  engine.want(['BTC-USDT']);
  engine.run(6_000);
  const core = emptyCore();
  core.restore(throughJson(engine.core.save()));
  inputs.length = 0;
  engine.run(2_000);
  const { monotonicMs = 0, receivedTime = 0 } = inputs.at(-1) ?? {};
  const frames = inputs.filter(({ type }) => type === 'frame');
  for (const frame of frames) {
    core.handle({ ...frame, monotonicMs, receivedTime }, () => undefined);
    expect(core.view.quotesOf('BTC-USDT').map(({ status }) => status)).toEqual([
      'live',
      'live',
      'live',
    ]);
  }
  core.handle({ type: 'tick', monotonicMs, receivedTime }, () => undefined);
  const statuses = core.view.health().streams.map(({ channel, status }) => [channel, status]);
  expect(statuses.filter(([channel]) => channel !== 'ticker')).toEqual(
    statuses.filter(([channel]) => channel !== 'ticker').map(([channel]) => [channel, 'live']),
  );
  engine.close();
});

test('the price goes on from one venue when the other two are down, and says so [S2-10]', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 600 });
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  for (const venue of ['binance', 'okx'] as const) {
    engine.control({ type: 'refuse', venue, durationMs: 60_000 });
    engine.control({ type: 'reset', venue });
  }
  engine.run(10);
  const value = engine.view.priceOf('BTC-USDT');
  const bybit = value.contributors.find(({ venue }) => venue === 'bybit');
  expect([value.status, value.price]).toEqual(['single', bybit?.price]);
  expect(value.contributors.map(({ exclusion }) => exclusion)).toEqual([
    'disconnected',
    null,
    'disconnected',
  ]);
  engine.control({ type: 'refuse', venue: 'bybit', durationMs: 60_000 });
  engine.control({ type: 'reset', venue: 'bybit' });
  const last = engine.view.priceOf('BTC-USDT').price;
  engine.run(5);
  const dead = engine.view.priceOf('BTC-USDT');
  expect(dead.status).toBe('stale');
  expect(Math.abs((dead.price ?? 0) / (last ?? 1) - 1)).toBeLessThan(1e-4);
  engine.run(120_000, undefined, 5);
  expect(engine.view.priceOf('BTC-USDT').status).toBe('live');
  engine.close();
});

test('the first picture is the REST statistics, marked stale, until streams replace it [S2-08]', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 600 });
  for (const venue of venues) engine.control({ type: 'silence', venue, durationMs: 2_000 });
  engine.want(['BTC-USDT']);
  const times: number[] = [];
  let firstMs: number | null = null;
  engine.run(6_000, () => {
    const value = engine.view.priceOf('BTC-USDT');
    if (value.price === null) return;
    if (firstMs === null) {
      firstMs = engine.links.clock.monotonicMs();
      expect(value.status).toBe('stale');
    }
    times.push(value.receivedTime ?? 0);
  });
  expect(firstMs).toBeLessThan(500);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(engine.view.priceOf('BTC-USDT').status).toBe('live');
  engine.close();
});

test('one error of each type is told in words, and a bad frame costs only itself [S0-11] [S0-31]', () => {
  const engine = new EngineOnLinks({ venues: ['binance'], messagesPerSec: 600 });
  engine.want(['BTC-USDT']);
  engine.run(2_000);
  const { receivedTime, monotonicMs } = { receivedTime: engine.view.time, monotonicMs: 2_000 };
  const ref = { connection: 'binance#1', generation: 1, receivedTime, monotonicMs } as const;
  const messages = engine.view.health().streams.map(({ messages: count }) => count);
  const send = (text: string): void =>
    engine.core.handle({ type: 'frame', text, ...ref }, () => undefined);
  send('{"stream":"btcusdt@trade","data":{"e":"trade"');
  send('{"error":{"code":2,"msg":"Invalid request"},"id":1}');
  engine.control({ type: 'refuse', venue: 'binance', status: 500, durationMs: 3_000 });
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(3_000);
  const { errors, streams, decodeErrorsTotal } = engine.view.health();
  const types = new Set(errors.map(({ type }) => type));
  expect([...types].sort()).toEqual(
    expect.arrayContaining(['connection', 'parse', 'subscription']),
  );
  expect(decodeErrorsTotal).toBe(1);
  for (const error of errors) expect(error.message.length).toBeGreaterThan(20);
  engine.run(10_000);
  const later = engine.view.health().streams.map(({ messages: count }) => count);
  expect(streams.length).toBe(4);
  later.forEach((count, index) => expect(count).toBeGreaterThan(messages[index] ?? 0));
  engine.close();
});

test('the newest two hundred errors are kept [S0-30]', () => {
  const engine = new EngineOnLinks({ venues: ['binance'], messagesPerSec: 100 });
  engine.want(['BTC-USDT']);
  engine.run(2_000);
  for (let index = 0; index < 500; index += 1) {
    engine.core.handle(
      {
        type: 'frame',
        text: `{"stream":"btcusdt@trade","data":${index}`,
        connection: 'binance#1',
        generation: 1,
        receivedTime: engine.view.time,
        monotonicMs: 2_000,
      },
      () => undefined,
    );
  }
  const { errors } = engine.view.health();
  expect(errors.length).toBe(200);
  expect(errors.at(-1)?.detail).toContain('499');
  engine.close();
});

test('a venue answers 429: its requests rest for that time, others go on', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 300 });
  engine.run(1_000);
  engine.control({ type: 'refuse', venue: 'binance', status: 429, durationMs: 2_000 });
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  const fetched = engine.effectsOf('fetch').filter(({ venue }) => venue === 'binance').length;
  engine.run(5_000);
  expect(engine.effectsOf('fetch').filter(({ venue }) => venue === 'binance').length).toBe(fetched);
  const value = engine.view.priceOf('BTC-USDT');
  expect(value.contributors.slice(1).map(({ exclusion }) => exclusion)).toEqual([null, null]);
  expect(engine.view.health().errors.some(({ type }) => type === 'rate-limit')).toBe(true);
  engine.close();
});
