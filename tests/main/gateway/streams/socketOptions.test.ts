import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deflateRawSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { applyDelta, deltasPerSnapshot } from '../../../../src/shared/gateway/delta.ts';
import type { DeltaUpdatesMessage, DeltaValue } from '../../../../src/shared/gateway/delta.ts';
import { openBench, typesOf, updatesOf } from './streamBench.ts';
import type { SocketPeer, StreamBench } from './streamBench.ts';

let bench: StreamBench;

afterEach(() => bench.close());

const sizes = (round: number) =>
  Array.from({ length: 20 }, (_, at) => 10_000 + at * 7 + (at === round % 20 ? round : 0));

interface Subscription {
  readonly channels?: readonly string[];
  readonly delta?: boolean;
  readonly fields?: readonly string[];
}

async function subscribe(peer: SocketPeer, more: Subscription = {}): Promise<void> {
  const before = typesOf(peer.messages).filter((type) => type === 'subscribed').length;
  peer.send({ type: 'subscribe', channels: ['orderbook.BTC-USDT'], rate: 60, ...more });
  const count = () => typesOf(peer.messages).filter((type) => type === 'subscribed').length;
  await bench.until(() => count() > before, 'subscribed');
  await bench.pass(100, 50);
}

type State = Readonly<Record<string, DeltaValue | undefined>>;

/** What a program does with it: whole records replace, differences are applied to their base. */
function heldBy(peer: SocketPeer): ReadonlyMap<string, State> {
  const held = new Map<string, State>();
  for (const message of peer.messages as readonly DeltaUpdatesMessage[]) {
    if (message.type !== 'updates') continue;
    for (const update of message.updates) {
      held.set(update.channel, JSON.parse(JSON.stringify(update)) as State);
    }
    for (const { channel, base, changes, seq } of message.deltas ?? []) {
      const state = held.get(channel) ?? {};
      expect(state['seq']).toBe(base);
      const next = applyDelta(state, changes) as State;
      expect(next['seq']).toBe(seq);
      held.set(channel, next);
    }
  }
  return held;
}

function wholesOf(peer: SocketPeer): number {
  return updatesOf(peer.messages).length;
}

test('[S4-05] a snapshot, then differences that merge into what another client gets whole', async () => {
  bench = await openBench();
  const whole = await bench.connect();
  const delta = await bench.connect();
  await subscribe(whole);
  await subscribe(delta, { delta: true });
  const rounds = 130;
  for (let round = 0; round < rounds; round += 1) {
    bench.feed.book(sizes(round));
    await bench.pass(20, 20);
  }
  await bench.pass(200, 20);
  const last = updatesOf(whole.messages).at(-1);
  await bench.until(
    () => heldBy(delta).get('orderbook.BTC-USDT')?.['seq'] === last?.seq,
    'the last',
  );
  expect(heldBy(delta).get('orderbook.BTC-USDT')).toEqual(last);
  const bytes = (peer: SocketPeer) => peer.raw.reduce((sum, raw) => sum + raw.length, 0);
  process.stdout.write(`books as differences: ${bytes(delta)} bytes for ${bytes(whole)}\n`);
  expect(bytes(delta)).toBeLessThan(bytes(whole) / 4);
  const sent = updatesOf(whole.messages).length;
  expect(wholesOf(delta)).toBe(Math.ceil(sent / (deltasPerSnapshot + 1)));
});

test('asking again makes the next record whole, and without "delta" all are', async () => {
  bench = await openBench();
  const peer = await bench.connect();
  await subscribe(peer, { delta: true });
  const book = async (round: number) => {
    const before = peer.messages.length;
    bench.feed.book(sizes(round));
    await bench.until(() => peer.messages.length > before, 'an update');
    await bench.pass(50, 25);
  };
  await book(1);
  await book(2);
  expect(wholesOf(peer)).toBe(1);
  await subscribe(peer, { delta: true, fields: ['bids'] });
  await book(3);
  const wholes = wholesOf(peer);
  expect(wholes).toBeGreaterThan(1);
  expect(heldBy(peer).get('orderbook.BTC-USDT')).not.toHaveProperty('asks');
  await subscribe(peer, { delta: false });
  await book(4);
  await book(5);
  expect(wholesOf(peer)).toBeGreaterThanOrEqual(wholes + 2);
});

test('[S1-43] compression is off unless chosen, leaves short messages alone, and its memory is bounded', async () => {
  const read: number[] = [];
  for (const compress of [false, true]) {
    bench = await openBench({ settings: { compress } });
    const peer = await bench.connect({ perMessageDeflate: true });
    expect(peer.extensions).toBe(
      compress ? 'permessage-deflate; client_no_context_takeover; server_max_window_bits=11' : null,
    );
    await subscribe(peer);
    for (let round = 0; round < 50; round += 1) {
      bench.feed.book(sizes(round));
      await bench.pass(20, 20);
    }
    await bench.until(() => updatesOf(peer.messages).length > 20, 'updates');
    read.push(peer.stream.bytesRead / updatesOf(peer.messages).length);
    if (compress) await measureMemory();
    else await bench.close();
  }
  const [plain = 0, compressed = 0] = read;
  process.stdout.write(
    `a book: ${Math.round(plain)} bytes plain, ${Math.round(compressed)} deflated\n`,
  );
  expect(compressed).toBeLessThan(plain / 2);
});

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

/** Contexts of zlib are outside of the heap, and Node accounts for them. What is garbage goes in the background. */
async function externalBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  let before = Infinity;
  for (let round = 0; round < 50; round += 1) {
    runInNewContext('gc()');
    await sleep(20);
    const { external } = process.memoryUsage();
    if (Math.abs(before - external) < 16 * 1024) return external;
    before = external;
  }
  throw new Error('the memory does not settle');
}

async function measureMemory(): Promise<void> {
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
    const before = await externalBytes();
    // Only a message makes the contexts of both directions.
    child.stdin.write('go');
    await bench.until(() => said.includes('books'), 'a book for each');
    const kib = ((await externalBytes()) - before) / 100 / 1024;
    process.stdout.write(`compression: ${Math.round(kib)} KiB a client\n`);
    expect(kib).toBeGreaterThan(5);
    expect(kib).toBeLessThan(100);
  } finally {
    child.kill();
  }
}

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
