import { expect, onTestFinished, test } from 'vitest';
import type { EngineHost } from '../../../../src/main/engine/host.ts';
import { createEngineHost } from '../../../../src/main/engine/host.ts';
import { HostPage } from './hostPage.ts';

const nowhere = { ws: 'ws://127.0.0.1:9', rest: 'http://127.0.0.1:9' };

async function openFirstStart(): Promise<EngineHost> {
  const host = await createEngineHost({
    ...{ profile: null, hostKind: 'gateway', appVersion: '1', market: null, replay: null },
    endpoints: { binance: nowhere, bybit: nowhere, okx: nowhere },
    startSimulatedMarket: () => Promise.reject(new Error('not in this test')),
    log: () => undefined,
  });
  onTestFinished(() => host.close());
  return host;
}

test('a program that attaches begins no first start, a window does', async () => {
  const host = await openFirstStart();
  const program = new HostPage(host, 'gateway-programs', { isProgram: true });
  expect(await host.status()).toMatchObject({ sourceReason: 'probing', decisionTime: null });
  const page = new HostPage(host, 'main');
  expect((await host.status()).decisionTime).not.toBeNull();
  program.leave();
  page.leave();
});

test('a host lists no market before a venue has answered', async () => {
  const host = await openFirstStart();
  expect(await host.markets()).toEqual([]);
});
