import { expect, test } from 'vitest';
import type { TradeValue } from '../../../../src/shared/values.ts';
import { EngineOnLinks, tenMarkets } from '../../../support/engineOnLinks.ts';

const onlyBinance = ['binance'] as const;

function statusOf(engine: EngineOnLinks, connection: string): string | undefined {
  return engine.view.health().connections.find((each) => each.connection === connection)?.status;
}

test('the bound of the delay doubles from 250 ms to 30 s and starts over after a minute of data [S0-06]', () => {
  const engine = new EngineOnLinks({ venues: onlyBinance });
  engine.want(['BTC-USDT']);
  engine.run(2_000);
  engine.control({ type: 'refuse', venue: 'binance', durationMs: 150_000 });
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(150_000);
  const bounds = engine.effectsOf('scheduleAttempt').map(({ maxDelayMs }) => maxDelayMs);
  expect(bounds.slice(0, 10)).toEqual([
    0, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ]);
  engine.run(30_000);
  expect(statusOf(engine, 'binance#1')).toBe('live');
  engine.run(65_000);
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(10);
  expect(engine.effectsOf('scheduleAttempt').at(-1)?.maxDelayMs).toBe(250);
  engine.close();
});

test('a venue that accepts and closes at once does not shorten the delay', () => {
  const engine = new EngineOnLinks({ venues: onlyBinance });
  engine.want(['BTC-USDT']);
  engine.run(1_000);
  for (let round = 0; round < 6; round += 1) {
    engine.control({ type: 'reset', venue: 'binance' });
    engine.run(20_000, () => undefined);
  }
  const bounds = engine.effectsOf('scheduleAttempt').map(({ maxDelayMs }) => maxDelayMs);
  expect(bounds).toEqual([0, 250, 500, 1_000, 2_000, 4_000, 8_000]);
  engine.close();
});

test('resubscribes each instrument once after a reconnect, within five frames a second [S0-09]', () => {
  const engine = new EngineOnLinks({ venues: onlyBinance });
  engine.want(tenMarkets);
  engine.run(3_000);
  const before = engine.effects.length;
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(5_000);
  const topics = engine.topicsSent('SUBSCRIBE', before);
  expect([topics.length, new Set(topics).size]).toEqual([40, 40]);
  expect(engine.topicsSent('UNSUBSCRIBE')).toEqual([]);
  expect(engine.simulator.oracle.counters().binance?.limitBreaches).toBe(0);
  const statuses = engine.view.health().streams.map(({ status }) => status);
  expect(statuses).toEqual(statuses.map(() => 'live'));
  engine.close();
});

test('a thousand refusals later the next attempt connects [S2-20]', () => {
  const engine = new EngineOnLinks({ venues: onlyBinance, messagesPerSec: 5 });
  engine.want(['BTC-USDT']);
  engine.run(1_000);
  const hours = 4.6 * 3_600_000;
  engine.control({ type: 'refuse', venue: 'binance', durationMs: hours });
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(hours, undefined, 200);
  expect(engine.links.attempts.get('binance')).toBeGreaterThan(1_000);
  expect(engine.view.priceOf('BTC-USDT').status).toBe('stale');
  engine.run(60_000);
  expect([statusOf(engine, 'binance#1'), engine.view.priceOf('BTC-USDT').status]).toEqual([
    'live',
    'live',
  ]);
  expect(engine.simulator.oracle.counters().binance?.limitBreaches).toBe(0);
  engine.close();
});

test('thirty books lost together are whole again within a second and a half, inside every limit', () => {
  const engine = new EngineOnLinks({ seed: 8, messagesPerSec: 1_000, latencyMs: 40 });
  const venues = ['binance', 'bybit', 'okx'] as const;
  engine.want(tenMarkets);
  engine.run(4_000);
  for (const venue of venues) engine.control({ type: 'reset', venue });
  engine.run(41);
  const isWhole = (market: string, venue: (typeof venues)[number]): boolean =>
    engine.view.bookView({ market, venue, group: '0', rows: 1, muted: [] }).parts[0]?.counted ===
    true;
  const whole = (): number =>
    tenMarkets.flatMap((market) => venues.filter((venue) => isWhole(market, venue))).length;
  expect(whole()).toBe(0);
  engine.run(1_500);
  expect(whole()).toBe(30);
  for (const counters of Object.values(engine.simulator.oracle.counters())) {
    expect([counters.limitBreaches, counters.bans]).toEqual([0, 0]);
  }
  engine.close();
});

test('trades missed while the socket was down come back from the venue, whole by id', () => {
  const engine = new EngineOnLinks({ venues: onlyBinance, messagesPerSec: 400 });
  const trades: TradeValue[] = [];
  engine.view.listen({
    onTrade: (_market, trade) => trades.push(trade),
    onClosedCandle: () => undefined,
    onGap: () => undefined,
    onIncident: () => undefined,
    onDirty: () => undefined,
  });
  engine.want(['BTC-USDT']);
  engine.run(5_000);
  engine.control({ type: 'refuse', venue: 'binance', durationMs: 3_000 });
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(20_000);
  const ids = trades.map(({ id }) => Number(id)).sort((a, b) => a - b);
  const first = ids[0] ?? 0;
  expect(ids).toEqual(ids.map((_, index) => first + index));
  expect(ids.length).toBeGreaterThan(50);
  const gaps = engine.view.gaps().filter(({ channel }) => channel === 'trade');
  expect(gaps.map(({ cause, repairedBy }) => [cause, repairedBy])).toEqual([
    ['disconnect', 'rest'],
  ]);
  engine.close();
});

test('a planned rotation opens the new socket first and misses no trade [S2-01]', () => {
  const trades: number[] = [];
  const engine = new EngineOnLinks({
    venues: onlyBinance,
    messagesPerSec: 400,
    adapt: (venue) => ({ ...venue, limits: { ...venue.limits, maxConnectionAgeMs: 60_000 } }),
  });
  let worst = 'live';
  engine.view.listen({
    onTrade: (_market, trade) => trades.push(Number(trade.id)),
    onClosedCandle: () => undefined,
    onGap: () => undefined,
    onIncident: () => undefined,
    onDirty: () => undefined,
  });
  engine.want(['BTC-USDT']);
  engine.run(5_000);
  engine.run(150_000, () => {
    const book = engine.view.bookView({
      market: 'BTC-USDT',
      venue: 'binance',
      group: '0',
      rows: 1,
      muted: [],
    });
    if (book.parts[0]?.counted !== true) worst = book.parts[0]?.status ?? 'none';
  });
  expect(engine.log.filter((line) => line.includes('handed over')).length).toBe(2);
  expect(worst).toBe('live');
  const first = trades[0] ?? 0;
  expect(trades).toEqual(trades.map((_, index) => first + index));
  expect([engine.view.health().gapsTotal, engine.view.health().errors]).toEqual([0, []]);
  engine.close();
});
