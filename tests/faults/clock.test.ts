import { expect, test } from 'vitest';
import type { StreamStatus } from '../../src/shared/feedHealth.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import type { EngineOnLinksOptions } from '../support/engineOnLinks.ts';
import { bookDifference } from '../support/oracleChecks.ts';

const markets = ['BTC-USDT', 'ETH-USDT'];
const venues = ['binance', 'bybit', 'okx'] as const;
const hourMs = 3_600_000;

function running(options: EngineOnLinksOptions = {}): EngineOnLinks {
  const engine = new EngineOnLinks({ messagesPerSec: 400, ...options });
  engine.want(markets, markets, [{ market: 'BTC-USDT', venue: 'binance', interval: '1m' }]);
  engine.run(20_000);
  return engine;
}

function isBookLive(
  engine: EngineOnLinks,
  venue: (typeof venues)[number],
  market: string,
): boolean {
  const view = engine.view.bookView({ market, venue, group: '0', rows: 1, muted: [] });
  return view.parts[0]?.counted === true;
}

function notLive(engine: EngineOnLinks): string[] {
  return venues.flatMap((venue) =>
    markets
      .filter((market) => !isBookLive(engine, venue, market))
      .map((market) => `${venue} ${market}`),
  );
}

function differences(engine: EngineOnLinks): (string | null)[] {
  return venues.flatMap((venue) =>
    markets.map((market) => bookDifference(engine.view, engine.simulator, venue, market)),
  );
}

/** Milliseconds until every book counts again, for good; null when that took longer than `limitMs`. */
function recoveryMs(engine: EngineOnLinks, limitMs: number): number | null {
  const startMs = engine.links.clock.monotonicMs();
  let lastBadMs = startMs;
  engine.run(
    limitMs,
    () => {
      if (notLive(engine).length > 0) lastBadMs = engine.links.clock.monotonicMs();
    },
    5,
  );
  const tookMs = lastBadMs - startMs;
  return tookMs >= limitMs - 10 ? null : tookMs;
}

function generations(engine: EngineOnLinks): number {
  return engine.effectsOf('connect').length;
}

/** The machine sleeps: the venue gives the sockets up and tells nobody, and our clocks stand as the system has it. */
function sleep(engine: EngineOnLinks, forMs: number, monotonicStops: boolean): void {
  const { links } = engine;
  for (const venue of venues) engine.control({ type: 'halfOpen', venue });
  if (monotonicStops) links.clockPort.stepWall(forMs);
  else links.block(Math.min(forMs, 60_000));
}

test.each([
  [30_000, false],
  [30_000, true],
  [12 * hourMs, true],
] as const)(
  '[N15] after %i ms of sleep no socket is believed and every book is valid within 5 s (monotonic clock stops: %s)',
  (sleptMs, monotonicStops) => {
    const engine = running();
    const before = generations(engine);
    sleep(engine, sleptMs, monotonicStops);
    // In the very call that sees the jump nothing counts any more.
    engine.run(60);
    expect(notLive(engine).length).toBe(venues.length * markets.length);
    expect(engine.view.priceOf('BTC-USDT').status).toBe('stale');
    expect(recoveryMs(engine, 8_000)).toBeLessThanOrEqual(5_000);
    expect(generations(engine) - before).toBeGreaterThanOrEqual(venues.length);
    expect(differences(engine)).toEqual([null, null, null, null, null, null]);
    engine.close();
  },
);

test('[N15] the word of the host that the machine woke replaces all sockets, whatever they say', () => {
  const engine = running();
  const before = generations(engine);
  engine.shell.command({ type: 'wake' });
  expect(recoveryMs(engine, 6_000)).toBeLessThanOrEqual(5_000);
  expect(generations(engine) - before).toBeGreaterThanOrEqual(venues.length);
  expect([...new Set(engine.view.gaps().map(({ cause }) => cause))]).toEqual(['disconnect']);
  engine.close();
});

test('[N15] of two sockets after a jump the dead one is replaced and the one that answers is kept', () => {
  const engine = running();
  const opened = (venue: string): number =>
    engine.effectsOf('connect').filter((effect) => effect.venue === venue).length;
  const before = venues.map(opened);
  engine.control({ type: 'halfOpen', venue: 'okx' });
  engine.links.clockPort.stepWall(hourMs);
  expect(recoveryMs(engine, 8_000)).toBeLessThanOrEqual(5_000);
  expect(venues.map((venue, index) => opened(venue) - (before[index] ?? 0))).toEqual([0, 0, 1]);
  engine.close();
});

