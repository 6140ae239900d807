import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addAuthRoutes } from '../../../../src/main/gateway/accounts/authRoutes.ts';
import { createAccess } from '../../../../src/main/gateway/accounts/createAccess.ts';
import type { AccessOptions } from '../../../../src/main/gateway/accounts/createAccess.ts';
import { createAllowList } from '../../../../src/main/gateway/allowList.ts';
import type { GatewayClock } from '../../../../src/main/gateway/gatewayClock.ts';
import { createHttpServer } from '../../../../src/main/gateway/httpServer.ts';
import { refuse } from '../../../../src/main/gateway/refuse.ts';
import type { HostLogEntry } from '../../../../src/main/engine/host.ts';
import {
  addTestUser,
  makeTokenMatrix,
  openTestAccounts,
  testPassword,
  testUser,
} from '../../../support/badTokens.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

interface AuthServer {
  readonly port: number;
  readonly origin: string;
  close(): Promise<void>;
}

const startTime = Date.now();
/** It stands still: whatever the machine needs for a password, no bucket fills meanwhile. */
const clock: GatewayClock = {
  monotonicMs: () => 0,
  wallMs: () => startTime,
  after: (delayMs, run) => new VirtualClock().after(delayMs, run),
};

let folder = '';
let gateway: AuthServer;
let logged: HostLogEntry[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-auth-'));
  addTestUser(folder);
  logged = [];
  gateway = await open({});
});
afterEach(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

/** The gateway's server with its checks, and these routes alone. */
async function open(options: Partial<AccessOptions>): Promise<AuthServer> {
  let port = 0;
  let allowList = createAllowList({ port });
  const log = (entry: HostLogEntry): void => void logged.push(entry);
  const access = await createAccess({
    folder,
    isLoopback: true,
    isSecure: false,
    port: () => port,
    clock,
    log,
    connectBucket: { size: 1_000, perSec: 1_000 },
    ...options,
  });
  const { server } = createHttpServer({
    allowList: () => allowList,
    tls: null,
    log,
    maxConnectionsPerAddress: 200,
    refuse,
  });
  addAuthRoutes({ server, refuse, clock }, access);
  await server.listen({ host: '127.0.0.1', port: 0 });
  const address = server.server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  allowList = createAllowList({ port });
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    async close() {
      await server.close();
      access.close();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly cookies: readonly string[];
  readonly headers: Headers;
}

async function ask(
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  method = 'POST',
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(`${gateway.origin}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: text }),
  });
  const answered = await answer.text();
  return {
    status: answer.status,
    body: answered === '' ? {} : JSON.parse(answered),
    cookies: answer.headers.getSetCookie(),
    headers: answer.headers,
  };
}

function codeOf({ body }: Answer): unknown {
  const { error } = body;
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
}

const credentials = { username: testUser, password: testPassword };

async function login(): Promise<{ readonly access: string; readonly refresh: string }> {
  const { body } = await ask('/api/auth/login', credentials);
  return { access: String(body['access_token']), refresh: String(body['refresh_token']) };
}

function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}

/** As a browser would send back what it was given. */
function jar(cookies: readonly string[]): string {
  return cookies.map((cookie) => cookie.split(';', 1)[0]).join('; ');
}

async function sessionStatus(headers: Readonly<Record<string, string>>): Promise<number> {
  return (await ask('/api/session', undefined, headers, 'GET')).status;
}

test('[S1-26] a sign-in gives an access token and a refresh token, and a wrong one neither', async () => {
  const good = await ask('/api/auth/login', credentials);
  expect(good).toMatchObject({
    status: 200,
    body: {
      access_token: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
      refresh_token: expect.stringMatching(/^[\w-]{43}$/),
      token_type: 'Bearer',
      expires_in: expect.any(Number),
    },
    cookies: [],
  });
  expect(good.body['expires_in']).toBeGreaterThan(895);
  expect(good.headers.get('cache-control')).toBe('no-store');
  expect(await sessionStatus(bearer(String(good.body['access_token'])))).toBe(200);
  for (const username of [testUser, 'nobody']) {
    const wrong = await ask('/api/auth/login', { username, password: 'wrong password' });
    expect([wrong.status, codeOf(wrong)]).toEqual([401, 'INVALID_CREDENTIALS']);
    expect(JSON.stringify(wrong.body)).toMatch(/Check both.*truetape user passwd/);
  }
  const kept = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
  expect(kept.join('')).toContain('$scrypt$');
  for (const secret of [testPassword, good.body['access_token'], good.body['refresh_token']]) {
    expect(kept.join('')).not.toContain(secret);
  }
});

test('[S1-27] a refresh token gives new tokens once; its second use ends all of its login', async () => {
  const first = await login();
  const renewed = await ask('/api/auth/refresh', { refresh_token: first.refresh });
  expect(renewed).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
  const access = String(renewed.body['access_token']);
  expect(await sessionStatus(bearer(access))).toBe(200);
  const again = await ask('/api/auth/refresh', { refresh_token: first.refresh });
  expect([again.status, codeOf(again)]).toEqual([401, 'TOKEN_REVOKED']);
  expect(JSON.stringify(again.body)).toMatch(/used before.*Sign in again/);
  const newest = await ask('/api/auth/refresh', { refresh_token: renewed.body['refresh_token'] });
  expect(codeOf(newest)).toBe('TOKEN_REVOKED');
  expect(await sessionStatus(bearer(access))).toBe(401);
  expect(await sessionStatus(bearer((await login()).access))).toBe(200);
});

test('[S1-30] a sign-out ends the login by either token, and by the cookies of a page', async () => {
  const first = await login();
  expect((await ask('/api/auth/logout', { refresh_token: first.refresh })).status).toBe(204);
  expect(await sessionStatus(bearer(first.access))).toBe(401);
  const second = await login();
  expect((await ask('/api/auth/logout', undefined, bearer(second.access))).status).toBe(204);
  expect(codeOf(await ask('/api/auth/refresh', { refresh_token: second.refresh }))).toBe(
    'TOKEN_REVOKED',
  );
  const nobody = await ask('/api/auth/logout', {});
  expect([nobody.status, codeOf(nobody)]).toEqual([401, 'UNAUTHORIZED']);
});

test('[S1-30] a page gets cookies that no script reads, a session of its login, and keeps it by renewal', async () => {
  const entered = await ask('/api/auth/login', { ...credentials, cookie: true });
  expect(entered.body).not.toHaveProperty('refresh_token');
  expect(entered.cookies.map((cookie) => cookie.replace(/=[\w-]{43};/, '=TOKEN;'))).toEqual([
    `truetape-refresh-${gateway.port}=TOKEN; Path=/api/auth; Max-Age=604800; HttpOnly; SameSite=Strict`,
    `truetape-${gateway.port}=TOKEN; Path=/; HttpOnly; SameSite=Strict`,
  ]);
  const cookie = jar(entered.cookies);
  const state = await ask('/api/session', undefined, { cookie }, 'GET');
  expect(state).toMatchObject({
    status: 200,
    body: { username: testUser, expires_in_ms: expect.any(Number) },
  });
  const renewed = await ask('/api/auth/refresh', { cookie: true }, { cookie });
  expect(renewed.cookies.map((each) => each.split('=', 1)[0])).toEqual([
    `truetape-refresh-${gateway.port}`,
  ]);
  expect(await sessionStatus({ cookie })).toBe(200);
  const left = await ask('/api/auth/logout', {}, { cookie });
  expect(left.cookies.every((each) => each.includes('Max-Age=0'))).toBe(true);
  expect(await sessionStatus({ cookie })).toBe(401);
});

test('[S1-30] over TLS cookies are sent over TLS only, and another site gets no use of them', async () => {
  await gateway.close();
  gateway = await open({ isSecure: true });
  const { cookies } = await ask('/api/auth/login', { ...credentials, cookie: true });
  expect(cookies).toHaveLength(2);
  expect(cookies.every((cookie) => cookie.endsWith('; Secure'))).toBe(true);
  const foreign = await ask(
    '/api/auth/refresh',
    { cookie: true },
    {
      cookie: jar(cookies),
      origin: 'http://elsewhere.example',
    },
  );
  expect(foreign.status).toBe(403);
});

test('a page is told to sign in where there are accounts, and to open the printed address where there are none', async () => {
  const asked = await ask('/api/session', undefined, {}, 'GET');
  expect([asked.status, codeOf(asked)]).toEqual([401, 'SIGN_IN_REQUIRED']);
  await gateway.close();
  gateway = await open({ folder: null });
  const alone = await ask('/api/session', undefined, {}, 'GET');
  expect([alone.status, codeOf(alone)]).toEqual([401, 'UNAUTHORIZED']);
  expect(JSON.stringify(alone.body)).toContain('address that the gateway printed');
});

test('a ticket is for one use, and gives no further one', async () => {
  const { access } = await login();
  const issued = await ask('/api/auth/ticket', undefined, bearer(access));
  expect(issued).toMatchObject({ status: 200, body: { expires_in: 60 } });
  const path = `/api/session?ticket=${String(issued.body['ticket'])}`;
  expect((await ask(path, undefined, {}, 'GET')).status).toBe(200);
  expect((await ask(path, undefined, {}, 'GET')).status).toBe(401);
  const next = await ask('/api/auth/ticket', undefined, bearer(access));
  const chained = await ask(`/api/auth/ticket?ticket=${String(next.body['ticket'])}`, undefined);
  expect([chained.status, codeOf(chained)]).toEqual([403, 'FORBIDDEN']);
  const last = await ask('/api/auth/ticket', undefined, bearer(access));
  const hidden = await ask(`/api/auth/ticket?%74icket=${String(last.body['ticket'])}`, undefined);
  expect([hidden.status, codeOf(hidden)]).toEqual([403, 'FORBIDDEN']);
  expect((await ask('/api/auth/ticket', undefined)).status).toBe(401);
});

test('[S0-41] every bad token is refused over HTTP with its cause and what to do', async () => {
  const { good, bad } = await makeTokenMatrix(folder, startTime);
  for (const { name, token, code } of bad) {
    const headers: Record<string, string> = token === null ? {} : bearer(token);
    const answer = await ask('/api/auth/ticket', undefined, headers);
    expect([answer.status, codeOf(answer)], name).toEqual([401, code]);
    expect(JSON.stringify(answer.body), name).toMatch(
      /Sign in|POST \/api\/auth|Set them, then try/,
    );
  }
  expect((await ask('/api/auth/ticket', undefined, bearer(good))).status).toBe(200);
});

test('what is no sign-in at all is refused with what it should be', async () => {
  const bodies = [
    {},
    { username: testUser },
    { ...credentials, extra: 1 },
    { username: 7, password: 7 },
    [],
    'text',
    '{',
    7,
    null,
  ];
  for (const body of bodies) {
    for (const path of ['/api/auth/login', '/api/auth/refresh']) {
      const answer = await ask(path, body === 'text' ? '"text"' : body);
      expect([answer.status, codeOf(answer)], `${path} ${JSON.stringify(body)}`).toEqual([
        400,
        'INVALID_REQUEST',
      ]);
    }
  }
  expect((await ask('/api/auth/login', undefined, {}, 'GET')).status).toBe(405);
  const long = await ask('/api/auth/login', { username: testUser, password: 'x'.repeat(2_000) });
  expect(long.status).toBe(400);
});

test('[S1-31] over HTTP too many sign-ins are 429 with the time to wait, and other users come in', async () => {
  addTestUser(folder, 'bob');
  const answers = await Promise.all(
    Array.from({ length: 12 }, () =>
      ask('/api/auth/login', { username: testUser, password: 'wrong password' }),
    ),
  );
  const limited = answers.filter(({ status }) => status === 429);
  expect(limited).toHaveLength(2);
  expect(Number(limited[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(limited.map(codeOf)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
  expect((await ask('/api/auth/login', { username: 'bob', password: testPassword })).status).toBe(
    200,
  );
});

test('[S1-30] nothing that was logged holds a token, a password or a cookie', async () => {
  const { access, refresh } = await login();
  const page = await ask('/api/auth/login', { ...credentials, cookie: true });
  await ask('/api/auth/login', { username: testUser, password: 'a wrong secret' });
  await ask('/api/auth/ticket', undefined, bearer(`${access}x`));
  await ask('/api/auth/refresh', { refresh_token: refresh });
  await ask('/api/auth/refresh', { refresh_token: refresh });
  await ask(`/api/session?token=${access}`, undefined, {}, 'GET');
  const all = JSON.stringify(logged);
  expect(logged.length).toBeGreaterThan(3);
  const secrets = page.cookies.map((cookie) => cookie.split(/[=;]/)[1] ?? '');
  for (const secret of ['eyJ', testPassword, 'a wrong secret', refresh, ...secrets]) {
    expect(all).not.toContain(secret);
  }
});

test('a user who is removed by another process is out at once', async () => {
  const { access } = await login();
  const page = await ask('/api/auth/login', { ...credentials, cookie: true });
  const store = openTestAccounts(folder);
  store.removeAccount(testUser, startTime);
  store.close();
  expect(await sessionStatus(bearer(access))).toBe(401);
  expect(await sessionStatus({ cookie: jar(page.cookies) })).toBe(401);
});
