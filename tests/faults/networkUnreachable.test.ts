import { expect, test } from 'vitest';
import { EngineOnLinks } from '../support/engineOnLinks.ts';

test('[N19] six hours without a venue: tried for ever at the cap, everything bounded, the other untouched', () => {
  const engine = new EngineOnLinks({ venues: ['bybit', 'okx'], messagesPerSec: 1 });
  engine.want(['BTC-USDT'], []);
  engine.run(5_000);
  const hoursMs = 6 * 3_600_000;
  engine.control({ type: 'refuse', venue: 'okx', durationMs: hoursMs });
  engine.control({ type: 'reset', venue: 'okx' });
  const attempts = engine.links.attempts.get('okx') ?? 0;
  const others = new Set<string>();
  let longestWaitMs = 0;
  let steps = 0;
  let waits = 0;
  let timers = 0;
  engine.run(
    hoursMs,
    () => {
      steps += 1;
      if (steps % 20 !== 0) return;
      const { connections } = engine.view.health();
      for (const { venue, status, reconnects } of connections) {
        if (venue !== 'okx') others.add(`${venue} ${status} ${reconnects}`);
        else if (status === 'reconnecting') waits += 1;
      }
      const next = connections.find(({ venue }) => venue === 'okx')?.nextAttemptTime ?? null;
      if (next !== null) longestWaitMs = Math.max(longestWaitMs, next - engine.view.time);
      timers = Math.max(timers, engine.links.clock.pending);
    },
    500,
  );
  expect([...others].sort()).toEqual(['bybit live 0']);
  // Full jitter below thirty seconds is fifteen on average.
  expect((engine.links.attempts.get('okx') ?? 0) - attempts).toBeGreaterThan(hoursMs / 30_000);
  expect(longestWaitMs).toBeLessThanOrEqual(30_000);
  expect(waits).toBeGreaterThan(1_500);
  expect(timers).toBeLessThan(100);
  const price = engine.view.priceOf('BTC-USDT');
  const okx = price.contributors.find(({ venue }) => venue === 'okx');
  expect([okx?.exclusion, okx?.weight]).toEqual(['disconnected', 0]);
  const health = engine.view.health();
  expect(health.errors.length).toBeLessThanOrEqual(200);
  expect(engine.view.gaps().filter(({ to }) => to === null).length).toBeLessThanOrEqual(2);
  expect(health.connections.find(({ venue }) => venue === 'okx')?.circuit).not.toBe('closed');
  engine.run(40_000, undefined, 20);
  const back = engine.view.health().connections.find(({ venue }) => venue === 'okx');
  expect([back?.status, back?.circuit]).toEqual(['live', 'closed']);
  engine.close();
});
