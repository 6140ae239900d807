import { strFromU8, unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { buildBundle } from '../../../../src/main/engine/diagnostics/buildBundle.ts';
import { redactorHere } from '../../../../src/main/engine/diagnostics/machine.ts';
import type { FeedHealth } from '../../../../src/shared/feedHealth.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

interface Counted {
  frames: number;
  bytes: number;
  /** Monotonic time and size of each frame. */
  readonly times: (readonly [ms: number, bytes: number])[];
}

/** An engine whose frames are counted beside it, by connection. */
function counted(messagesPerSec: number) {
  const byConnection = new Map<string, Counted>();
  const engine = new EngineOnLinks({
    messagesPerSec,
    onInput: (input) => {
      if (input.type !== 'frame') return;
      const { connection, text, monotonicMs } = input;
      const count = byConnection.get(connection) ?? { frames: 0, bytes: 0, times: [] };
      byConnection.set(connection, count);
      count.frames += 1;
      count.bytes += text.length;
      count.times.push([monotonicMs, text.length]);
    },
  });
  return { engine, byConnection };
}

async function healthInBundle(health: FeedHealth): Promise<unknown> {
  const zip = unzipSync(
    await buildBundle(
      {
        ...{ version: '0', host: 'gateway', source: 'live', startedTime: 0, time: 1.79e12 },
        ...{ status: null, health, incidents: [], gaps: [], errors: [], settings: null },
        ...{ log: [], debugLines: [], findings: [] },
      },
      redactorHere(),
    ),
  );
  return JSON.parse(strFromU8(zip['health.json'] ?? new Uint8Array()));
}

test('counters are those of the wire, go on over a reconnect, and are the same in the bundle [S0-10]', async () => {
  const { engine, byConnection } = counted(300);
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(8_000);
  const before = new Map(engine.view.health().connections.map((each) => [each.connection, each]));
  for (let round = 0; round < 3; round += 1) {
    engine.control({ type: 'reset', venue: 'binance' });
    engine.run(6_000);
  }
  const health = engine.view.health();
  const oracle = engine.simulator.oracle.counters();
  expect(health.connections).toHaveLength(3);
  for (const { connection, venue, messages, bytes, sent, reconnects } of health.connections) {
    const truth = byConnection.get(connection);
    expect([connection, messages, bytes]).toEqual([connection, truth?.frames, truth?.bytes]);
    expect([connection, sent]).toEqual([connection, oracle[venue]?.inboundFrames]);
    expect(reconnects).toBe(venue === 'binance' ? 3 : 0);
    expect(messages).toBeGreaterThan(before.get(connection)?.messages ?? 0);
  }
  expect(health.streams).toHaveLength(24);
  for (const { messages, connection } of health.streams) {
    expect([connection, messages > 0]).toEqual([connection, true]);
  }
  expect(health.reconnectsTotal).toBe(3);
  expect(await healthInBundle(health)).toEqual({
    status: null,
    health: JSON.parse(JSON.stringify({ ...health, errors: [] })),
  });
  engine.close();
});

test('rates are within two percent of the wire, sizes and uptime are those of the engine [S0-33]', () => {
  const { engine, byConnection } = counted(600);
  engine.want(['BTC-USDT', 'ETH-USDT', 'SOL-USDT']);
  engine.run(12_000);
  const startedTime = engine.view.time;
  for (let look = 0; look < 10; look += 1) {
    engine.run(487);
    const nowMs = engine.links.clock.monotonicMs();
    for (const { connection, messagesPerSec, bytesPerSec } of engine.view.health().connections) {
      // The meter looks back over its whole slots and the one that runs: 4.5 to 5 s.
      const sinceMs = (Math.floor(nowMs / 500) - 9) * 500;
      const seen = (byConnection.get(connection)?.times ?? []).filter(([ms]) => ms >= sinceMs);
      const seconds = (nowMs - sinceMs) / 1000;
      const bytes = seen.reduce((sum, [, size]) => sum + size, 0);
      expect(Math.abs(messagesPerSec / (seen.length / seconds) - 1)).toBeLessThan(0.02);
      expect(Math.abs(bytesPerSec / (bytes / seconds) - 1)).toBeLessThan(0.02);
    }
  }
  const { connections, sizes, time } = engine.view.health();
  expect(time - startedTime).toBeGreaterThan(4_500);
  for (const { openedTime, since, status } of connections) {
    expect(status).toBe('live');
    expect(openedTime).toBeLessThanOrEqual(since);
    expect(time - since).toBeGreaterThan(15_000);
  }
  const states = engine.core.save().board.instruments.map(([, state]) => state);
  const levelsOf = (side: 'bids' | 'asks'): number =>
    states.reduce((sum, { book }) => sum + (book?.state.book[side].prices.length ?? 0), 0);
  expect(sizes.bookLevels).toBe(levelsOf('bids') + levelsOf('asks'));
  const trades = states.map((state) => state.trades?.tape.recent.length ?? 0);
  expect(sizes.trades).toBe(trades.reduce((sum, count) => sum + count, 0));
  expect([sizes.gaps, sizes.incidents, sizes.requests, sizes.heldUpdates]).toEqual([0, 0, 0, 0]);
  engine.close();
});
