import { spawn } from 'node:child_process';
import { deflateRawSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { settledMemory } from '../../../support/settledMemory.ts';
import { openBench } from './streamBench.ts';
import type { SocketPeer, StreamBench } from './streamBench.ts';

let bench: StreamBench;

afterEach(() => bench.close());

/** Clients in a process of their own, so that only the gateway's side of the contexts is measured. */
const clientsScript = `
  import { WebSocket } from 'ws';
  const [url, token] = process.argv.slice(1);
  const headers = { authorization: 'Bearer ' + token };
  const sockets = Array.from({ length: 100 }, () =>
    new WebSocket(url, { headers, perMessageDeflate: { threshold: 0 } }));
  let welcome = 0;
  let books = 0;
  for (const socket of sockets) socket.on('message', (text) => {
    if (text.includes('"welcome"') && ++welcome === 100) process.stdout.write('open ');
    if (text.includes('"updates"') && ++books === 100) process.stdout.write('books ');
  });
  process.stdin.on('data', () => {
    for (const socket of sockets) {
      socket.send('{"type":"subscribe","channels":["orderbook.BTC-USDT"],"rate":1}');
    }
  });
`;

test('[S1-43] compression costs less than 100 KiB of memory a client', async () => {
  bench = await openBench({ settings: { compress: true } });
  const address = `${bench.gateway.origin.replace('http', 'ws')}/api/socket`;
  const child = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    clientsScript,
    address,
    bench.key,
  ]);
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  try {
    await bench.until(() => said.includes('open'), 'a hundred are open');
    const before = (await settledMemory()).externalBytes;
    // Only a message makes the contexts of both directions.
    child.stdin.write('go');
    await bench.until(() => {
      bench.feed.book(Array.from({ length: 20 }, (_, at) => 10_000 + at * 7));
      return said.includes('books');
    }, 'a book for each');
    const kib = ((await settledMemory()).externalBytes - before) / 100 / 1024;
    process.stdout.write(`compression: ${Math.round(kib)} KiB a client\n`);
    expect(kib).toBeGreaterThan(5);
    expect(kib).toBeLessThan(100);
  } finally {
    child.kill();
  }
});

/** A masked text frame with the bit of compression; the mask changes nothing. */
function compressedFrame(text: Buffer): Buffer {
  const packed = deflateRawSync(text, { level: 9 });
  const head = Buffer.of(0xc1, 0xfe, packed.length >> 8, packed.length & 0xff, 0, 0, 0, 0);
  return Buffer.concat([head, packed]);
}

test('[G06] a compression bomb is closed at the size of a message', async () => {
  bench = await openBench({ settings: { compress: true } });
  const frame = compressedFrame(Buffer.alloc(60 * 1_048_576, 0x20));
  expect(frame.length).toBeLessThan(64 * 1024);
  const peers: SocketPeer[] = [];
  for (let at = 0; at < 5; at += 1) peers.push(await bench.connect({ perMessageDeflate: true }));
  const before = process.memoryUsage().rss;
  for (const peer of peers) peer.stream.write(frame);
  await bench.until(() => peers.every(({ closed }) => closed !== null), 'all are closed');
  for (const { closed } of peers) expect(closed?.code).toBe(1009);
  const mib = (process.memoryUsage().rss - before) / 1_048_576;
  process.stdout.write(`five bombs of 60 MiB: ${mib.toFixed(1)} MiB\n`);
  expect(mib).toBeLessThan(50);
});
