import { expect, test } from 'vitest';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';
import { IncidentsHeard } from '../../../support/incidentsHeard.ts';

test('a socket that falls again and again is one incident; the good time in between does not count', () => {
  const engine = new EngineOnLinks({ venues: ['binance', 'okx'], messagesPerSec: 200 });
  const heard = new IncidentsHeard(engine);
  engine.want(['BTC-USDT']);
  engine.run(10_000);
  for (let round = 0; round < 3; round += 1) {
    engine.control({ type: 'reset', venue: 'binance' });
    engine.run(20_000);
  }
  const { cause, durationMs, from, to, attempts } = heard.one;
  expect(cause).toMatch(/^close code 1006.* \(3 times\)$/);
  expect(attempts).toBe(3);
  expect((to ?? 0) - from).toBeGreaterThan(40_000);
  expect(durationMs).toBeLessThan(10_000);
  engine.run(60_000, undefined, 5);
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(20_000);
  expect(heard.all).toHaveLength(2);
  engine.close();
});

test('what went silent and what was lost are told apart on one socket', () => {
  const engine = new EngineOnLinks({ venues: ['binance'], messagesPerSec: 200 });
  const heard = new IncidentsHeard(engine);
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(15_000);
  engine.control({ type: 'silence', venue: 'binance', market: 'BTC-USDT', durationMs: 5_000 });
  engine.run(20_000);
  engine.control({ type: 'reset', venue: 'binance' });
  engine.run(20_000);
  expect(heard.all.map(({ kind, outcome }) => [kind, outcome === 'running'])).toEqual([
    ['stale', false],
    ['disconnected', false],
  ]);
  engine.close();
});
