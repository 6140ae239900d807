import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { PortInUseError, startGateway } from '../../../src/main/gateway/startGateway.ts';
import type { Gateway } from '../../../src/main/gateway/startGateway.ts';
import { eventually } from '../../support/eventually.ts';
import { createFakeEngineHost, hostStatus } from '../../support/fakeEngineHost.ts';
import type { FakeEngineHost } from '../../support/fakeEngineHost.ts';
import { passUntilDone } from '../../support/passUntilDone.ts';
import { createPublishingFeed } from '../../support/publishingFeed.ts';
import { VirtualClock } from '../../support/virtualClock.ts';

let host: FakeEngineHost;
/** It stands still unless a test or a stop lets it pass. */
let time: VirtualClock;
let gateway: Gateway;
let folder: string;
let origin: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-pages-'));
  mkdirSync(join(folder, 'renderer', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'renderer', 'index.html'), '<!doctype html><title>Truetape</title>');
  writeFileSync(join(folder, 'renderer', 'assets', 'index-Ab12.js'), 'export {};');
  writeFileSync(join(folder, 'renderer', '.hidden'), 'hidden');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  host = createFakeEngineHost();
  time = new VirtualClock();
  gateway = await openGateway(0);
  origin = `http://127.0.0.1:${gateway.port}`;
});

afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

const startTime = Date.now();

/** How much time it took. */
async function close(): Promise<number> {
  const closing = gateway.close();
  const tookMs = await passUntilDone(time, closing);
  await closing;
  return tookMs;
}

function openGateway(port: number): Promise<Gateway> {
  return startGateway({
    clock: {
      monotonicMs: () => time.monotonicMs(),
      wallMs: () => startTime + time.monotonicMs(),
      after: (delayMs, run) => time.after(delayMs, run),
    },
    host,
    rendererFolder: join(folder, 'renderer'),
    hostname: '127.0.0.1',
    port,
    appVersion: '1.2.3',
    log: () => undefined,
    openFeed: () => createPublishingFeed(),
  });
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Plain HTTP: `fetch` would set Host itself and clean the path. */
async function ask(...request: Parameters<typeof send>): Promise<Answer> {
  const asked = send(...request);
  // The route of health waits for its channel.
  await passUntilDone(time, asked);
  return asked;
}

function send(
  path: string,
  options: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: gateway.port,
        path,
        method: options.method ?? 'GET',
        headers: { ...options.headers },
        agent: false,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      },
    );
    sent.on('error', reject);
    sent.end(options.body);
  });
}

function exchange(key: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return ask('/api/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin, ...headers },
    body: JSON.stringify({ key }),
  });
}

function keyOf(address: string): string {
  return new URL(address).hash.replace('#key=', '');
}

async function signIn(): Promise<string> {
  const answer = await exchange(keyOf(gateway.address));
  const [cookie = ''] = [answer.headers['set-cookie']].flat();
  return cookie?.split(';', 1)[0] ?? '';
}

