import { expect, test } from 'vitest';
import type { CoreSaved } from '../../src/main/engine/core.ts';
import { Core } from '../../src/main/engine/core.ts';
import type { CoreInput } from '../../src/main/engine/inputs.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import type { Venue } from '../../src/main/engine/venues/venue.ts';
import { createFaultSchedule } from '../../src/simulator/faults/schedule.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import { jsonLosses } from '../support/jsonLosses.ts';
import { throughJson } from '../support/throughJson.ts';

const venues = ['binance', 'bybit', 'okx'] as const;

function shortLived(venue: Venue): Venue {
  return { ...venue, limits: { ...venue.limits, maxConnectionAgeMs: 6_000 } };
}

test('a checkpoint in the middle of a handover or of a doubted clock goes on to the same state', () => {
  const inputs: CoreInput[] = [];
  const engine = new EngineOnLinks({
    messagesPerSec: 200,
    adapt: shortLived,
    onInput: (input) => inputs.push(input),
  });
  engine.want(['BTC-USDT']);
  engine.run(7_000);
  engine.links.clockPort.stepWall(60_000);
  engine.run(6_000);
  const hash = engine.core.stateHash();
  engine.close();
  const core = (): Core => new Core({ venues: venues.map((id) => shortLived(createVenue(id))) });
  const whole = core();
  const checkpoints = new Map<number, CoreSaved>();
  let handovers = 0;
  let doubts = 0;
  inputs.forEach((input, index) => {
    if (index % 40 === 0) {
      const saved = whole.save();
      const connections = saved.feeds.flatMap(([, feed]) => feed.connections);
      const isHanding = connections.some(({ rotation }) => rotation !== null);
      const isDoubted = connections.some(({ active }) => (active?.doubtedMs ?? null) !== null);
      if (isHanding && handovers < 3) checkpoints.set(index, throughJson(saved));
      if (isDoubted && doubts < 2) checkpoints.set(index, throughJson(saved));
      handovers += isHanding ? 1 : 0;
      doubts += isDoubted ? 1 : 0;
    }
    whole.handle(input, () => undefined);
  });
  expect(whole.stateHash()).toBe(hash);
  expect([handovers > 0, doubts > 0]).toEqual([true, true]);
  for (const [index, saved] of checkpoints) {
    const restored = core();
    restored.restore(saved);
    for (const input of inputs.slice(index)) restored.handle(input, () => undefined);
    expect([index, restored.stateHash()]).toEqual([index, hash]);
  }
});

test('nothing in a checkpoint is another value after a way through JSON, before the start, in trouble and after it', () => {
  const engine = new EngineOnLinks({ seed: 5, messagesPerSec: 200, adapt: shortLived });
  const markets = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT'];
  const losses = new Set<string>();
  const look = (): void => {
    for (const loss of jsonLosses(engine.core.save())) losses.add(loss.replace(/\[\d+\]/g, '[]'));
  };
  look();
  engine.want(markets, markets, [{ market: 'BTC-USDT', venue: 'binance', interval: '1m' }]);
  look();
  const durationMs = 40_000;
  const schedule = createFaultSchedule(5, { venues, markets, durationMs, everyMs: 700 });
  const startMs = engine.links.clock.monotonicMs();
  let next = 0;
  let steps = 0;
  engine.run(
    durationMs,
    () => {
      const elapsedMs = engine.links.clock.monotonicMs() - startMs;
      for (let due = schedule[next]; due !== undefined && due.atMs <= elapsedMs;) {
        engine.control(due.command);
        next += 1;
        due = schedule[next];
      }
      steps += 1;
      if (steps < 100 || steps % 25 === 0) look();
    },
    10,
  );
  expect([...losses]).toEqual([]);
  engine.close();
});
