import { request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { describePayload } from '../../../../src/main/gateway/socketio/protocolLog.ts';
import { makeTokenMatrix, openTestAccounts, testUser } from '../../../support/badTokens.ts';
import { startTime } from './scriptedFeed.ts';
import { closeAll, openTestGateway, turn } from './socketIoGateway.ts';

afterEach(closeAll);

const transports = ['websocket', 'polling'] as const;
const iso = (ms: number): string => new Date(startTime + ms).toISOString();

test.each([
  ['missing', undefined, 'Token missing'],
  ['invalid', 'a.b.c', 'Token invalid'],
  ['of a wrong type', { token: 1 }, 'Token invalid'],
])(
  'a token that is %s: auth_error, then the end, and no event before it [S1-25]',
  async (_name, token, error) => {
    const gateway = await openTestGateway();
    for (const transport of transports) {
      const client = gateway.connect({ auth: { token }, transports: [transport] });
      await client.next('disconnect');
      expect(client.heard).toEqual([
        { event: 'connect', payload: {} },
        { event: 'auth_error', payload: { error, timestamp: iso(0) } },
        { event: 'disconnect', payload: { reason: 'io server disconnect' } },
      ]);
    }
  },
);

test('an expired token: auth_error, then the end; a good one comes in [S1-25]', async () => {
  const gateway = await openTestGateway({ accessTokenSec: 60 });
  const token = await gateway.login();
  const good = gateway.connect({ auth: { token } });
  expect(await good.next('welcome')).toMatchObject({ user: testUser });
  await gateway.pass(61_000, 1_000);
  const expired = gateway.connect({ auth: { token } });
  await expired.next('disconnect');
  expect(expired.of('auth_error')).toEqual([{ error: 'Token expired', timestamp: iso(61_000) }]);
});

test('the refusal of access has an error and a time, nothing else [S1-52]', async () => {
  const gateway = await openTestGateway();
  const client = gateway.connect({ auth: {} });
  expect(await client.next('auth_error')).toEqual({ error: 'Token missing', timestamp: iso(0) });
});

test('a client of our own protocol is refused by connect_error with the code', async () => {
  const gateway = await openTestGateway();
  const client = gateway.connect({ auth: { token: 'nonsense', protocol: 1 } });
  await client.next('connect_error');
  expect(client.heard).toMatchObject([
    {
      event: 'connect_error',
      payload: { data: { code: 'INVALID_TOKEN', message: expect.any(String) } },
    },
  ]);
});

test('whoever is refused can send what it wants: nothing is answered', async () => {
  const gateway = await openTestGateway();
  const client = gateway.connect({ auth: {} });
  client.socket.on('connect', () => {
    client.socket.emit('subscribe', { symbols: ['BTC'] });
    client.socket.emit('subscribe', { channels: ['price.BTC'] });
    client.socket.emit('subscribe_pnl');
  });
  await client.next('disconnect');
  expect(client.heard.map(({ event }) => event)).toEqual(['connect', 'auth_error', 'disconnect']);
  await gateway.pass(100);
  expect(gateway.feed.wanted.size).toBe(0);
});

test('of all tokens only the good one comes in, by each transport and place [G03]', async () => {
  const gateway = await openTestGateway();
  const { good, bad } = await makeTokenMatrix(gateway.profile, startTime);
  expect(bad.length).toBeGreaterThanOrEqual(18);
  for (const transport of transports) {
    for (const { name, token, code } of bad) {
      const auth = token === null ? { protocol: 1 } : { protocol: 1, token };
      const client = gateway.connect({ auth, transports: [transport] });
      const { data } = await client.next('connect_error');
      expect([name, data]).toMatchObject([name, { code }]);
      client.socket.disconnect();
      // The bucket of bad tokens of this address fills again.
      await gateway.pass(700, 700);
    }
    const client = gateway.connect({ auth: { protocol: 1, token: good }, transports: [transport] });
    expect(await client.next('welcome')).toMatchObject({ user: testUser });
  }
});

test('a token in a header comes in, a bad one in the payload decides before it', async () => {
  const gateway = await openTestGateway();
  const token = await gateway.login();
  const extraHeaders = { authorization: `Bearer ${token}` };
  for (const transport of transports) {
    const client = gateway.connect({
      auth: { protocol: 1 },
      extraHeaders,
      transports: [transport],
    });
    expect(await client.next('welcome')).toMatchObject({ user: testUser });
    const bad = gateway.connect({
      ...{ auth: { protocol: 1, token: 'x' }, extraHeaders, transports: [transport] },
    });
    expect(await bad.next('connect_error')).toMatchObject({ data: { code: 'INVALID_TOKEN' } });
  }
});

test('the cookie of a page comes in', async () => {
  const gateway = await openTestGateway();
  const origin = `http://127.0.0.1:${gateway.gateway.port}`;
  const response = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ key: gateway.key }),
  });
  const [cookie = ''] = (response.headers.get('set-cookie') ?? '').split(';');
  for (const transport of transports) {
    const extraHeaders = { cookie, origin };
    const page = gateway.connect({ auth: { protocol: 1 }, extraHeaders, transports: [transport] });
    expect(await page.next('welcome')).toMatchObject({ user: null });
  }
});

