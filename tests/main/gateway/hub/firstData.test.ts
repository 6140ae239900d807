import { expect, onTestFinished, test } from 'vitest';
import { WindowSession } from '../../../../src/main/engine/delivery/session.ts';
import type { EngineHost } from '../../../../src/main/engine/host.ts';
import { createMarketHub } from '../../../../src/main/gateway/hub/createMarketHub.ts';
import { openEngineFeed } from '../../../../src/main/gateway/hub/engineFeed.ts';
import { bridgeSchemaVersion } from '../../../../src/shared/bridge.ts';
import { defaultSettings } from '../../../../src/shared/settings.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';
import { createFakeEngineHost } from '../../../support/fakeEngineHost.ts';
import { hostView } from '../../../support/hostViews.ts';
import { FakeSink, subscribeTo } from '../../../support/hubClients.ts';

/** An engine that has just begun, and the hub of a gateway on it, on one virtual clock. */
function startGatewayOnEngine() {
  const engine = new EngineOnLinks({ messagesPerSec: 300 });
  const { clock, clockPort } = engine.links;
  const wallMs = (): number => clockPort.wallMs();
  const attach: EngineHost['attach'] = (transport, { window }) => {
    const source = 'simulated';
    const session = new WindowSession({
      transport,
      source: { source, view: engine.view, now: wallMs },
      host: hostView(wallMs),
      hello: {
        ...{ type: 'hello', schemaVersion: bridgeSchemaVersion, appVersion: '0', host: 'gateway' },
        ...{ window, source, platform: 'test', settings: defaultSettings() },
      },
      clock,
      runCommand: () => Promise.resolve({ ok: true, value: null }),
      onRequests: (requests) => {
        engine.want(requests.flatMap((each) => ('market' in each ? each.market : [])));
      },
      onClosed: () => undefined,
      report: (text) => {
        throw new Error(text);
      },
    });
    onTestFinished(() => session.close('the test is over'));
  };
  const gatewayClock = {
    monotonicMs: () => clock.monotonicMs(),
    wallMs,
    after: (delayMs: number, run: () => void) => clock.after(delayMs, run),
  };
  const host = { ...createFakeEngineHost(), attach };
  const feed = openEngineFeed({ host, clock: gatewayClock });
  const hub = createMarketHub({ feed, clock: gatewayClock, version: '1', log: () => undefined });
  onTestFinished(async () => {
    await hub.close();
    engine.close();
  });
  /** Time passes in steps, and what was sent in between arrives. */
  const pass = async (ms: number, onStep: () => void): Promise<void> => {
    for (let at = 0; at < ms; at += 5) {
      engine.run(5);
      for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
      onStep();
    }
  };
  return { engine, hub, pass };
}

test('from its start to the first live figures of a client a gateway takes less than 2 s [S1-18]', async () => {
  const { engine, hub, pass } = startGatewayOnEngine();
  const sink = new FakeSink();
  const principal = { user: null, family: null, expiresTime: null };
  const session = hub.open({ transport: 'sse', principal, address: 'here', sink });
  if ('code' in session) throw new Error(session.message);
  session.subscribe(subscribeTo(['price.BTC-USDT', 'orderbook.BTC-USDT', 'trades.BTC-USDT']));
  const firstMs = new Map<string, number>();
  await pass(3_000, () => {
    for (const update of sink.updates) {
      if ('status' in update && update.status !== 'live') continue;
      if (!firstMs.has(update.type)) firstMs.set(update.type, engine.links.clock.monotonicMs());
    }
  });
  for (const type of ['price_update', 'orderbook_update', 'trade_update']) {
    expect(firstMs.get(type) ?? Infinity, type).toBeLessThan(2_000);
  }
});
