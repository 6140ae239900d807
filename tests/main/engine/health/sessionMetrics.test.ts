import { afterEach, expect, test } from 'vitest';
import { Core } from '../../../../src/main/engine/core.ts';
import { RoundTripMeter } from '../../../../src/main/engine/health/roundTripMeter.ts';
import { SessionHistogram } from '../../../../src/main/engine/health/sessionHistogram.ts';
import { LagMeter } from '../../../../src/main/engine/health/lagMeter.ts';
import { UptimeMeter } from '../../../../src/main/engine/health/uptimeMeter.ts';
import { computeSessionMetrics } from '../../../../src/main/engine/health/sessionMetrics.ts';
import { metricsRows } from '../../../../src/main/engine/export/tables/metricsTable.ts';
import type { CoreInput } from '../../../../src/main/engine/inputs.ts';
import { createVenue } from '../../../../src/main/engine/venues/registry.ts';
import { exportSchema } from '../../../../src/shared/exportSchema.ts';
import type { SessionMetrics, StreamMetrics } from '../../../../src/shared/sessionMetrics.ts';
import { venueIds } from '../../../../src/shared/venues.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';
import { throughJson } from '../../../support/throughJson.ts';

const running: EngineOnLinks[] = [];

afterEach(() => {
  for (const engine of running.splice(0)) engine.close();
});

/** Beside the engine: every input that it heard, and when each socket was open. */
function witnessed() {
  const inputs: CoreInput[] = [];
  const openMs = new Map<string, number>();
  const openedAt = new Map<string, number>();
  const engine = new EngineOnLinks({
    messagesPerSec: 300,
    onInput: (input) => {
      inputs.push(input);
      if (input.type === 'opened') openedAt.set(input.connection, input.monotonicMs);
      if (input.type !== 'closed') return;
      const since = openedAt.get(input.connection) ?? input.monotonicMs;
      openedAt.delete(input.connection);
      const before = openMs.get(input.connection) ?? 0;
      openMs.set(input.connection, before + input.monotonicMs - since);
    },
  });
  running.push(engine);
  const uptimeOf = (connection: string): number => {
    const since = openedAt.get(connection);
    const nowMs = inputs.at(-1)?.monotonicMs ?? 0;
    return (openMs.get(connection) ?? 0) + (since === undefined ? 0 : nowMs - since);
  };
  return { engine, inputs, uptimeOf };
}

function metricsOf(engine: EngineOnLinks): SessionMetrics {
  return computeSessionMetrics(engine.view, 'simulated', 1_790_000_000_000, (connection) =>
    engine.shell.queuedOn(connection),
  );
}

function gapsIn({ gaps }: StreamMetrics): number {
  return Object.values(gaps).reduce((sum, count) => sum + count, 0);
}

function sumOf(streams: readonly StreamMetrics[], read: (stream: StreamMetrics) => number): number {
  return streams.reduce((sum, stream) => sum + read(stream), 0);
}

/** Three lost sockets, lost updates and a refused snapshot. */
function trouble(engine: EngineOnLinks): void {
  engine.run(6_000);
  for (let round = 0; round < 3; round += 1) {
    engine.control({ type: 'reset', venue: 'binance' });
    engine.run(4_000);
  }
  engine.control({ type: 'dropDiff', venue: 'okx', market: 'BTC-USDT', count: 1 });
  engine.run(6_000);
}