test('a renewed token keeps subscriptions and sequence over the end of the old one [S1-28]', async () => {
  const gateway = await openTestGateway({ accessTokenSec: 60 });
  const client = gateway.connect({ auth: { protocol: 1, token: await gateway.login() } });
  await client.next('welcome');
  await client.ask('subscribe', { channels: ['trades.BTC'] });
  for (let second = 0; second < 150; second += 1) {
    gateway.feed.trade('BTC-USDT', 100);
    await gateway.pass(1_000, 500);
    if (second % 45 === 44) {
      expect(await client.ask('authenticate', { token: await gateway.login() })).toMatchObject({
        ...{ type: 'welcome', user: testUser, expiresTime: expect.any(Number) },
      });
    }
  }
  await client.until('all', () => client.records().length === 150);
  expect(client.records().map(({ seq }) => seq)).toEqual(
    Array.from({ length: 150 }, (_, at) => at + 1),
  );
  expect(client.socket.connected).toBe(true);
});

test('at "Token expired" a client refreshes, comes back and misses nothing [S1-28]', async () => {
  const gateway = await openTestGateway({ accessTokenSec: 60 });
  const first = gateway.connect({ auth: { token: await gateway.login() } });
  await first.next('welcome');
  await first.ask('subscribe', { channels: ['trades.BTC'] });
  let sent = 0;
  const trade = async (): Promise<void> => {
    sent = gateway.feed.trade('BTC-USDT', 100);
    await gateway.pass(500, 500);
  };
  // No later than a second after its end: no time passes after it, however long the network takes.
  while (gateway.clock.monotonicMs() < 61_000) await trade();
  expect(await first.next('auth_error')).toMatchObject({ error: 'Token expired' });
  await first.next('disconnect');
  for (let count = 0; count < 6; count += 1) await trade();
  const cursor = first.of('updates').at(-1)?.['cursor'];
  const second = gateway.connect({ auth: { token: await gateway.login(), protocol: 1, cursor } });
  await second.next('welcome');
  await second.ask('subscribe', { channels: ['trades.BTC'] });
  await trade();
  await second.until('all', () => first.records().length + second.records().length >= sent);
  expect([...first.records(), ...second.records()].map(({ seq }) => seq)).toEqual(
    Array.from({ length: sent }, (_, at) => at + 1),
  );
});

