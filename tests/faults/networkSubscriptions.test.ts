import { expect, test } from 'vitest';
import type { StreamHealth } from '../../src/shared/feedHealth.ts';
import { EngineOnLinks, tenMarkets } from '../support/engineOnLinks.ts';

interface RequestFrame {
  readonly op: string;
  readonly topics: readonly string[];
}

/** Subscription frames as the venue reads them, from the n-th effect on. */
function framesSent(engine: EngineOnLinks, fromEffect = 0): readonly RequestFrame[] {
  return engine.effects.slice(fromEffect).flatMap((effect) => {
    if (effect.type !== 'send' || effect.purpose !== 'subscription') return [];
    const frame: unknown = JSON.parse(effect.text);
    if (typeof frame !== 'object' || frame === null) return [];
    if ('method' in frame && 'params' in frame && Array.isArray(frame.params)) {
      return [{ op: String(frame.method).toLowerCase(), topics: frame.params.map(String) }];
    }
    if (!('op' in frame && 'args' in frame && Array.isArray(frame.args))) return [];
    return [{ op: String(frame.op), topics: frame.args.map((arg: unknown) => topicOf(arg)) }];
  });
}

function topicOf(arg: unknown): string {
  if (typeof arg !== 'object' || arg === null) return String(arg);
  return Object.values(arg).join(':');
}

function streams(engine: EngineOnLinks): readonly StreamHealth[] {
  return engine.view.health().streams;
}

test.each(['bybit', 'okx'] as const)(
  '[N14] %s refuses every seventh topic: only those are failed, asked again ever more rarely, and live when allowed',
  (venue) => {
    const engine = new EngineOnLinks({ venues: [venue], seed: 3, messagesPerSec: 150 });
    engine.control({ type: 'rejectTopic', venue, every: 7, durationMs: 4_000 });
    engine.want(tenMarkets);
    engine.run(3_500);
    const failed = streams(engine).filter(({ status }) => status === 'failed');
    // Bybit refuses a request as a whole: what is sent again counts again.
    expect(failed.length).toBeGreaterThanOrEqual(5);
    expect(failed.length).toBeLessThanOrEqual(venue === 'okx' ? 5 : 20);
    const refusals = engine.view.health().errors.filter(({ type }) => type === 'subscription');
    const named = (topic: string): boolean =>
      refusals.some(({ message }) => message.includes(` ${topic}. `));
    expect(failed.filter(({ topic }) => !named(topic))).toEqual([]);
    expect(refusals.length).toBe(failed.length);
    for (const { note } of failed) expect(note).toMatch(/^Refused \(/);
    const others = streams(engine).filter(({ status }) => status !== 'failed');
    // Until its first trade nobody can say more of a subscription.
    const notLive = others.filter(
      ({ status, channel }) => status !== 'live' && channel !== 'trade',
    );
    expect(notLive.map(({ topic }) => topic)).toEqual([]);
    const health = engine.view.health();
    expect(health.connections.map(({ status, reconnects }) => [status, reconnects])).toEqual([
      ['live', 0],
    ]);
    engine.run(9_000, undefined, 5);
    expect(streams(engine).filter(({ status }) => status === 'failed')).toEqual([]);
    const asked = framesSent(engine).flatMap(({ topics }) => topics);
    for (const { topic } of failed) {
      const times = asked.filter((each) => each === topic).length;
      expect(times).toBeGreaterThanOrEqual(2);
      expect(times).toBeLessThanOrEqual(venue === 'okx' ? 4 : 12);
    }
    expect(engine.simulator.oracle.counters()[venue]?.limitBreaches).toBe(0);
    engine.close();
  },
);

test('[N14] a topic that stays refused is asked for after 5, 10, 20 s and so on, five minutes at most', () => {
  const engine = new EngineOnLinks({ venues: ['okx'], messagesPerSec: 10 });
  const times: number[] = [];
  engine.control({
    type: 'rejectTopic',
    venue: 'okx',
    stream: 'tickers',
    durationMs: 3_600_000,
  });
  engine.want(['BTC-USDT'], []);
  let known = 0;
  engine.run(
    1_500_000,
    () => {
      const asked = framesSent(engine).filter(({ topics }) => topics.includes('tickers:BTC-USDT'));
      if (asked.length > known) times.push(engine.links.clock.monotonicMs());
      known = asked.length;
    },
    250,
  );
  const waits = times
    .slice(1)
    .map((time, index) => Math.round((time - (times[index] ?? 0)) / 1000));
  expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  engine.close();
});

test('[N14] Binance acknowledges what it does not have: the silent topic is marked, its neighbors stay on their socket', () => {
  const engine = new EngineOnLinks({ venues: ['binance'], messagesPerSec: 300 });
  engine.control({
    type: 'rejectTopic',
    venue: 'binance',
    stream: 'ethusdt@bookTicker',
    durationMs: 3_600_000,
  });
  engine.want(['BTC-USDT', 'ETH-USDT']);
  const silentStatuses = new Set<string>();
  engine.run(
    60_000,
    () => {
      for (const { topic, status } of streams(engine)) {
        if (topic === 'ethusdt@bookTicker') silentStatuses.add(status);
      }
    },
    20,
  );
  expect(silentStatuses.has('live')).toBe(false);
  expect(engine.view.priceOf('ETH-USDT').status).not.toBe('live');
  expect(engine.view.priceOf('BTC-USDT').contributors[0]?.exclusion).toBe(null);
  expect(engine.view.health().connections[0]?.reconnects).toBeLessThanOrEqual(4);
  expect(engine.simulator.oracle.counters().binance?.limitBreaches).toBe(0);
  engine.close();
});

test.each([
  ['binance', (base: string) => `${base.toLowerCase()}usdt@kline_1m`],
  ['bybit', (base: string) => `kline.1.${base}USDT`],
  ['okx', (base: string) => `candle1m:${base}-USDT`],
] as const)(
  '%s: five subscriptions wanted while the link is down go out once each, in their order, when it is back [S0-08]',
  (venue, topicOfBase) => {
    const engine = new EngineOnLinks({ venues: [venue] });
    const bases = ['SOL', 'BTC', 'XRP', 'ETH', 'ADA'];
    engine.run(500);
    engine.control({ type: 'refuse', venue, what: 'handshake', durationMs: 20_000 });
    for (let count = 1; count <= bases.length; count += 1) {
      const candles = bases
        .slice(0, count)
        .map((base) => ({ market: `${base}-USDT`, venue, interval: '1m' as const }));
      engine.want([], [], candles);
      engine.run(2_000);
    }
    expect(framesSent(engine)).toEqual([]);
    engine.run(45_000, undefined, 5);
    expect(framesSent(engine)).toEqual([{ op: 'subscribe', topics: bases.map(topicOfBase) }]);
    const counters = engine.simulator.oracle.counters()[venue];
    expect([counters?.limitBreaches, counters?.openConnections]).toEqual([0, 1]);
    engine.close();
  },
);

test.each(['bybit', 'okx'] as const)(
  '%s: markets that nobody wants any more leave in frames of many topics',
  (venue) => {
    const engine = new EngineOnLinks({ venues: [venue], messagesPerSec: 100 });
    engine.want(tenMarkets);
    engine.run(3_000);
    const before = engine.effects.length;
    engine.want(['BTC-USDT']);
    engine.run(11_000);
    const left = framesSent(engine, before).filter(({ op }) => op === 'unsubscribe');
    expect(left.flatMap(({ topics }) => topics).length).toBe(36);
    expect(left.length).toBe(venue === 'bybit' ? 4 : 1);
    engine.close();
  },
);
