import { spawnSync } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { apiPaths } from '../../../../src/shared/gateway/paths.ts';
import { eventually } from '../../../support/eventually.ts';
import { hostStatus } from '../../../support/fakeEngineHost.ts';
import { openGatewayBench } from '../../../support/gatewayBench.ts';
import type { GatewayBench } from '../../../support/gatewayBench.ts';

const benches: GatewayBench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((bench) => bench.close()));
});

async function open(options: Parameters<typeof openGatewayBench>[0] = {}): Promise<GatewayBench> {
  const bench = await openGatewayBench(options);
  benches.push(bench);
  return bench;
}

test('health tells status, version, uptime, venues and clients; 503 when no venue is live [S1-34]', async () => {
  const bench = await open();
  bench.host.current = hostStatus({ venuesLive: 2 });
  const degraded = await bench.ask(apiPaths.health, { signed: false });
  expect(degraded.status).toBe(200);
  expect(degraded.headers['cache-control']).toBe('no-store');
  expect(JSON.parse(degraded.body)).toEqual({
    status: 'degraded',
    version: '1.2.3',
    uptimeSec: expect.any(Number) as number,
    source: 'live',
    venues: { live: 2, total: 3, states: { okx: 'live', bybit: 'down' } },
    symbols: { live: 4, total: 4 },
    messagesPerSec: 120,
    clients: 0,
    transports: { websocket: 0, sse: 0, polling: 0 },
  });
  const stream = await bench.ask('/api/stream?channels=price.BTC-USDT', { isStream: true });
  expect(stream.status).toBe(200);
  bench.host.current = hostStatus({ venuesLive: 0, startedTime: Date.now() });
  const starting = await bench.ask(apiPaths.health, { signed: false });
  expect([starting.status, JSON.parse(starting.body)]).toMatchObject([503, { status: 'starting' }]);
  bench.host.current = hostStatus({ venuesLive: 0, startedTime: Date.now() - 11_000 });
  const down = await bench.ask(apiPaths.health, { signed: false });
  expect([down.status, JSON.parse(down.body)]).toMatchObject([503, { status: 'down' }]);
});

test('the list of markets is as live as the venues are now, whoever listens', async () => {
  const bench = await open();
  bench.host.current = hostStatus({ venuesLive: 0 });
  expect(JSON.parse((await bench.ask(apiPaths.markets)).body)).toMatchObject({ status: 'stale' });
  bench.host.current = hostStatus({ venuesLive: 1 });
  expect(JSON.parse((await bench.ask(apiPaths.markets)).body)).toMatchObject({ status: 'live' });
});

test('health names no market and nobody', async () => {
  const bench = await open();
  const { body } = await bench.ask(apiPaths.health, { signed: false });
  expect(body).not.toMatch(/BTC|USDT|127\.0\.0\.1|user/);
});

const figures = [
  'delivery_seconds',
  ...['clients', 'channels', 'events_held', 'recent_delivery_seconds', 'windows', 'uptime_seconds'],
  ...['publications_total', 'records_sent_total', 'sent_bytes_total', 'conflated_total'],
  ...['client_resyncs_total', 'client_resumes_total', 'clients_evicted_total'],
  ...['clients_ended_total', 'client_connected_seconds_total', 'auth_failures_total'],
  ...['venue_live', 'venue_messages_per_second', 'venue_gaps_total', 'venue_resyncs_total'],
  ...['venue_reconnects_total', 'venue_lag_seconds', 'decode_errors_total', 'refusals_total'],
  ...['loop_delay_p99_seconds', 'loop_delay_max_seconds', 'memory_bytes', 'build_info'],
];

test('metrics count clients, delivery, latency and durations, each with help and type [S1-45]', async () => {
  const bench = await open();
  await bench.ask('/api/realtime/BTC-USDT', { isStream: true });
  await bench.ask(apiPaths.markets, { headers: { authorization: 'Bearer wrong' } });
  const { status, headers, body } = await bench.ask(apiPaths.metrics);
  expect(status).toBe(200);
  expect(headers['content-type']).toContain('text/plain; version=0.0.4');
  for (const name of figures) {
    expect(body).toMatch(new RegExp(`^# HELP truetape_${name} .+\\.$`, 'm'));
    expect(body).toMatch(new RegExp(`^# TYPE truetape_${name} (gauge|counter|histogram)$`, 'm'));
  }
  expect(body).toContain('truetape_clients{transport="sse"}');
  expect(body).toContain('truetape_auth_failures_total{code="INVALID_TOKEN"} 1');
  expect(body).toContain('truetape_refusals_total{code="INVALID_TOKEN"} 1');
  expect(body).toContain('truetape_venue_live{venue="okx"} 1');
  expect(body).toContain('truetape_venue_live{venue="bybit"} 0');
  expect(body).toContain('truetape_venue_reconnects_total{venue="bybit"} 4');
  expect(body).toMatch(/^truetape_delivery_seconds_bucket\{le="\+Inf"\} [1-9]/m);
  for (const name of ['publications', 'records_sent', 'sent_bytes']) {
    expect(body).toMatch(new RegExp(`^truetape_${name}_total [1-9]`, 'm'));
  }
  await eventually(async () => {
    const { body: later } = await bench.ask(apiPaths.metrics);
    expect(later).toMatch(/^truetape_clients_ended_total 1$/m);
    expect(later).toMatch(/^truetape_client_connected_seconds_total (?!0$)\d+(\.\d+)?$/m);
  });
  const again = await bench.ask(apiPaths.metrics);
  expect(again.body).toContain('truetape_auth_failures_total{code="INVALID_TOKEN"} 1');
});

test('a figure of a venue that is not known any more is not the one from before', async () => {
  const bench = await open();
  expect((await bench.ask(apiPaths.metrics)).body).toContain('truetape_venue_live{venue="okx"} 1');
  bench.feed.isSilent = true;
  await new Promise((resolve) => setTimeout(resolve, 600));
  const { body } = await bench.ask(apiPaths.metrics);
  expect(body).not.toMatch(/^truetape_venue_(live|messages_per_second|lag_seconds)\{/m);
  expect(body).toContain('truetape_venue_reconnects_total{venue="okx"} 4');
});

test('metrics need a token unless they are opened', async () => {
  const closed = await open();
  expect((await closed.ask(apiPaths.metrics, { signed: false })).status).toBe(401);
  const opened = await open({ openMetrics: true });
  expect((await opened.ask(apiPaths.metrics, { signed: false })).status).toBe(200);
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

test.skipIf(!hasPromtool)('promtool finds nothing to complain about [S1-45]', async () => {
  const bench = await open();
  await bench.ask('/api/stream?channels=price.BTC-USDT', { isStream: true });
  const { body } = await bench.ask(apiPaths.metrics);
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
  expect([checked.status, checked.stdout, checked.stderr]).toEqual([0, '', '']);
});