test('a connection that went over to another login ends with that one, not with the one before [S1-28]', async () => {
  const gateway = await openTestGateway();
  const [before, after] = [await gateway.login(), await gateway.login()];
  const logout = async (token: string) => {
    const { status } = await fetch(`http://127.0.0.1:${gateway.gateway.port}/api/auth/logout`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(status).toBe(204);
    await gateway.pass(1_000, 100);
  };
  const client = gateway.connect({ auth: { token: before } });
  await client.next('welcome');
  await client.ask('subscribe', { channels: ['trades.BTC'] });
  expect(await client.ask('authenticate', { token: after })).toMatchObject({ type: 'welcome' });
  await logout(before);
  expect(client.of('auth_error')).toEqual([]);
  gateway.feed.trade('BTC-USDT', 100);
  await gateway.pass(100);
  await client.until('a trade', () => client.records().length === 1);
  await logout(after);
  await client.next('disconnect');
  expect(client.of('auth_error')).toMatchObject([{ error: 'Token revoked' }]);
});

test('a bad token in authenticate changes nothing', async () => {
  const gateway = await openTestGateway();
  const client = gateway.connect({ auth: { protocol: 1, token: await gateway.login() } });
  await client.next('welcome');
  expect(await client.ask('authenticate', { token: 'a.b.c' })).toMatchObject({
    error: { code: 'INVALID_TOKEN' },
  });
  // The session key of the machine is another principal.
  expect(await client.ask('authenticate', { token: gateway.key })).toMatchObject({
    error: { code: 'FORBIDDEN' },
  });
  expect(await client.ask('ping')).toMatchObject({ type: 'pong' });
});

test('a revoked user is gone within a second, on both servers and in both namespaces [G03]', async () => {
  const gateway = await openTestGateway();
  const token = await gateway.login();
  const clients = [
    gateway.connect({ auth: { token } }),
    gateway.connect({ auth: { token }, packed: true }),
    gateway.connect({ auth: { token }, namespace: '/pnl', transports: ['polling'] }),
  ];
  const other = gateway.connect();
  for (const client of [...clients, other]) await client.next('welcome');
  const store = openTestAccounts(gateway.profile);
  store.revokeUser(testUser, startTime, { block: true });
  store.close();
  await gateway.pass(1_000);
  for (const client of clients) {
    expect(await client.next('auth_error')).toMatchObject({ error: 'Token revoked' });
    await client.next('disconnect');
  }
  expect(other.socket.connected).toBe(true);
});

test('no token and no part of one is in the log, wherever it was written [S1-35]', async () => {
  const gateway = await openTestGateway();
  const token = await gateway.login();
  const client = gateway.connect({ auth: { token } });
  await client.next('welcome');
  await client.ask('subscribe', { symbols: ['BTC', token, gateway.key] });
  await client.ask('subscribe', {
    channels: [`price.${token}`, 'price.BTC'],
    id: token.slice(0, 60),
  });
  await client.ask('subscribe', { channels: ['price.BTC'], [token]: 1 });
  await client.ask('authenticate', { token });
  await client.ask('authenticate', { token: gateway.key });
  await client.ask(token, { token });
  await client.ask('resume', { cursor: token.slice(0, 100) });
  for (const auth of [{ token: `${token}x` }, { token: [token] }, { [token]: token }]) {
    await gateway.connect({ auth, query: { token } }).next('auth_error');
  }
  client.socket.disconnect();
  await turn();
  const log = gateway.logs.join('\n');
  for (const secret of [...token.split('.'), gateway.key]) {
    for (let at = 0; at + 12 <= secret.length; at += 6) {
      expect(log).not.toContain(secret.slice(at, at + 12));
    }
  }
  // And still it says what happened.
  expect(log).toMatch(
    /debug socketio: \S+ subscribe \{symbols: \[BTC, text of \d+, text of 43\]\}/,
  );
  expect(log).toMatch(/debug socketio: \S+ authenticate \{1 hidden\}/);
  expect(log).toMatch(/debug socketio: \S+ unknown event/);
});

test('a key that looks like a name is not written into the log, a long channel is [S1-35]', () => {
  const key = 'AbcdEfgh1234-AbcdEfgh12_AbcdEfgh12-AbcdEfgh';
  expect(key).toHaveLength(43);
  expect(describePayload({ symbols: [key], rate: 5, [key]: key })).toBe(
    '{symbols: [text of 43], rate: 5, 1 hidden}',
  );
  const channels = ['candles.1000000MOG-USDT@binance.1m'];
  expect(describePayload({ channels })).toBe(`{channels: [${channels[0]}]}`);
});

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

async function ask(port: number, path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

test.each(['/socket.io/', '/socket.io-msgpack/'])(
  'foreign hosts and origins are refused, poll and upgrade: %s [G05]',
  async (path) => {
    const gateway = await openTestGateway();
    const { port } = gateway.gateway;
    const host = `127.0.0.1:${port}`;
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    const polling = `${path}?EIO=4&transport=polling`;
    const websocket = `${path}?EIO=4&transport=websocket`;
    const open = await ask(port, polling, { host });
    expect(open.status).toBe(200);
    expect(open.headers['set-cookie']).toBeUndefined();
    expect(open.headers['x-content-type-options']).toBe('nosniff');
    const sid = /"sid":"([^"]+)"/.exec(open.body)?.[1] ?? '';
    const foreign = { host, origin: 'https://evil.example' };
    for (const [headers, code] of [
      [{ host: 'evil.example' }, 'WRONG_HOST'],
      [foreign, 'FOREIGN_ORIGIN'],
      [{ host, origin: 'null' }, 'FOREIGN_ORIGIN'],
    ] as const) {
      const status = code === 'WRONG_HOST' ? 421 : 403;
      for (const [place, more] of [
        [polling, {}],
        [`${polling}&sid=${sid}`, {}],
        [websocket, upgrade],
        [`${websocket}&sid=${sid}`, upgrade],
      ] as const) {
        const answer = await ask(port, place, { ...headers, ...more });
        expect([place, answer.status, answer.body]).toEqual([
          place,
          status,
          expect.stringContaining(code),
        ]);
      }
    }
  },
);