test('[S0-10] the six counters are those of the wire, of the health report and of the shell', () => {
  const { engine, inputs, uptimeOf } = witnessed();
  engine.want(['BTC-USDT', 'ETH-USDT']);
  trouble(engine);
  const { connections, streams, venues, time } = metricsOf(engine);
  const health = engine.view.health();
  const oracle = engine.simulator.oracle.counters();
  expect(connections).toHaveLength(3);
  for (const metrics of connections) {
    const { connection, venue } = metrics;
    const shown = health.connections.find((each) => each.connection === connection);
    const frames = inputs.filter(
      (input) => input.type === 'frame' && input.connection === connection,
    );
    expect(metrics).toMatchObject({
      messagesReceived: frames.length,
      messagesSent: oracle[venue]?.inboundFrames,
      reconnects: venue === 'binance' ? 3 : 0,
      subscriptions: health.streams.filter((stream) => stream.connection === connection).length,
      queuedMessages: engine.shell.queuedOn(connection),
      uptimeMs: uptimeOf(connection),
    });
    expect(metrics).toMatchObject({
      messagesReceived: shown?.messages,
      messagesSent: shown?.sent,
      reconnects: shown?.reconnects,
      bytesReceived: shown?.bytes,
      decodeErrors: shown?.decodeErrors,
      status: shown?.status,
      openedTime: shown?.openedTime,
    });
    expect(metrics.uptimeMs).toBeGreaterThan(venue === 'binance' ? 10_000 : 20_000);
    expect(metrics.errors).toBeGreaterThanOrEqual(metrics.reconnects);
  }
  const rows = metricsRows(metricsOf(engine), { markets: [] }).map((cells) =>
    Object.fromEntries(exportSchema.metrics.columns.map(({ name }, at) => [name, cells[at]])),
  );
  for (const each of connections) {
    const row = rows.find(
      ({ scope, connection }) => scope === 'connection' && connection === each.connection,
    );
    expect(row).toMatchObject({
      ...{ messages_received: each.messagesReceived, messages_sent: each.messagesSent },
      ...{ reconnects: each.reconnects, uptime: each.uptimeMs },
      ...{ subscriptions: each.subscriptions, queued_messages: each.queuedMessages },
    });
  }
  expect(rows).toHaveLength(connections.length + streams.length);
  expect(time).toBe(health.time);
  expect(venues.map(({ venue }) => venue)).toEqual(venueIds);
  for (const { venue, lag } of venues) {
    const own = streams.filter((stream) => stream.venue === venue);
    expect(lag.count).toBe(sumOf(own, (stream) => stream.lag.count));
    expect(lag.maxMs).toBe(Math.max(...own.map((stream) => stream.lag.maxMs ?? 0)));
  }
  expect(sumOf(streams, gapsIn)).toBe(health.gapsTotal);
  expect(sumOf(streams, (stream) => stream.gapsRepaired)).toBe(health.gapsRepaired);
  expect(sumOf(streams, (stream) => stream.resyncs)).toBe(health.resyncsTotal);
  expect(health.gapsTotal).toBeGreaterThan(3);
  for (const stream of health.streams) {
    const { connection, instrument, channel, status } = stream;
    const metrics = streams.find(
      (each) => each.instrument === instrument && each.channel === channel,
    );
    expect(metrics).toMatchObject({ connection, status, messages: stream.messages });
    expect(metrics).toMatchObject({ resyncs: stream.resyncs, decodeErrors: stream.decodeErrors });
  }
});

test('a pause and a time without anything to carry are no downtime, a refused venue is', () => {
  const { engine } = witnessed();
  const okx = () => metricsOf(engine).connections.find(({ venue }) => venue === 'okx');
  engine.want(['BTC-USDT']);
  engine.run(5_000);
  expect((okx()?.wantedMs ?? 0) - (okx()?.uptimeMs ?? 0)).toBeLessThan(200);
  engine.shell.command({ type: 'pauseVenue', venue: 'okx' });
  const before = okx();
  engine.run(20_000);
  expect(okx()).toMatchObject({ uptimeMs: before?.uptimeMs, wantedMs: before?.wantedMs });
  engine.control({ type: 'refuse', what: 'handshake', venue: 'okx', durationMs: 10_000 });
  engine.shell.command({ type: 'resumeVenue', venue: 'okx' });
  engine.run(10_000);
  expect(okx()?.uptimeMs).toBe(before?.uptimeMs);
  expect(okx()?.wantedMs).toBeCloseTo((before?.wantedMs ?? 0) + 10_000, -2);
});

test('figures of an engine that ran before its recording began count from then, not from the recording', () => {
  const { engine } = witnessed();
  engine.want(['BTC-USDT']);
  engine.run(20_000);
  const recordedFrom = engine.view.time - 5_000;
  const { startTime, time, connections } = computeSessionMetrics(engine.view, 'live', recordedFrom);
  expect(recordedFrom - startTime).toBeGreaterThan(10_000);
  for (const { uptimeMs } of connections) expect(uptimeMs).toBeLessThanOrEqual(time - startTime);
});