/** The status that refused the upgrade, or the open socket. */
async function openSocket(
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<WebSocket | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}${path}`, { headers });
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      resolve(socket);
    });
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.once('error', reject);
  });
}

async function openBridge(path = '/bridge'): Promise<WebSocket> {
  const socket = await openSocket(path, { origin, cookie: await signIn() });
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  return socket;
}

test('serves the page with the strict policy, and its hashed files for ever', async () => {
  const page = await ask('/?window=w-1');
  const asset = await ask('/assets/index-Ab12.js');
  expect(page).toMatchObject({ status: 200, body: '<!doctype html><title>Truetape</title>' });
  expect(page.headers).toMatchObject({
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
      "font-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  });
  expect(asset.headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': expect.stringContaining('javascript'),
  });
});

test('never leaves the folder of its pages [S10]', async () => {
  const paths = [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/%2e%2e%5csecret.txt',
    '/assets/%2e%2e/%2e%2e/secret.txt',
    '//secret.txt',
    '/.hidden',
    '/secret.txt%00.html',
    '/%c0%ae%c0%ae/secret.txt',
    '/%',
  ];
  const answers = await Promise.all(paths.map((path) => ask(path)));
  for (const [index, answer] of answers.entries()) {
    expect(answer.status, paths[index]).toBeGreaterThanOrEqual(400);
    expect(answer.body, paths[index]).not.toMatch(/secret|hidden/);
    expect(answer.headers['x-content-type-options'], paths[index]).toBe('nosniff');
  }
});

test('refuses a foreign host name on every path, before anything else [G05]', async () => {
  for (const path of ['/', '/health', '/api/session', '/assets/index-Ab12.js']) {
    for (const name of [
      'evil.example',
      `evil.example:${gateway.port}`,
      '127.0.0.1',
      '127.0.0.1:1',
    ]) {
      expect((await ask(path, { headers: { host: name } })).status, `${path} ${name}`).toBe(421);
    }
    expect((await ask(path, { headers: { host: `LOCALHOST:${gateway.port}` } })).status).not.toBe(
      421,
    );
  }
});

test('refuses a foreign origin on every path, also with the right key [G05]', async () => {
  for (const foreign of [
    'https://evil.example',
    'null',
    `http://127.0.0.1:1`,
    `https://127.0.0.1:${gateway.port}`,
  ]) {
    expect((await exchange(keyOf(gateway.address), { origin: foreign })).status).toBe(403);
    expect((await ask('/health', { headers: { origin: foreign } })).status).toBe(403);
  }
  const crossSite = { 'sec-fetch-site': 'cross-site' };
  expect((await exchange(keyOf(gateway.address), crossSite)).status).toBe(403);
});

test('exchanges the printed key for a cookie that scripts and other sites cannot use', async () => {
  const answer = await exchange(keyOf(gateway.address));
  expect(answer.status).toBe(204);
  expect(answer.headers['set-cookie']).toEqual([
    expect.stringMatching(
      new RegExp(`^truetape-${gateway.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`),
    ),
  ]);
  const cookie = await signIn();
  expect((await ask('/api/session', { headers: { cookie } })).status).toBe(204);
  expect((await ask('/api/session')).status).toBe(401);
  expect((await ask('/api/session', { headers: { cookie: `${cookie}x` } })).status).toBe(401);
});

test('takes a one-time key once', async () => {
  const key = keyOf(gateway.issueOneTimeAddress());
  expect((await exchange(key)).status).toBe(204);
  expect((await exchange(key)).status).toBe(401);
});

test('slows down who guesses keys, and refuses malformed attempts', async () => {
  const malformed = await Promise.all([
    ask('/api/session', { method: 'POST', headers: { origin } }),
    ask('/api/session', {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: '{"key":["a"]}',
    }),
    ask('/api/session', {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: '{"key":"a","__proto__":{}}',
    }),
    ask('/api/session', {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: `{"key":"${'x'.repeat(70_000)}"}`,
    }),
  ]);
  expect(malformed.map((answer) => answer.status)).toEqual([400, 400, 400, 413]);
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 12; attempt += 1) statuses.push((await exchange('guess')).status);
  expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
  expect(Number((await exchange('guess')).headers['retry-after'])).toBeGreaterThan(0);
  expect((await exchange(keyOf(gateway.address))).status).toBe(204);
});

test('opens the bridge only with cookie, own origin and host, and a sound window name [S0-41]', async () => {
  const cookie = await signIn();
  const refused = [
    await openSocket('/bridge', { origin }),
    await openSocket('/bridge', { origin, cookie: `truetape-${gateway.port}=guess` }),
    await openSocket('/bridge', { cookie }),
    await openSocket('/bridge', { origin: 'https://evil.example', cookie }),
    await openSocket('/bridge', { origin, cookie, host: 'evil.example' }),
    await openSocket('/bridge?window=../../etc', { origin, cookie }),
    await openSocket('/other', { origin, cookie }),
  ];
  expect(refused).toEqual([401, 401, 403, 403, 421, 400, 404]);
  expect(host.sessions).toEqual([]);
});