test('a page elsewhere that was let in may poll with a token, and its cookie does not count', async () => {
  const origin = 'https://desk.example';
  const gateway = await openTestGateway({ origins: [origin] });
  const headers = { host: `127.0.0.1:${gateway.gateway.port}`, origin };
  const answer = await ask(gateway.gateway.port, '/socket.io/?EIO=4&transport=polling', headers);
  expect(answer.status).toBe(200);
  expect(answer.headers['access-control-allow-origin']).toBe(origin);
  const page = gateway.connect({
    extraHeaders: { origin },
    transports: ['polling'],
    auth: { token: gateway.key, protocol: 1 },
  });
  await page.next('welcome');
});

test('too many connections of an address are refused with a time to wait, poll and upgrade [G06]', async () => {
  const gateway = await openTestGateway({ connectBucket: { size: 2, perSec: 1 } });
  const { port } = gateway.gateway;
  const headers = { host: `127.0.0.1:${port}` };
  const path = '/socket.io/?EIO=4&transport=polling';
  expect((await ask(port, path, headers)).status).toBe(200);
  expect((await ask(port, path, headers)).status).toBe(200);
  const refused = await ask(port, path, headers);
  expect(refused.status).toBe(429);
  expect(JSON.parse(refused.body)).toMatchObject({
    error: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) },
  });
  expect(refused.headers['retry-after']).toBe('1');
  // What the engine takes for a new connection counts as one, however it is written.
  for (const session of ['&sid=', '&sid=x&sid=']) {
    expect((await ask(port, `${path}${session}`, headers)).status).toBe(429);
  }
  const client = gateway.connect();
  expect(await client.next('connect_error')).toMatchObject({ message: 'websocket error' });
});

test('a connection that tries token after token is cut', async () => {
  const gateway = await openTestGateway();
  const client = gateway.connect({ auth: { protocol: 1, token: 'x' }, forceNew: true });
  for (let attempt = 1; attempt < 5; attempt += 1) {
    await client.next('connect_error', attempt);
    client.socket.connect();
  }
  await expect.poll(() => client.socket.io.engine?.readyState).toBe('closed');
});
