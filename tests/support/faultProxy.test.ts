import { createServer, Socket } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { FaultProxy } from './faultProxy.ts';

let target: Server;
let proxy: FaultProxy;
const clients: Socket[] = [];
let reachedTarget = '';
let targetEnded = false;

/** Answers every line with the same line. */
beforeEach(async () => {
  reachedTarget = '';
  targetEnded = false;
  target = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('end', () => {
      targetEnded = true;
      socket.end();
    });
    socket.on('data', (bytes) => {
      reachedTarget += bytes.toString();
      socket.write(bytes);
    });
  });
  await new Promise<void>((resolve) => {
    target.listen(0, '127.0.0.1', resolve);
  });
  proxy = await FaultProxy.listen({ targetPort: portOf(target), random: () => 0.5 });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  await new Promise<void>((resolve) => {
    target.close(() => resolve());
  });
});

function portOf(server: Server): number {
  const address = server.address();
  if (!isAddress(address)) throw new Error('no port');
  return address.port;
}

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

interface Client {
  readonly socket: Socket;
  readonly chunks: Buffer[];
  readonly text: () => string;
  ended: boolean;
  error: string | null;
}

async function open(): Promise<Client> {
  const socket = new Socket({ allowHalfOpen: true });
  clients.push(socket);
  const chunks: Buffer[] = [];
  const client: Client = {
    socket,
    chunks,
    text: () => Buffer.concat(chunks).toString(),
    ended: false,
    error: null,
  };
  socket.on('data', (bytes: Buffer) => chunks.push(bytes));
  socket.on('end', () => {
    client.ended = true;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    client.error = error.code ?? error.message;
  });
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.connect(proxy.port, '127.0.0.1', resolve);
  });
  return client;
}

async function until(done: () => boolean): Promise<void> {
  await eventually(() => expect(done()).toBe(true));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

const line = 'the quick brown fox jumps over the lazy dog';

test('without faults both directions pass unchanged, and an end reaches the other side', async () => {
  const client = await open();
  client.socket.write(line);
  await until(() => client.text() === line);
  client.socket.end();
  await until(() => targetEnded && client.ended);
  await until(() => proxy.open === 0);
});

test('delay and jitter hold what comes, in order', async () => {
  proxy.down.delayMs = 100;
  proxy.down.jitterMs = 100;
  const client = await open();
  const started = performance.now();
  const words = Array.from({ length: 200 }, (_, at) => `word ${at} `);
  for (const word of words) {
    client.socket.write(word);
    await pause(1);
  }
  await until(() => client.text() === words.join(''));
  const took = performance.now() - started;
  expect(took).toBeGreaterThan(145);
  // One after another would be half a minute.
  expect(took).toBeLessThan(20_000);
});

test('a throttled link is as slow as it says', async () => {
  proxy.down.bytesPerSec = 20_000;
  const client = await open();
  const started = performance.now();
  client.socket.write('x'.repeat(6_000));
  await until(() => client.text().length === 6_000);
  expect(performance.now() - started).toBeGreaterThan(250);
});

test('every byte alone arrives as the same text', async () => {
  proxy.down.sliceBytes = 1;
  const client = await open();
  client.socket.write(line);
  await until(() => client.text() === line);
  expect(client.chunks.length).toBeGreaterThan(line.length / 2);
});

test('a black hole swallows without a word', async () => {
  const client = await open();
  client.socket.write('before ');
  await until(() => client.text() === 'before ');
  proxy.down.blackHole = true;
  client.socket.write('lost');
  await until(() => reachedTarget === 'before lost');
  await pause(50);
  expect([client.text(), client.ended, client.error]).toEqual(['before ', false, null]);
});

test('a truncated connection ends in the middle of what was sent', async () => {
  proxy.down.truncateAfter = 9;
  const client = await open();
  client.socket.write(line);
  await until(() => client.ended);
  expect(client.text()).toBe(line.slice(0, 9));
});

test('a half close ends one direction only', async () => {
  const client = await open();
  client.socket.write('one ');
  await until(() => client.text() === 'one ');
  proxy.halfClose();
  await until(() => client.ended);
  client.socket.write('two');
  await until(() => reachedTarget === 'one two');
});

test('a reset is one for the client', async () => {
  const client = await open();
  client.socket.write('one');
  await until(() => client.text() === 'one');
  proxy.reset();
  await until(() => client.error !== null);
  expect(client.error).toBe('ECONNRESET');
});

test('refused connections reach nobody, and later ones pass again', async () => {
  proxy.refuses = true;
  const client = await open();
  client.socket.write('lost');
  await until(() => client.socket.destroyed);
  proxy.refuses = false;
  const next = await open();
  next.socket.write(line);
  await until(() => next.text() === line);
  expect([reachedTarget, proxy.accepted]).toEqual([line, 2]);
});
