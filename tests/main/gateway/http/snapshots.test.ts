import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { openGatewayBench } from '../../../support/gatewayBench.ts';
import type { GatewayBench } from '../../../support/gatewayBench.ts';

const benches: GatewayBench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((bench) => bench.close()));
});

async function open(): Promise<GatewayBench> {
  const bench = await openGatewayBench();
  benches.push(bench);
  return bench;
}

const market = '/api/markets/BTC-USDT';

async function ask(bench: GatewayBench, path: string): Promise<unknown> {
  const { status, body } = await bench.ask(`${market}${path}`);
  expect(status, body).toBe(200);
  return JSON.parse(body);
}

test('the candles of one venue are as live as that venue, whatever the others are', async () => {
  const bench = await open();
  expect(await ask(bench, '/candles?venue=okx')).toMatchObject({
    ...{ venue: 'okx', status: 'live', ageMs: expect.any(Number) },
    receivedTime: expect.any(Number),
  });
  expect(await ask(bench, '/candles?venue=bybit')).toMatchObject({
    ...{ venue: 'bybit', status: 'none', ageMs: null, receivedTime: null },
    note: expect.stringContaining('Bybit'),
  });
  expect(await ask(bench, '/candles')).toMatchObject({ venue: null, status: 'single' });
});

test('the age of a snapshot is of the moment that it names', async () => {
  const bench = await open();
  // Somebody listens all the time: nothing is asked for anew.
  const listening = new AbortController();
  await fetch(`${bench.origin}/api/stream?channels=price.BTC-USDT`, {
    headers: { authorization: `Bearer ${bench.key}` },
    signal: listening.signal,
  });
  const ages = async () =>
    (await ask(bench, '/price')) as Readonly<Record<'time' | 'receivedTime' | 'ageMs', number>>;
  await ages();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { time, receivedTime, ageMs } = await ages();
  expect(ageMs).toBe(time - receivedTime);
  expect(ageMs).toBeGreaterThanOrEqual(300);
  listening.abort();
});

test('as many of the last trades come as are asked for and known', async () => {
  const bench = await open();
  await bench.ask(`${market}/trades`);
  for (let price = 1; price <= 300; price += 1) bench.feed.publishTrade(price);
  const count = async (limit: number): Promise<number> => {
    const { trades } = (await ask(bench, `/trades?limit=${limit}`)) as {
      readonly trades: readonly unknown[];
    };
    return trades.length;
  };
  await eventually(async () => expect(await count(250)).toBe(250));
});

test('pages of candles, which the venues are asked for, are not taken without end by one user [G06]', async () => {
  const bench = await open();
  const path = `${market}/candles?interval=1m`;
  // Many more than the limit: it grows by some in the time that a busy machine takes for all of them.
  const asked = 120;
  const answers = await Promise.all(Array.from({ length: asked }, () => bench.ask(path)));
  const refused = answers.filter(({ status }) => status === 429);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(asked - refused.length);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.headers['retry-after']).toBe('1');
  expect(JSON.parse(refused[0]?.body ?? '')).toMatchObject({ error: { code: 'RATE_LIMITED' } });
  expect((await bench.ask(`${market}/price`)).status).toBe(200);
});
