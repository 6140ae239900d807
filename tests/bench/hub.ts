import { setTimeout as pause } from 'node:timers/promises';
import { createMarketHub } from '../../src/main/gateway/hub/createMarketHub.ts';
import type { OutboundUpdates } from '../../src/main/gateway/hub/clientContract.ts';
import { systemGatewayClock } from '../../src/main/gateway/gatewayClock.ts';
import { FakeMarketFeed } from '../support/fakeMarketFeed.ts';

/** Hub alone, without sockets: `node tests/bench/hub.ts [clients] [seconds]`. */
const clients = Number(process.argv[2] ?? 1_000);
const seconds = Number(process.argv[3] ?? 10);
const changesPerSec = 50;

const feed = new FakeMarketFeed(() => Date.now());
const hub = createMarketHub({
  ...{ feed, clock: systemGatewayClock, version: '0', log: () => undefined },
  limits: { maxClients: clients, maxClientsPerAddress: clients },
});

const heapBytes = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};
const before = heapBytes();
let records = 0;
let bytes = 0;
for (let index = 0; index < clients; index += 1) {
  const session = hub.open({
    transport: 'websocket',
    principal: { user: null, family: null, expiresTime: null },
    address: 'bench',
    sink: {
      bufferedBytes: () => 0,
      sendUpdates(updates: OutboundUpdates) {
        records += updates.records.length;
        let size = 60;
        for (const record of updates.records) size += record.json().length;
        bytes += size;
      },
      sendMessage: () => undefined,
      end: () => undefined,
    },
  });
  if ('code' in session) throw new Error(session.message);
  session.subscribe({
    type: 'subscribe',
    channels: feed.listed.map((market) => `price.${market}`),
  });
  session.subscribe({ type: 'subscribe', channels: ['trades.BTC-USDT'] });
}
const perClient = (heapBytes() - before) / clients;
await pause(100);
records = 0;
bytes = 0;
const startCpu = process.cpuUsage();
const startMs = performance.now();
let changes = 0;
while (performance.now() - startMs < seconds * 1_000) {
  const due = ((performance.now() - startMs) / 1_000) * changesPerSec;
  for (; changes < due; changes += 1) {
    for (const market of feed.listed) feed.price(market, 64_000 + changes);
    if (changes % 5 === 0) feed.trade('BTC-USDT');
  }
  feed.published.length = 0;
  await pause(5);
}
const cpu = process.cpuUsage(startCpu);
const cpuMs = (cpu.user + cpu.system) / 1_000;
const tookMs = performance.now() - startMs;
const { deliveryMs } = hub.counts();
process.stdout.write(
  `${JSON.stringify({
    clients,
    recordsPerSec: Math.round((records / tookMs) * 1_000),
    microsecondsPerRecord: Number(((cpuMs * 1_000) / records).toFixed(3)),
    cpuShare: Number((cpuMs / tookMs).toFixed(3)),
    bytesPerRecord: Math.round(bytes / records),
    heapBytesPerClient: Math.round(perClient),
    rssMib: Math.round(process.memoryUsage().rss / 2 ** 20),
    deliveryMs,
  })}\n`,
);
await hub.close();
