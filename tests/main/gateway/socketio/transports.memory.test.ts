import { afterEach, expect, test } from 'vitest';
import { openRawClient } from './rawClient.ts';
import type { RawClient } from './rawClient.ts';
import { closeAll, openTestGateway, transportsOf } from './socketIoGateway.ts';
import { settledMemory } from '../../../support/settledMemory.ts';

afterEach(() => closeAll());

test('compression costs less than 100 KB of memory a client [S1-43]', async () => {
  const clients = 40;
  const used = async (compress: boolean): Promise<number> => {
    const gateway = await openTestGateway({ settings: { compress } });
    const options = { port: gateway.gateway.port, token: gateway.key, compress };
    const open: RawClient[] = [];
    const before = (await settledMemory()).externalBytes;
    for (let count = 0; count < clients; count += 1) open.push(await openRawClient(options));
    for (const client of open) client.emit('subscribe', { channels: ['trades.BTC'] });
    for (const client of open) await expect.poll(() => client.counts.get('subscribed')).toBe(1);
    for (let count = 0; count < 50; count += 1) gateway.feed.trade('BTC-USDT', 100);
    await gateway.pass(100);
    for (const client of open) await expect.poll(() => client.counts.get('updates')).toBe(1);
    const after = (await settledMemory()).externalBytes;
    for (const client of open) client.socket.terminate();
    await closeAll();
    return (after - before) / clients;
  };
  const plain = await used(false);
  const compressed = await used(true);
  // Of both ends: the client of the test is in this process as well.
  expect(compressed - plain).toBeLessThan(100_000);
});

test('a client that does not read is ended, and another beside it misses nothing [G01]', async () => {
  const gateway = await openTestGateway();
  const healthy = gateway.connect({ auth: { token: gateway.key, protocol: 1 } });
  const stalled = await openRawClient({ port: gateway.gateway.port, token: gateway.key });
  await healthy.next('welcome');
  await healthy.ask('subscribe', { channels: ['trades.BTC'] });
  stalled.emit('subscribe', { channels: ['trades.BTC'] });
  await expect.poll(() => stalled.counts.get('subscribed')).toBe(1);
  stalled.stall();
  let sent = 0;
  const before = await settledMemory();
  for (let round = 0; round < 150; round += 1) {
    for (let count = 0; count < 500; count += 1) sent = gateway.feed.trade('BTC-USDT', 100);
    await gateway.pass(200, 100);
    // Virtual time is faster than the network: without this the healthy one would look slow as well.
    await healthy.until('all', () => healthy.records().length === sent);
  }
  expect(healthy.records().every(({ seq }, at) => seq === at + 1)).toBe(true);
  expect(await transportsOf(gateway)).toEqual({ polling: 0, websocket: 1 });
  const after = await settledMemory();
  // Two thirds of it are what the healthy one has heard, which is in this process as well.
  expect(after.heapBytes - before.heapBytes).toBeLessThan(90e6);
  expect(after.externalBytes - before.externalBytes).toBeLessThan(5e6);
  stalled.goOn();
  await expect.poll(() => stalled.socket.readyState).toBe(stalled.socket.CLOSED);
});
