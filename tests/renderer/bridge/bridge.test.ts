import { expect, test } from 'vitest';
import { RefusedError } from '../../../src/renderer/bridge/bridge.ts';
import { bridgeSchemaVersion } from '../../../src/shared/bridge.ts';
import type { BridgeTransport } from '../../../src/shared/bridge.ts';
import { createBridge } from '../../../src/renderer/bridge/createBridge.ts';
import { createMemoryPair } from '../../support/memoryTransport.ts';
import { VirtualClock } from '../../support/virtualClock.ts';
import { TestPage } from '../store/testPage.ts';

const price = { topic: 'price', market: 'BTC-USDT' } as const;
const trades = { topic: 'trades', market: 'BTC-USDT' } as const;

test('tells the host the whole set, once a frame, however many panels come and go', async () => {
  const page = new TestPage();
  await page.run(60);
  page.host.requestSets.length = 0;
  const first = page.bridge.subscribe(price);
  const same = page.bridge.subscribe(price);
  const other = page.bridge.subscribe(trades);
  expect(same.id).toBe(first.id);
  await page.run(20);
  first.release();
  first.release();
  await page.run(40);
  expect(page.host.requestSets).toEqual([[price, trades]]);
  same.release();
  other.release();
  expect(page.bridge.keyOf(first.id)).toBeNull();
  await page.run(40);
  expect(page.host.requestSets).toEqual([[price, trades], []]);
});

test('a topic taken again after it was given up has another id, so that the host starts it over', async () => {
  const page = new TestPage();
  await page.run(60);
  const first = page.bridge.subscribe(price);
  first.release();
  expect(page.bridge.subscribe(price).id).not.toBe(first.id);
});

test('commands are answered each with its own answer, and refused in words without a connection', async () => {
  const page = new TestPage({
    runCommand: (command) => Promise.resolve({ ok: true, value: command.type }),
  });
  const early = await page.store.command({ type: 'getSettings' });
  expect(early).toMatchObject({ ok: false, code: 'not-available' });
  await page.run(60);
  const answers = Promise.all([
    page.store.command({ type: 'searchMarkets', text: 'btc' }),
    page.store.command({ type: 'getSettings' }),
  ]);
  await page.run(20);
  expect(await answers).toEqual([
    { ok: true, value: 'searchMarkets' },
    { ok: true, value: 'getSettings' },
  ]);
});

test('a command that is on its way when the connection goes is answered too', async () => {
  const page = new TestPage({ runCommand: () => new Promise(() => undefined) });
  await page.run(60);
  const answer = page.store.command({ type: 'getSettings' });
  page.host.pair.host.fail('gone');
  expect(await answer).toMatchObject({ ok: false, code: 'not-available' });
});

test('goes on trying for ever, slower and slower, and starts quickly again after success', async () => {
  const page = new TestPage();
  await page.run(60);
  page.host.refuse = new Error('nobody there');
  page.host.pair.host.fail('the host died');
  const attempts: number[] = [];
  page.bridge.onState((state) => {
    if (state.type !== 'closed' || state.retry.nextAttemptTime === null) return;
    attempts.push(page.clock.monotonicMs());
  });
  await page.run(120_000, 50);
  const spacings = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
  expect(spacings.slice(0, 4).every((spacing, index) => spacing > (spacings[index - 1] ?? 0))).toBe(
    true,
  );
  expect(Math.max(...spacings)).toBeLessThanOrEqual(10_000);
  expect(attempts.length).toBeGreaterThan(12);
  page.host.refuse = null;
  await page.run(10_000, 50);
  expect(page.bridge.state.type).toBe('open');
  page.host.pair.host.fail('again');
  await page.run(300);
  expect(page.bridge.state.type).toBe('open');
});

test('[S1-37] each try, its failure, the end of the quick tries and the success are told in order', async () => {
  const page = new TestPage();
  await page.run(60);
  const told: string[] = [];
  page.store.windowState.subscribe(({ link }, before) => {
    if (link === before.link) return;
    if (link.retry === null) told.push(link.status);
    else {
      const { attempt, nextAttemptTime, failed } = link.retry;
      const step = nextAttemptTime === null ? 'attempt' : (link.fault ?? 'no fault');
      told.push(`${step} ${attempt}${failed ? ' failed' : ''}`);
    }
  });
  page.host.refuse = new Error('nobody there');
  page.host.pair.host.fail('the host died');
  await page.run(45_000, 50);
  page.host.refuse = null;
  await page.run(11_000, 50);
  const quick = [2, 3, 4, 5, 6, 7, 8].flatMap((attempt) => [
    `socketFailed ${attempt}`,
    `attempt ${attempt}`,
  ]);
  expect(told.slice(0, 18)).toEqual([
    'transportClosed 1',
    'attempt 1',
    ...quick,
    'socketFailed 9 failed',
    'attempt 9 failed',
  ]);
  expect(told.slice(-2)).toEqual([expect.stringMatching(/^attempt \d+ failed$/), 'open']);
});

