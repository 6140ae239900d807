import { expect, test } from 'vitest';
import type { NextStep, StreamHealth } from '../../src/shared/feedHealth.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';

const venues = ['binance', 'bybit', 'okx'] as const;

function tradeStream(engine: EngineOnLinks, venue: string): StreamHealth | undefined {
  const { streams } = engine.view.health();
  return streams.find((each) => each.venue === venue && each.channel === 'trade');
}

function sockets(engine: EngineOnLinks): number {
  return engine.effectsOf('connect').length;
}

test.each(venues)(
  '[N02] %s: heartbeats alone do not hide that an active symbol has stopped: marked, asked again, then replaced',
  (venue) => {
    const engine = new EngineOnLinks({ venues: [venue], messagesPerSec: 900 });
    engine.want(['BTC-USDT', 'ETH-USDT']);
    engine.run(30_000);
    const before = sockets(engine);
    // Acks, pongs and the other market pass: the transport lives, and only this symbol has stopped.
    engine.control({ type: 'silence', venue, market: 'BTC-USDT', durationMs: 60_000 });
    const startMs = engine.links.clock.monotonicMs();
    const steps: string[] = [];
    const nexts = new Set<NextStep['action']>();
    let staleMs: number | null = null;
    let resubscribedMs: number | null = null;
    let replacedMs: number | null = null;
    const sent = engine.effectsOf('send').length;
    engine.run(30_000, () => {
      const nowMs = engine.links.clock.monotonicMs() - startMs;
      const stream = tradeStream(engine, venue);
      if (staleMs === null && stream?.status === 'stale') {
        staleMs = nowMs;
        steps.push('stale');
        expect(engine.view.priceOf('BTC-USDT').status).toBe('stale');
      }
      if (stream !== undefined && stream.next !== null) nexts.add(stream.next.action);
      const asked = engine
        .effectsOf('send')
        .slice(sent)
        .some(({ purpose }) => purpose === 'subscription');
      if (resubscribedMs === null && asked) {
        resubscribedMs = nowMs;
        steps.push('subscribed again');
      }
      if (replacedMs === null && sockets(engine) > before) {
        replacedMs = nowMs;
        steps.push('replaced');
      }
    });
    expect(steps).toEqual(['stale', 'subscribed again', 'replaced']);
    expect(staleMs).toBeLessThanOrEqual(3_100);
    expect(replacedMs).toBeLessThanOrEqual(10_000);
    expect([...nexts]).toEqual(expect.arrayContaining(['replaceSocket', 'connect']));
    engine.control({ type: 'restore', venue });
    engine.run(45_000);
    expect(tradeStream(engine, venue)?.status).toBe('live');
    expect(tradeStream(engine, venue)?.next).toBeNull();
    engine.close();
  },
);

test('[N03] a market in which nothing happens is quiet for ten minutes: no connect, no gap, its next look known', () => {
  const engine = new EngineOnLinks({ messagesPerSec: 1 });
  engine.want(['DOT-USDT', 'AVAX-USDT']);
  engine.run(60_000, () => undefined, 10);
  const before = sockets(engine);
  const statuses = new Map<string, number>();
  let overdue = 0;
  engine.run(
    600_000,
    () => {
      const { streams, time } = engine.view.health();
      for (const { channel, status, next } of streams) {
        if (channel !== 'trade') continue;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status !== 'live' && next === null) overdue += 1;
        if (next?.time !== undefined && next.time !== null && next.time < time) overdue += 1;
      }
    },
    250,
  );
  expect([...statuses.keys()]).toContain('quiet');
  expect([...statuses.keys()]).not.toContain('failed');
  expect(overdue).toBe(0);
  expect(sockets(engine)).toBe(before);
  const { gapsTotal, resyncsTotal, reconnectsTotal } = engine.view.health();
  expect({ gapsTotal, resyncsTotal, reconnectsTotal }).toEqual({
    gapsTotal: 0,
    resyncsTotal: 0,
    reconnectsTotal: 0,
  });
  engine.close();
});

test('what happens next to a stream is told with its time: the next try after a refusal, the next connect', () => {
  const engine = new EngineOnLinks({ venues: ['okx'], messagesPerSec: 300 });
  engine.control({ type: 'rejectTopic', venue: 'okx', stream: 'trades', durationMs: 20_000 });
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  const failed = tradeStream(engine, 'okx');
  expect(failed?.status).toBe('failed');
  expect(failed?.next?.action).toBe('retrySubscription');
  const waitMs = (failed?.next?.time ?? 0) - engine.view.health().time;
  expect(waitMs).toBeGreaterThan(0);
  expect(waitMs).toBeLessThanOrEqual(5_000);
  engine.run(60_000);
  expect(tradeStream(engine, 'okx')?.next).toBeNull();
  engine.control({ type: 'refuse', venue: 'okx', durationMs: 60_000 });
  engine.control({ type: 'reset', venue: 'okx' });
  engine.run(5_000);
  const { connections, time } = engine.view.health();
  const next = tradeStream(engine, 'okx')?.next;
  expect(next).toEqual({ action: 'connect', time: connections[0]?.nextAttemptTime ?? null });
  expect(next?.time ?? time).toBeGreaterThanOrEqual(time);
  engine.close();
});
