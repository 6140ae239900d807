import { expect, test } from 'vitest';
import { RefusedError } from '../../../src/renderer/bridge/bridge.ts';
import { bridgeSchemaVersion } from '../../../src/shared/bridge.ts';
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
    if (state.type === 'closed') attempts.push(page.clock.monotonicMs());
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