test('[S1-38] by hand it tries at once, once, and begins with quick tries again', async () => {
  const page = new TestPage();
  await page.run(60);
  page.host.refuse = new Error('nobody there');
  page.host.pair.host.fail('the host died');
  await page.run(60_000, 50);
  expect(page.store.linkHealth().retry).toMatchObject({ failed: true });
  page.store.reconnect();
  page.store.reconnect();
  expect(page.store.linkHealth().retry).toEqual({
    attempt: 1,
    nextAttemptTime: null,
    failed: false,
  });
  await page.run(20);
  expect(page.store.linkHealth().retry).toMatchObject({ attempt: 2, failed: false });
  page.host.refuse = null;
  const sessions = page.host.sessions.length;
  page.store.reconnect();
  await page.run(5);
  expect(page.bridge.state.type).toBe('open');
  expect(page.host.sessions).toHaveLength(sessions + 1);
});

test('a way in that never answers is given up in time, and a late one is closed', async () => {
  const clock = new VirtualClock();
  const takers: ((transport: BridgeTransport) => void)[] = [];
  const bridge = createBridge({
    open: () => new Promise((resolve) => takers.push(resolve)),
    now: () => clock.monotonicMs(),
    after: (delayMs, run) => clock.after(delayMs, run),
    soon: (run) => run(),
    reloadOnce: () => false,
    versionsFit: () => undefined,
  });
  clock.advance(15_000);
  expect(bridge.state).toMatchObject({ type: 'closed', fault: 'timeout' });
  const { page, host } = createMemoryPair();
  const reasons: string[] = [];
  host.onMessage(() => undefined);
  host.onClose((reason) => reasons.push(reason));
  takers[0]?.(page);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(reasons).toHaveLength(1);
  clock.advance(1000);
  expect(takers).toHaveLength(2);
});

test('a host that does not let the page in says what to do, and is asked again', async () => {
  const page = new TestPage();
  page.host.refuse = new RefusedError('Open the address that the gateway printed.');
  await page.run(60);
  page.host.pair.host.fail('the gateway was started again');
  await page.run(500);
  expect(page.store.linkHealth()).toMatchObject({
    status: 'refused',
    reason: 'Open the address that the gateway printed.',
  });
  page.host.refuse = null;
  await page.run(11_000, 50);
  expect(page.store.linkHealth().status).toBe('open');
});

test('the reason that the host gave stands, not that of the transport', async () => {
  const page = new TestPage();
  await page.run(60);
  page.host.session.close('Truetape was closed');
  page.host.refuse = new Error('gone');
  await page.run(5);
  expect(page.bridge.state).toMatchObject({ type: 'closed', reason: 'Truetape was closed' });
});

test('another version of the host reloads the page once, then says so', async () => {
  const reloading = new TestPage({ schemaVersion: bridgeSchemaVersion + 1, mayReload: true });
  await reloading.run(60);
  expect(reloading.reloads).toBe(1);
  const stuck = new TestPage({ schemaVersion: bridgeSchemaVersion + 1, mayReload: false });
  stuck.store.subscribeTopic(price, () => undefined);
  await stuck.run(30_000, 500);
  expect(stuck.reloads).toBe(1);
  expect(stuck.store.linkHealth().status).toBe('mismatch');
  expect(stuck.host.session.counters.subscriptions).toBe(0);
});

test('a batch of another version is no damage', async () => {
  const page = new TestPage();
  await page.run(60);
  page.host.pair.host.send(Uint8Array.of(0xb7, bridgeSchemaVersion + 1, 0, 0));
  await page.run(60);
  expect(page.store.linkHealth().status).toBe('mismatch');
});

test('a page that starts hidden says so before it asks for anything', async () => {
  const page = new TestPage();
  page.frames.setHidden(true);
  page.bridge.subscribe(price);
  await page.run(2000);
  expect(page.host.session.counters).toMatchObject({
    visible: false,
    batches: 0,
    subscriptions: 1,
  });
});

test('a closed page stays closed', async () => {
  const page = new TestPage();
  await page.run(60);
  page.store.close();
  await page.run(20_000, 500);
  expect(page.host.sessions).toHaveLength(1);
  expect(page.host.core.listeners).toBe(0);
  expect(page.frames.visibilityListeners).toBe(0);
});
