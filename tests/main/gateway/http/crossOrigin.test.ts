import { afterEach, expect, test } from 'vitest';
import { apiPaths } from '../../../../src/shared/gateway/paths.ts';
import { openGatewayBench } from '../../../support/gatewayBench.ts';
import type { BenchAnswer, GatewayBench } from '../../../support/gatewayBench.ts';

const desk = 'https://desk.example';
const other = 'https://other.example';
const benches: GatewayBench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((bench) => bench.close()));
});

async function open(options: Parameters<typeof openGatewayBench>[0]): Promise<GatewayBench> {
  const bench = await openGatewayBench(options);
  benches.push(bench);
  return bench;
}

function preflight(bench: GatewayBench, origin: string): Promise<BenchAnswer> {
  const method = 'access-control-request-method';
  return bench.ask(`${apiPaths.markets}/BTC-USDT/price`, {
    ...{ method: 'OPTIONS', signed: false },
    headers: { origin, [method]: 'GET', 'access-control-request-headers': 'authorization' },
  });
}

test('by default no page elsewhere may ask, not even first [S1-32]', async () => {
  const bench = await open({});
  for (const origin of [desk, other, 'null']) {
    const answer = await preflight(bench, origin);
    expect(answer.status).toBe(403);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  }
});

test('a page on the allow-list may ask with a token of its own, others may not [S1-32]', async () => {
  const bench = await open({ origins: [desk] });
  const allowed = await preflight(bench, desk);
  expect([allowed.status, allowed.body]).toEqual([204, '']);
  expect(allowed.headers).toMatchObject({
    'access-control-allow-origin': desk,
    'access-control-allow-headers': 'authorization, content-type, last-event-id',
    'access-control-allow-methods': 'GET, HEAD, POST, DELETE',
    vary: 'origin',
  });
  expect(allowed.headers['access-control-allow-credentials']).toBeUndefined();
  expect((await preflight(bench, other)).status).toBe(403);
  const read = await bench.ask(apiPaths.markets, { headers: { origin: desk } });
  expect([read.status, read.headers['access-control-allow-origin']]).toEqual([200, desk]);
  const stream = await bench.ask('/api/realtime/BTC-USDT', {
    headers: { origin: desk },
    isStream: true,
  });
  expect([stream.status, stream.headers['access-control-allow-origin']]).toEqual([200, desk]);
  const refused = await bench.ask(apiPaths.markets, { headers: { origin: desk }, signed: false });
  expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, desk]);
});

test('with --dev-cors every page may ask, with a token [S1-32]', async () => {
  const bench = await open({ origins: '*' });
  for (const origin of [desk, other, 'http://localhost:5173']) {
    const answer = await preflight(bench, origin);
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([204, origin]);
  }
  const unsigned = await bench.ask(apiPaths.markets, { headers: { origin: other }, signed: false });
  expect(unsigned.status).toBe(401);
});

test('the cookie of our own pages does not count for a page elsewhere', async () => {
  const bench = await open({ origins: '*' });
  const session = await bench.ask('/api/session', {
    ...{ method: 'POST', signed: false, body: JSON.stringify({ key: bench.key }) },
    headers: { 'content-type': 'application/json' },
  });
  const cookie = (session.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
  const ask = (origin: string) =>
    bench.ask(apiPaths.markets, { headers: { cookie, origin }, signed: false });
  expect((await ask(bench.origin)).status).toBe(200);
  expect((await ask(other)).status).toBe(401);
  const foreignHost = await bench.ask(apiPaths.markets, { headers: { host: 'evil.example' } });
  expect(foreignHost.status).toBe(421);
});
