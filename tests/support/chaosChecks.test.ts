import { expect, test } from 'vitest';
import type { GapRecord } from '../../src/shared/feedHealth.ts';
import { ChaosClocks, drawClockEvents } from './chaosClocks.ts';
import { openGapProblem } from './chaosInvariants.ts';
import { EngineOnLinks } from './engineOnLinks.ts';
import { compareBook } from './oracleChecks.ts';

const hourMs = 3_600_000;
const market = 'BTC-USDT';

function openGap(): GapRecord {
  const where = { venue: 'okx', instrument: `okx:${market}`, channel: 'trade' } as const;
  const missing = { firstId: null, lastId: null, missing: null, repairedBy: null };
  return { id: 1, ...where, cause: 'disconnect', from: 1, to: null, ...missing };
}

function running(): EngineOnLinks {
  const engine = new EngineOnLinks({ venues: ['okx'] });
  engine.want([market]);
  engine.run(10_000);
  return engine;
}

test('a gap of trades without an end is a problem on a live stream, and none on one that is gone', () => {
  const engine = running();
  const { view } = engine;
  expect(openGapProblem(view, [openGap()])).toContain('has no end');
  expect(openGapProblem(view, [{ ...openGap(), to: 2 }])).toBeNull();
  engine.control({ type: 'refuse', venue: 'okx', durationMs: 60_000 });
  engine.control({ type: 'reset', venue: 'okx' });
  engine.run(1_000);
  expect(openGapProblem(view, [openGap()])).toBeNull();
  engine.close();
});

test('a book that does not count is not compared', () => {
  const engine = running();
  const compare = () => compareBook(engine.view, engine.simulator, 'okx', market, 50);
  expect(compare()).toEqual({ isCompared: true, difference: null });
  engine.control({ type: 'reset', venue: 'okx' });
  engine.run(10);
  expect(compare()).toEqual({ isCompared: false, difference: null });
  engine.close();
});

test('what our wall clock showed is found in the time of the market, whoever set it in between', () => {
  const engine = new EngineOnLinks({ venues: ['okx'] });
  const clocks = new ChaosClocks(engine);
  const shown: { readonly wallTime: number; readonly time: number }[] = [];
  for (const stepMs of [hourMs, -hourMs, -hourMs, hourMs]) {
    shown.push({ wallTime: engine.links.clockPort.wallMs(), time: engine.simulator.now() });
    clocks.apply({ atMs: 0, type: 'wall', stepMs });
    engine.run(1_000);
    clocks.apply({ atMs: 0, type: 'sleep', forMs: 30_000 });
    engine.run(1_000);
  }
  expect(shown.map(({ wallTime }) => clocks.trueTime(wallTime))).toEqual(
    shown.map(({ time }) => time),
  );
  engine.close();
});

test('one seed is one list of clock events, and of many seeds all kinds come', () => {
  expect(drawClockEvents(3, 60_000)).toEqual(drawClockEvents(3, 60_000));
  const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((seed) => drawClockEvents(seed, 60_000));
  expect(new Set(all.map(({ type }) => type))).toEqual(new Set(['wall', 'block', 'sleep']));
  expect(Math.max(...all.map(({ atMs }) => atMs))).toBeLessThan(54_000);
});
