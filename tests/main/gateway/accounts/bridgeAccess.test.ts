import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startGateway } from '../../../../src/main/gateway/startGateway.ts';
import type { Gateway } from '../../../../src/main/gateway/startGateway.ts';
import {
  addTestUser,
  openTestAccounts,
  testPassword,
  testUser,
} from '../../../support/badTokens.ts';
import { createFakeEngineHost } from '../../../support/fakeEngineHost.ts';
import { socketsSettled } from '../../../support/socketsSettled.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

let folder = '';
let gateway: Gateway;
let clock: VirtualClock;
const startTime = 1_800_000_000_000;

beforeEach(async () => {
  clock = new VirtualClock();
  folder = mkdtempSync(join(tmpdir(), 'truetape-bridge-access-'));
  mkdirSync(join(folder, 'renderer'));
  writeFileSync(join(folder, 'renderer', 'index.html'), '<!doctype html><title>Truetape</title>');
  addTestUser(folder);
  gateway = await startGateway({
    host: createFakeEngineHost(),
    rendererFolder: join(folder, 'renderer'),
    hostname: '127.0.0.1',
    port: 0,
    appVersion: '1.2.3',
    profile: folder,
    clock: {
      monotonicMs: () => clock.monotonicMs(),
      wallMs: () => startTime + clock.monotonicMs(),
      after: (delayMs, run) => clock.after(delayMs, run),
    },
    log: () => undefined,
  });
});
afterEach(async () => {
  const closing = gateway.close();
  const passing = setInterval(() => clock.advance(1_000), 5);
  await closing;
  clearInterval(passing);
  rmSync(folder, { recursive: true });
});

async function post(path: string, body: unknown, cookie = ''): Promise<string> {
  const answer = await fetch(`${gateway.origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: gateway.origin, cookie },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  const fresh = answer.headers.getSetCookie().map((each) => each.split(';', 1)[0] ?? '');
  const names = new Set(fresh.map((each) => each.split('=', 1)[0]));
  const kept = cookie
    .split('; ')
    .filter((each) => each !== '' && !names.has(each.split('=', 1)[0]));
  return [...kept, ...fresh].join('; ');
}

interface PageSocket {
  readonly socket: WebSocket;
  /** With which code it ended, once it has. */
  readonly ended: number[];
}

async function openPage(cookie: string): Promise<PageSocket> {
  const socket = new WebSocket(`${gateway.origin.replace('http', 'ws')}/bridge`, {
    headers: { origin: gateway.origin, cookie },
  });
  const ended: number[] = [];
  socket.on('close', (code) => ended.push(code));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return { socket, ended };
}

/** What was sent has arrived: an answer to a ping, or the end. */
async function settle({ socket }: PageSocket): Promise<void> {
  await socketsSettled();
  if (socket.readyState === WebSocket.CLOSED) return;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  if (socket.readyState === WebSocket.OPEN) {
    const answered = new Promise((resolve) => socket.once('pong', resolve));
    socket.ping();
    await Promise.race([answered, closed]);
    await socketsSettled();
  }
  // Once it has begun to close it is closed as well.
  if (socket.readyState !== WebSocket.OPEN) await closed;
}

function login(): Promise<string> {
  return post('/api/auth/login', { username: testUser, password: testPassword, cookie: true });
}

test('the page of a login stays while it is renewed, and ends within a second of its end', async () => {
  const cookie = await login();
  const page = await openPage(cookie);
  clock.advance(800_000);
  await post('/api/auth/refresh', { cookie: true }, cookie);
  clock.advance(899_000);
  await settle(page);
  expect(page.ended).toEqual([]);
  clock.advance(1_000);
  await settle(page);
  expect(page.ended).toEqual([4401]);
});

test('[G03] a revocation by another process ends the page of that user within a second', async () => {
  addTestUser(folder, 'bob');
  const page = await openPage(await login());
  const bob = await openPage(
    await post('/api/auth/login', { username: 'bob', password: testPassword, cookie: true }),
  );
  const store = openTestAccounts(folder);
  store.revokeUser(testUser, startTime, { block: true });
  store.close();
  clock.advance(999);
  await settle(page);
  await settle(bob);
  expect([page.ended, bob.ended]).toEqual([[4401], []]);
});