test('what waits for a place in the budget is told of its own connection', () => {
  const { engine } = witnessed();
  engine.want(['BTC-USDT']);
  engine.run(5_000);
  const { connections } = computeSessionMetrics(engine.view, 'simulated', 0, (connection) =>
    connection === 'okx#1' ? 7 : 0,
  );
  expect(connections.map(({ queuedMessages }) => queuedMessages)).toEqual([0, 0, 7]);
  const inReplay = computeSessionMetrics(engine.view, 'replay:x', 0);
  expect(inReplay.connections.map(({ queuedMessages }) => queuedMessages)).toEqual([
    null,
    null,
    null,
  ]);
});

test('gaps are counted by cause, and their time until they are repaired', () => {
  const { engine } = witnessed();
  engine.want(['BTC-USDT']);
  engine.run(6_000);
  engine.control({ type: 'refuse', what: 'handshake', venue: 'bybit', durationMs: 60_000 });
  engine.control({ type: 'reset', venue: 'bybit' });
  engine.run(10_000);
  const cutOff = metricsOf(engine).streams.filter(({ venue }) => venue === 'bybit');
  const trades = cutOff.find(({ channel }) => channel === 'trade');
  expect(trades?.gaps).toMatchObject({ disconnect: 1, sequence: 0 });
  expect(trades?.gapMs).toBeGreaterThan(9_500);
  expect(trades?.gapMs).toBeLessThan(10_500);
  expect(trades?.uptimeMs).toBeLessThan(6_500);
  engine.run(80_000);
  const whole = metricsOf(engine).streams.filter(({ venue }) => venue === 'bybit');
  for (const { gapsRepaired, ...stream } of whole) {
    if (gapsRepaired === gapsIn({ gapsRepaired, ...stream })) expect(stream.gapMs).toBe(0);
  }
  expect(whole.find(({ channel }) => channel === 'book')?.gapsRepaired).toBe(1);
});

test('a stream that was closed keeps its figures, and goes on with them when it is opened again', () => {
  const { engine } = witnessed();
  engine.want(['BTC-USDT', 'ETH-USDT']);
  trouble(engine);
  const eth = (): readonly StreamMetrics[] =>
    metricsOf(engine).streams.filter(({ instrument }) => instrument.endsWith('ETH-USDT'));
  engine.want(['BTC-USDT']);
  engine.run(15_000);
  const closed = eth();
  expect(new Set(closed.map(({ status }) => status))).toEqual(new Set(['closed']));
  expect(closed).toHaveLength(12);
  engine.run(5_000);
  expect(eth()).toEqual(closed);
  const { streams } = metricsOf(engine);
  expect(sumOf(streams, gapsIn)).toBe(engine.view.health().gapsTotal);
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(5_000);
  for (const before of closed) {
    const now = eth().find(
      ({ instrument, channel }) => instrument === before.instrument && channel === before.channel,
    );
    expect(now?.status).not.toBe('closed');
    expect(now?.messages).toBeGreaterThan(before.messages);
    expect(now?.uptimeMs).toBeGreaterThan(before.uptimeMs);
    expect(now?.uptimeMs).toBeLessThan(before.uptimeMs + 5_000);
    expect(now?.lag.count).toBeGreaterThanOrEqual(before.lag.count);
  }
});

test('the same inputs in a core of their own, and one restored half way, give the same figures and hash', () => {
  const { engine, inputs } = witnessed();
  engine.want(['BTC-USDT', 'ETH-USDT']);
  trouble(engine);
  engine.want(['BTC-USDT']);
  engine.run(15_000);
  const half = inputs.length;
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(4_000);
  const live = computeSessionMetrics(engine.view, 'live', 1);
  const emptyCore = () => new Core({ venues: venueIds.map(createVenue) });
  const again = emptyCore();
  for (const input of inputs.slice(0, half)) again.handle(input, () => undefined);
  const restored = emptyCore();
  restored.restore(throughJson(again.save()));
  for (const input of inputs.slice(half)) {
    again.handle(input, () => undefined);
    restored.handle(input, () => undefined);
  }
  const hash = engine.core.stateHash();
  expect([again.stateHash(), restored.stateHash()]).toEqual([hash, hash]);
  expect(computeSessionMetrics(again.view, 'live', 1)).toEqual(live);
  expect(computeSessionMetrics(restored.view, 'live', 1)).toEqual(live);
});