test('[T01] a step of the wall clock leaves the reason of a refused topic where it is', () => {
  const engine = new EngineOnLinks({ venues: ['okx'], messagesPerSec: 300 });
  engine.control({ type: 'rejectTopic', venue: 'okx', stream: 'trades', durationMs: 60_000 });
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  const notes = (): ReadonlyMap<string, string | null> =>
    new Map(engine.view.health().streams.map(({ channel, note }) => [channel, note]));
  const refused = notes().get('trade');
  expect(refused).toMatch(/^Refused \(/);
  const seen = new Set<string | null | undefined>();
  const doubted = new Set<string | null | undefined>();
  engine.links.clockPort.stepWall(hourMs);
  engine.run(4_000, () => {
    seen.add(notes().get('trade'));
    doubted.add(notes().get('bbo'));
  });
  expect([...seen].filter((note) => !note?.startsWith('Refused ('))).toEqual([]);
  expect([...doubted]).toContain('The clock jumped: asking whether the connection lives.');
  expect(notes().get('bbo')).toBeNull();
  engine.close();
});

test.each([hourMs, -hourMs])(
  '[T01] a step of the wall clock by %i ms costs no connection, no gap and no bar',
  (stepMs) => {
    const engine = running();
    const closed: number[] = [];
    engine.view.listen({
      onTrade: () => undefined,
      onClosedCandle: ({ venue, candle }) => {
        if (venue !== 'binance') return;
        closed.push(candle.openTime);
        // By the venue's clock no bar ends before its time, whatever ours says.
        expect(engine.simulator.now()).toBeGreaterThanOrEqual(candle.openTime + 59_900);
      },
      onGap: () => undefined,
      onIncident: () => undefined,
      onDirty: () => undefined,
    });
    const before = generations(engine);
    const statuses = new Set<StreamStatus>();
    let lastDoubtMs = 0;
    const steppedMs = engine.links.clock.monotonicMs();
    engine.links.clockPort.stepWall(stepMs);
    const look = (): void => {
      const nowMs = engine.links.clock.monotonicMs();
      for (const { status, channel } of engine.view.health().streams) {
        statuses.add(channel === 'candle' && status === 'quiet' ? 'live' : status);
        if (status === 'resyncing') lastDoubtMs = nowMs - steppedMs;
      }
    };
    engine.run(3_000, look, 10);
    for (let second = 0; second < 82; second += 1) {
      engine.run(1_000, () => undefined, 50);
      look();
    }
    // Forward it might have been a sleep: each socket has to answer once before it counts again.
    expect([...statuses].sort()).toEqual(stepMs > 0 ? ['live', 'resyncing'] : ['live']);
    expect(lastDoubtMs).toBeLessThanOrEqual(stepMs > 0 ? 1_000 : 0);
    expect(generations(engine)).toBe(before);
    const { gapsTotal, resyncsTotal, errors, connections, streams } = engine.view.health();
    expect({ gapsTotal, resyncsTotal, errors }).toEqual({
      gapsTotal: 0,
      resyncsTotal: 0,
      errors: [],
    });
    for (const { clockOffsetMs, clockErrorMs } of connections) {
      expect(Math.abs((clockOffsetMs ?? Number.NaN) + stepMs)).toBeLessThanOrEqual(60);
      expect(clockErrorMs).toBeLessThanOrEqual(50);
    }
    for (const { lagP99Ms } of streams.filter(({ channel }) => channel === 'trade')) {
      expect(Math.abs(lagP99Ms ?? Number.NaN)).toBeLessThan(100);
    }
    const minutes = [...new Set(closed)];
    expect(minutes).toEqual(minutes.map((_, index) => (minutes[0] ?? 0) + index * 60_000));
    expect(minutes.length).toBeGreaterThanOrEqual(2);
    engine.close();
  },
);

test('[T01] a wall clock that drifts by 200 ms a second is followed and touches nothing', () => {
  const engine = running();
  const before = generations(engine);
  const statuses = new Set<StreamStatus>();
  const drift = (): void => {
    engine.links.clockPort.stepWall(2);
    for (const { status } of engine.view.health().streams) statuses.add(status);
  };
  engine.run(60_000, drift, 10);
  expect([...statuses].filter((status) => status !== 'quiet')).toEqual(['live']);
  expect(generations(engine)).toBe(before);
  const { connections, streams, gapsTotal } = engine.view.health();
  expect(gapsTotal).toBe(0);
  for (const { clockOffsetMs } of connections) {
    expect(Math.abs((clockOffsetMs ?? Number.NaN) + 12_000)).toBeLessThanOrEqual(10);
  }
  for (const { lagP99Ms } of streams.filter(({ channel }) => channel === 'trade')) {
    expect(Math.abs(lagP99Ms ?? Number.NaN)).toBeLessThan(100);
  }
  engine.close();
});

test('[T03] a loop that was blocked for 2 s reads what waits before it judges, and runs one tick for all it missed: no timers pile up', () => {
  const ticks: number[] = [];
  const engine: EngineOnLinks = running({
    onInput: (input) => {
      if (input.type === 'tick') ticks.push(input.monotonicMs);
    },
  });
  const before = generations(engine);
  const asked = engine.effectsOf('fetch').length;
  const stale = new Set<string>();
  // What waits varies by a few, never with the time that was missed.
  const pending = (): number => engine.links.clock.pending;
  let most = 0;
  engine.run(2_000, () => {
    most = Math.max(most, pending());
  });
  let mostAfter = 0;
  for (let round = 0; round < 5; round += 1) {
    engine.links.block(2_000);
    const wokeMs = engine.links.clock.monotonicMs();
    engine.run(400, () => {
      mostAfter = Math.max(mostAfter, pending());
      for (const { topic, status } of engine.view.health().streams) {
        if (status !== 'live' && status !== 'quiet') stale.add(`${topic} ${status}`);
      }
    });
    const soon = ticks.filter((ms) => ms >= wokeMs && ms < wokeMs + 100);
    expect(soon.length).toBeLessThanOrEqual(3);
  }
  expect(mostAfter).toBeLessThan(2 * most);
  expect(pending()).toBeLessThanOrEqual(most);
  expect([...stale]).toEqual([]);
  expect(generations(engine)).toBe(before);
  const { gapsTotal, resyncsTotal, errors } = engine.view.health();
  expect({ gapsTotal, resyncsTotal, errors }).toEqual({
    gapsTotal: 0,
    resyncsTotal: 0,
    errors: [],
  });
  const probes = engine
    .effectsOf('fetch')
    .slice(asked)
    .filter(({ request }) => !/time/i.test(request.path));
  expect(probes.map(({ request }) => request.path)).toEqual([]);
  expect(differences(engine)).toEqual([null, null, null, null, null, null]);
  engine.close();
});