test('carries bytes both ways under the name of the window, and ends the session with the socket', async () => {
  const socket = await openBridge('/bridge?window=w-1');
  const [session] = host.sessions;
  const arrived = once(socket, 'message');
  session?.transport.send(new Uint8Array([1, 2, 3]));
  socket.send(new Uint8Array([9, 8]));
  expect([...Buffer.from((await arrived)[0] as Buffer)]).toEqual([1, 2, 3]);
  await eventually(() => {
    expect(session?.received).toEqual([new Uint8Array([9, 8])]);
  });
  expect(session?.window.window).toBe('w-1');
  socket.close();
  await eventually(() => {
    expect(session?.closeReason).not.toBeNull();
  });
  session?.transport.send(new Uint8Array([4]));
});

test('closes a socket that sends text or more than its share', async () => {
  const talker = await openBridge();
  const flooder = await openBridge();
  const closes = [once(talker, 'close'), once(flooder, 'close')];
  talker.send('text');
  flooder.send(new Uint8Array(3 * 1_048_576));
  const codes = (await Promise.all(closes)).map(([code]) => code as number);
  expect(codes).toEqual([1003, 1009]);
});

test('evicts a page that does not read, and nobody else [G01]', async () => {
  const stalled = await openBridge('/bridge?window=stalled');
  const healthy = await openBridge('/bridge?window=healthy');
  stalled.pause();
  let healthyBytes = 0;
  healthy.on('message', (message: Buffer) => (healthyBytes += message.byteLength));
  const [first, second] = host.sessions;
  const chunk = new Uint8Array(65_536);
  for (let sent = 0; sent < 400; sent += 1) {
    if (first?.closeReason !== null) break;
    first.transport.send(chunk);
    second?.transport.send(new Uint8Array(100));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(first?.closeReason).toMatch(/too slow/);
  expect(second?.closeReason).toBeNull();
  await eventually(() => {
    expect(healthyBytes).toBeGreaterThan(1000);
  });
  stalled.terminate();
});

test('answers monitors with 200 while a venue is live and 503 when none is', async () => {
  host.current = hostStatus({ venuesLive: 3, startedTime: startTime - 5_000 });
  const healthy = await ask('/health');
  expect(healthy.status).toBe(200);
  const { uptimeSec, ...told } = JSON.parse(healthy.body) as { readonly uptimeSec: number };
  expect(uptimeSec).toBeGreaterThanOrEqual(5);
  expect(uptimeSec).toBeLessThanOrEqual(5 + time.monotonicMs() / 1_000);
  expect(told).toEqual({
    status: 'ok',
    version: '1.2.3',
    source: 'live',
    venues: { live: 3, total: 3, states: { okx: 'live', bybit: 'down' } },
    symbols: { live: 4, total: 4 },
    messagesPerSec: 120,
    clients: 0,
    transports: { websocket: 0, sse: 0, polling: 0 },
  });
  host.current = hostStatus({ venuesLive: 1 });
  expect(JSON.parse((await ask('/health')).body)).toMatchObject({ status: 'degraded' });
  host.current = hostStatus({ venuesLive: 0, startedTime: startTime - 11_000 });
  const down = await ask('/health');
  expect([down.status, JSON.parse(down.body)]).toMatchObject([503, { status: 'down' }]);
});

test('names a new window of the browser by an address of its own', async () => {
  await openBridge();
  const opened = await host.sessions[0]?.window.openWindow({
    ...{ layout: '{}', isReplay: false },
    bounds: { x: 0, y: 0, width: 800, height: 600 },
  });
  expect(opened?.window).toMatch(/^w-[0-9a-f]{12}$/);
  expect(opened?.address).toBe(`/?window=${opened?.window}`);
});

test('says so when the port is taken', async () => {
  await expect(openGateway(gateway.port)).rejects.toBeInstanceOf(PortInUseError);
});

test('closes at once although a request drips in and a page is attached', async () => {
  const socket = await openBridge();
  const closed = once(socket, 'close');
  const drip = connect(gateway.port, '127.0.0.1');
  drip.on('error', () => undefined);
  drip.write('GET / HTTP/1.1\r\nHost: 127.');
  expect(await close()).toBeLessThan(4_000);
  await gateway.close();
  expect((await closed)[0]).toBe(1001);
  drip.destroy();
});