test('[S4-21] before the first sample figures are null and never NaN', () => {
  const core = new Core({ venues: venueIds.map(createVenue) });
  core.handle({ type: 'tick', receivedTime: 1.79e12, monotonicMs: 5 }, () => undefined);
  const metrics = computeSessionMetrics(core.view, 'live', 1.79e12);
  const nothing = { count: 0, p50Ms: null, p99Ms: null, maxMs: null };
  expect(metrics).toMatchObject({ roundTrip: nothing, lag: nothing, streams: [] });
  expect(metrics.connections.map(({ connection }) => connection)).toEqual([
    'binance#1',
    'bybit#1',
    'okx#1',
  ]);
  for (const connection of metrics.connections) {
    expect(connection).toMatchObject({ roundTrip: nothing, roundTripMeanMs: null, uptimeMs: 0 });
  }
  // What is not a number would be null after JSON, or be said to be one.
  expect(throughJson(metrics)).toEqual(metrics);
  expect(new RoundTripMeter().meanMs()).toBeNull();
  expect(new LagMeter().sessionPercentiles()).toEqual(nothing);
});

test('[S4-21] the mean is that of the last hundred round trips, the percentiles are of all', () => {
  const meter = new RoundTripMeter();
  for (let trip = 1; trip <= 250; trip += 1) meter.add(trip);
  meter.add(Number.NaN);
  const copy = new RoundTripMeter();
  copy.restore(throughJson(meter.save()));
  for (const each of [meter, copy]) {
    expect([each.meanMs(), each.lastMs]).toEqual([(151 + 250) / 2, 250]);
    const { count, p50Ms, p99Ms, maxMs } = each.session.percentiles();
    expect([count, maxMs]).toEqual([250, 250]);
    expect(Math.abs((p50Ms ?? 0) / 125 - 1)).toBeLessThan(0.02);
    expect(Math.abs((p99Ms ?? 0) / 248 - 1)).toBeLessThan(0.02);
  }
});

test('percentiles of a session are within two percent wherever the values lie', () => {
  for (let exponent = -1; exponent < 6; exponent += 0.37) {
    const histogram = new SessionHistogram();
    const values = Array.from({ length: 1_001 }, (_, at) => 10 ** exponent * (1 + at / 100));
    for (const value of values) histogram.add(value);
    const { p50Ms, p99Ms } = histogram.percentiles();
    expect(Math.abs((p50Ms ?? 0) / (values[500] ?? 1) - 1)).toBeLessThan(0.02);
    expect(Math.abs((p99Ms ?? 0) / (values[990] ?? 1) - 1)).toBeLessThan(0.02);
  }
});

test('the lag of a session forgets nothing, however often its minutes turn', () => {
  const meter = new LagMeter();
  const whole = new SessionHistogram();
  for (let now = 0; now < 400_000; now += 250) {
    const lagMs = now < 120_000 ? 40 : now < 280_000 ? -3 : 15;
    // A pause of several turns in the middle.
    if (now > 150_000 && now < 270_000) continue;
    meter.add(now, lagMs);
    whole.add(lagMs);
  }
  expect(meter.sessionPercentiles()).toEqual(whole.percentiles());
  const next = new LagMeter();
  next.restoreSession(throughJson(meter.saveSession()));
  next.add(500_000, 90);
  whole.add(90);
  expect(next.sessionPercentiles()).toEqual(whole.percentiles());
});

test('uptime adds up what was up, whatever it is told twice', () => {
  const meter = new UptimeMeter();
  const steps = [
    [false, 0],
    [true, 100],
    [true, 150],
    [false, 400],
    [false, 500],
    [true, 900],
  ] as const;
  for (const [isUp, nowMs] of steps) meter.mark(isUp, nowMs);
  const copy = new UptimeMeter();
  copy.restore(throughJson(meter.save()));
  expect([meter.totalMs(900), meter.totalMs(1_000), copy.totalMs(1_000)]).toEqual([300, 400, 400]);
});
