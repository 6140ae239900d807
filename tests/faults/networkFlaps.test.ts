import { expect, test } from 'vitest';
import { EngineOnLinks } from '../support/engineOnLinks.ts';

test('[N05] a venue that accepts and hangs up a thousand times is asked ever more rarely, until a minute of data', () => {
  const engine = new EngineOnLinks({ venues: ['binance'], messagesPerSec: 5 });
  engine.want(['BTC-USDT']);
  engine.run(2_000);
  engine.control({ type: 'flap', venue: 'binance', count: 1_000, durationMs: 24 * 3_600_000 });
  engine.control({ type: 'reset', venue: 'binance' });
  while ((engine.links.attempts.get('binance') ?? 0) < 1_001) engine.run(60_000, undefined, 1_000);
  const bounds = engine.effectsOf('scheduleAttempt').map(({ maxDelayMs }) => maxDelayMs);
  expect(bounds.slice(1, 9)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
  expect(new Set(bounds.slice(9))).toEqual(new Set([30_000]));
  expect(bounds.length).toBeGreaterThan(1_000);
  // The flaps are over: it comes back, and keeps what it has learned for a minute of good data.
  engine.run(35_000, undefined, 50);
  const [live] = engine.view.health().connections;
  expect(live?.status).toBe('live');
  expect(live?.attempt).toBeGreaterThan(999);
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(100);
  expect(engine.effectsOf('scheduleAttempt').at(-1)?.maxDelayMs).toBe(30_000);
  engine.run(100_000, undefined, 50);
  expect(engine.view.health().connections[0]?.attempt).toBe(0);
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(100);
  expect(engine.effectsOf('scheduleAttempt').at(-1)?.maxDelayMs).toBe(250);
  const counters = engine.simulator.oracle.counters().binance;
  expect([counters?.limitBreaches, counters?.bans]).toEqual([0, 0]);
  engine.close();
}, 30_000);
