import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import { afterEach, expect, test } from 'vitest';
import { openScaleOut } from '../../../../src/main/gateway/redis/openScaleOut.ts';
import { startGateway } from '../../../../src/main/gateway/startGateway.ts';
import type { Gateway } from '../../../../src/main/gateway/startGateway.ts';
import {
  addTestUser,
  openTestAccounts,
  testPassword,
  testUser,
} from '../../../support/badTokens.ts';
import { MadeFeed } from './support/madeFeed.ts';
import { RedisBench } from './support/redisBench.ts';
import { hasRedis } from './support/redisServer.ts';

let bench: RedisBench | null = null;

afterEach(async () => {
  await bench?.close();
  bench = null;
});

async function openGateway(on: RedisBench, profile: string): Promise<Gateway> {
  const scaleOut = on.kept(openScaleOut({ address: on.address, version: '1.2.3', log: on.log }));
  const gateway = await startGateway({
    ...{ host: null, scaleOut, rendererFolder: profile, hostname: '127.0.0.1', port: 0 },
    ...{ appVersion: '1.2.3', profile, log: on.log },
  });
  return on.kept(gateway);
}

async function openProfile(on: RedisBench): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), 'truetape-shared-'));
  await writeFile(join(profile, 'index.html'), '<!doctype html>');
  on.kept({ close: () => rm(profile, { recursive: true, force: true }) });
  return profile;
}

/** Answers of the accounts' routes, by name. */
async function post(
  { port }: Gateway,
  path: string,
  body: object,
  token?: string,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`http://127.0.0.1:${port}/api/auth/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const answer: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof answer !== 'object' || answer === null) throw new Error(`no answer: ${text}`);
  return { ...answer, httpStatus: response.status };
}

function login(gateway: Gateway): Promise<Readonly<Record<string, unknown>>> {
  return post(gateway, 'login', { username: testUser, password: testPassword });
}

/** Two gateways with copies of the same accounts, and a login at the first. */
async function openPair(on: RedisBench) {
  on.ingest(new MadeFeed(['BTC-USDT']));
  const profiles = [await openProfile(on), await openProfile(on)] as const;
  addTestUser(profiles[0]);
  const first = await openGateway(on, profiles[0]);
  // The key that signs tokens is made with the first of them, and copied with the accounts.
  await login(first);
  await cp(join(profiles[0], 'accounts.db'), join(profiles[1], 'accounts.db'));
  await cp(join(profiles[0], 'accounts.db-wal'), join(profiles[1], 'accounts.db-wal')).catch(
    () => undefined,
  );
  const second = await openGateway(on, profiles[1]);
  const { access_token: token, refresh_token: refreshToken } = await login(first);
  return {
    ...{ first, second, profiles },
    ...{ token: String(token), refreshToken: String(refreshToken) },
  };
}

function connect(on: RedisBench, { port }: Gateway, token: string): Socket {
  const socket = io(`http://127.0.0.1:${port}`, {
    ...{ transports: ['websocket'], auth: { token }, reconnection: false, forceNew: true },
  });
  on.kept({ close: async () => void socket.disconnect() });
  return socket;
}

test.skipIf(!hasRedis)('a user who is revoked at one gateway is out at the other', async () => {
  bench = await RedisBench.open();
  const on = bench;
  const { first, second, profiles, token } = await openPair(on);
  const socket = connect(on, second, token);
  const heard: string[] = [];
  socket.on('disconnect', () => heard.push('disconnect'));
  socket.on('auth_error', () => heard.push('auth_error'));
  socket.on('connect_error', (error) => heard.push(error.message));
  await on.until(() => socket.connected || heard.length > 0, 'a connection');
  expect(heard).toEqual([]);
  const ask = (gateway: Gateway): Promise<Response> =>
    fetch(`http://127.0.0.1:${gateway.port}/api/markets`, {
      headers: { authorization: `Bearer ${token}` },
    });
  expect((await ask(second)).status).toBe(200);
  const store = openTestAccounts(profiles[0]);
  store.revokeUser(testUser, Date.now(), { block: true });
  store.close();
  await on.until(() => heard.includes('disconnect'), 'the end of the connection');
  await on.until(() => heard.includes('auth_error'), 'the reason');
  // Its rooms may hear of it before its own look at the log of revocations.
  await expect.poll(async () => (await ask(second)).status).toBe(401);
  expect((await ask(first)).status).toBe(401);
});

test.skipIf(!hasRedis)(
  'a login belongs to its gateway: another takes its access token only, ends nothing, and hears of the logout',
  async () => {
    bench = await RedisBench.open();
    const on = bench;
    const { first, second, token, refreshToken } = await openPair(on);
    const elsewhere = await post(second, 'refresh', { refresh_token: refreshToken });
    expect(elsewhere).toMatchObject({ httpStatus: 401, error: { code: 'INVALID_TOKEN' } });
    const { ticket } = await post(first, 'ticket', {}, token);
    const stream = async ({ port }: Gateway): Promise<number> => {
      const query = new URLSearchParams({ channels: 'price.BTC-USDT', ticket: String(ticket) });
      const response = await fetch(`http://127.0.0.1:${port}/api/stream?${query}`);
      await response.body?.cancel();
      return response.status;
    };
    expect(await stream(second)).toBe(401);
    expect(await stream(first)).toBe(200);
    const renewed = await post(first, 'refresh', { refresh_token: refreshToken });
    expect(renewed['httpStatus']).toBe(200);
    const socket = connect(on, second, token);
    await on.until(() => socket.connected, 'a connection');
    await post(first, 'logout', { refresh_token: renewed['refresh_token'] });
    await on.until(() => !socket.connected, 'the end of the connection');
  },
);

test.skipIf(!hasRedis)('a gateway starts, serves and stops while Redis is away', async () => {
  bench = await RedisBench.open();
  const on = bench;
  await on.redis.stop();
  const profile = await openProfile(on);
  const gateway = await openGateway(on, profile);
  const key = gateway.address.slice(gateway.address.indexOf('#key=') + 5);
  const response = await fetch(`${gateway.origin}/api/markets/BTC-USDT/price`, {
    headers: { authorization: `Bearer ${key}` },
  });
  // No value is made up: it has none, and says so.
  expect(await response.text()).toContain('"status":"none"');
  expect((await fetch(`${gateway.origin}/health`)).status).toBe(503);
  await gateway.close();
});
