import crypto from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { IncomingMessage } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createAccess } from '../../../../src/main/gateway/accounts/createAccess.ts';
import type {
  AccessOptions,
  GatewayAccess,
} from '../../../../src/main/gateway/accounts/createAccess.ts';
import type { Revocation } from '../../../../src/main/gateway/accounts/access.ts';
import type { IssuedTokens } from '../../../../src/main/gateway/accounts/logins.ts';
import type { HostLogEntry } from '../../../../src/main/engine/host.ts';
import { Passwords } from '../../../../src/main/gateway/accounts/passwords.ts';
import {
  addTestUser,
  makeTokenMatrix,
  openTestAccounts,
  testPassword,
  testUser,
} from '../../../support/badTokens.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

const startTime = 1_800_000_000_000;

let folder = '';
let clock: VirtualClock;
let access: GatewayAccess;
let logged: HostLogEntry[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-access-'));
  clock = new VirtualClock();
  logged = [];
  addTestUser(folder);
  access = await open({});
});
afterEach(() => {
  access.close();
  rmSync(folder, { recursive: true });
});

const now = (): number => startTime + clock.monotonicMs();

function open(options: Partial<AccessOptions>): Promise<GatewayAccess> {
  return createAccess({
    folder,
    isLoopback: true,
    isSecure: false,
    port: () => 7411,
    clock: {
      monotonicMs: () => clock.monotonicMs(),
      wallMs: () => startTime + clock.monotonicMs(),
      after: (delayMs, run) => clock.after(delayMs, run),
    },
    log: (entry) => logged.push(entry),
    ...options,
  });
}

async function login(address = '10.0.0.1', name = testUser): Promise<IssuedTokens> {
  const result = await access.logins.login(name, testPassword, address);
  if (!result.ok) throw new Error(result.error.message);
  return result.tokens;
}

async function loginCode(password: string, address: string, name = testUser): Promise<string> {
  const result = await access.logins.login(name, password, address);
  return result.ok ? 'ok' : result.error.code;
}

async function tokenCode(token: unknown, address = '10.0.0.1'): Promise<string> {
  const result = await access.ofToken(token, address);
  return result.ok ? 'ok' : result.error.code;
}

function request(url: string, headers: Readonly<Record<string, string>> = {}): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.url = url;
  Object.assign(message.headers, headers);
  return message;
}

test('[G03] of all tokens only the good one is taken, and each other one is told what is wrong', async () => {
  const { good, bad } = await makeTokenMatrix(folder, startTime);
  expect(bad.length).toBeGreaterThanOrEqual(18);
  for (const [index, { name, token, code }] of bad.entries()) {
    const address = `10.0.1.${index}`;
    expect(await tokenCode(token, address), name).toBe(code);
    const headers: Record<string, string> =
      token === null ? {} : { authorization: `Bearer ${token}` };
    const result = await access.ofRequest(request('/api/markets', headers));
    expect(result.ok, name).toBe(false);
    clock.advance(1_000);
  }
  expect(await tokenCode(good)).toBe('ok');
  expect(JSON.stringify(logged)).not.toMatch(/eyJ/);
});

test('[S1-30] neither a token nor a key is taken out of an address, nor a foreign scheme', async () => {
  const { good } = await makeTokenMatrix(folder, startTime);
  const requests = [
    request(`/api/stream?token=${good}`),
    request(`/api/stream?access_token=${good}`),
    request(`/api/stream?ticket=${good}`),
    request(`/api/stream?ticket=${access.sessions.key}`),
    request('/api/stream', { authorization: good }),
    request('/api/stream', { authorization: `Basic ${good}` }),
    request('/api/stream', { authorization: `Bearer ${good} ${good}` }),
    request('/api/stream', { cookie: `truetape-7411=${good}` }),
  ];
  for (const each of requests) expect((await access.ofRequest(each)).ok, each.url).toBe(false);
});

test('a bad header is not made good by a good cookie', async () => {
  const session = access.sessions.exchange(access.sessions.key);
  const cookie = session.type === 'session' ? `truetape-7411=${session.token}` : '';
  expect((await access.ofRequest(request('/', { cookie }))).ok).toBe(true);
  expect((await access.ofRequest(request('/', { cookie, authorization: 'Bearer x.y.z' }))).ok).toBe(
    false,
  );
});

test('the session key lets in on loopback only', async () => {
  const { key } = access.sessions;
  expect(await access.ofToken(key, '127.0.0.1')).toEqual({
    ok: true,
    principal: { user: null, family: null, expiresTime: null },
  });
  const elsewhere = await open({ isLoopback: false });
  expect((await elsewhere.ofToken(elsewhere.sessions.key, '127.0.0.1')).ok).toBe(false);
  const session = elsewhere.sessions.exchange(elsewhere.sessions.key);
  const cookie = session.type === 'session' ? `truetape-7411=${session.token}` : '';
  expect((await elsewhere.ofRequest(request('/', { cookie }))).ok).toBe(false);
  elsewhere.close();
});

test('[S1-30] an access token ends to the second after 15 minutes, or after what was asked for', async () => {
  const { accessToken, accessExpiresTime } = await login();
  expect(accessExpiresTime).toBe(startTime + 900_000);
  clock.advance(899_999);
  expect(await tokenCode(accessToken)).toBe('ok');
  clock.advance(1);
  expect(await tokenCode(accessToken)).toBe('TOKEN_EXPIRED');
  const brief = await open({ accessTokenSec: 5 });
  const result = await brief.logins.login(testUser, testPassword, '10.0.0.1');
  expect(result.ok && result.tokens.accessExpiresTime).toBe(startTime + 905_000);
  brief.close();
});

test('[G04] a refresh token that comes twice ends its whole login, and no other', async () => {
  const other = await login();
  const first = await login();
  const second = await access.logins.refresh(first.refreshToken, '10.0.0.1');
  if (!second.ok) throw new Error(second.error.message);
  expect(second.tokens.refreshToken).not.toBe(first.refreshToken);
  const heard: Revocation[] = [];
  access.onRevoked((revocation) => heard.push(revocation));
  const replayed = await access.logins.refresh(first.refreshToken, '10.0.0.9');
  expect(replayed.ok ? null : replayed.error.code).toBe('TOKEN_REVOKED');
  expect(await tokenCode(second.tokens.accessToken)).toBe('TOKEN_REVOKED');
  expect((await access.logins.refresh(second.tokens.refreshToken, '10.0.0.1')).ok).toBe(false);
  expect(await tokenCode(other.accessToken)).toBe('ok');
  expect(heard).toEqual([{ user: testUser, family: first.family }]);
  expect(logged.map(({ text }) => text).join('\n')).toMatch(/came twice, now from 10\.0\.0\.9/);
});

test('a refresh token ends after seven days without use, and its use begins them anew', async () => {
  const { refreshToken } = await login();
  clock.stall(6 * 86_400_000);
  const renewed = await access.logins.refresh(refreshToken, '10.0.0.1');
  if (!renewed.ok) throw new Error(renewed.error.message);
  clock.stall(7 * 86_400_000);
  const late = await access.logins.refresh(renewed.tokens.refreshToken, '10.0.0.1');
  expect(late.ok ? null : late.error.code).toBe('TOKEN_EXPIRED');
});

test('what another process revokes holds at once for requests, and is told within a second', async () => {
  const { accessToken } = await login();
  const heard: Revocation[] = [];
  access.onRevoked(() => {
    throw new Error('a listener that fails keeps nobody from hearing');
  });
  access.onRevoked((revocation) => heard.push(revocation));
  const otherProcess = openTestAccounts(folder);
  otherProcess.revokeUser(testUser, startTime, { block: true });
  expect(await tokenCode(accessToken)).toBe('TOKEN_REVOKED');
  clock.advance(999);
  expect(heard).toEqual([{ user: testUser, family: null }]);
  clock.advance(10_000);
  expect(heard).toHaveLength(1);
  expect(await loginCode(testPassword, '10.0.0.1')).toBe('INVALID_CREDENTIALS');
  otherProcess.close();
});

test('a ticket works once and for a minute, also where its login has ended meanwhile', async () => {
  const { accessToken } = await login();
  const result = await access.ofToken(accessToken, '10.0.0.1');
  if (!result.ok) throw new Error(result.error.message);
  const issue = (): string => `/api/stream?ticket=${access.issueTicket(result.principal).ticket}`;
  const once = issue();
  expect(await access.ofRequest(request(once))).toEqual(result);
  expect((await access.ofRequest(request(once))).ok).toBe(false);
  const late = issue();
  clock.advance(60_000);
  expect((await access.ofRequest(request(late))).ok).toBe(false);
  const revoked = issue();
  access.logins.endLogin(testUser, result.principal.family ?? '');
  expect((await access.ofRequest(request(revoked))).ok).toBe(false);
});

test('[S1-31] fifty attempts in ten seconds are limited by user and by address, and others are not', async () => {
  const codes: string[] = [];
  for (let attempt = 0; attempt < 50; attempt += 1) {
    codes.push(await loginCode('wrong', '10.0.0.66'));
    clock.advance(200);
  }
  expect(codes.indexOf('RATE_LIMITED')).toBeGreaterThanOrEqual(10);
  expect(codes.filter((code) => code === 'RATE_LIMITED').length).toBeGreaterThan(30);
  const limited = await access.logins.login(testUser, testPassword, '10.0.0.66');
  expect(limited.ok ? null : limited.error).toMatchObject({
    code: 'RATE_LIMITED',
    retryAfterMs: expect.any(Number),
    message: expect.stringMatching(
      /^Too many sign-ins of this user\. Wait \d+ s, then try again\.$/,
    ),
  });
  addTestUser(folder, 'bob');
  expect(await loginCode(testPassword, '10.0.0.66', 'bob')).toBe('ok');
  // Known users with a cheap password: what is limited is the same.
  for (let user = 0; user < 50; user += 1) addTestUser(folder, `user${user}`);
  const many: string[] = [];
  for (let attempt = 0; attempt < 50; attempt += 1) {
    many.push(await loginCode('wrong', '10.0.0.77', `user${attempt}`));
    clock.advance(200);
  }
  expect(many).toContain('RATE_LIMITED');
  expect(await loginCode(testPassword, '10.0.0.78', 'bob')).toBe('ok');
});

test('[S1-31] connections and refused tokens of one address are limited, good tokens of it are not', async () => {
  const { accessToken } = await login();
  const spent = Array.from({ length: 50 }, () => access.spendAttempt('10.0.0.66')?.code ?? 'ok');
  expect(spent.filter((code) => code === 'RATE_LIMITED')).toHaveLength(10);
  expect(access.spendAttempt('10.0.0.67')).toBeNull();
  const refused: string[] = [];
  for (let attempt = 0; attempt < 50; attempt += 1)
    refused.push(await tokenCode('a.b.c', '10.0.0.66'));
  expect(refused.filter((code) => code === 'RATE_LIMITED')).toHaveLength(30);
  expect(await tokenCode(accessToken, '10.0.0.66')).toBe('ok');
});

test('a place where a user signed in before stays open while others guess the password', async () => {
  await login('10.0.0.1');
  for (let host = 0; host < 30; host += 1) await loginCode('wrong', `10.9.0.${host}`);
  expect(await loginCode(testPassword, '10.9.0.99')).toBe('RATE_LIMITED');
  expect(await loginCode(testPassword, '10.0.0.1')).toBe('ok');
});

test('addresses of one IPv6 network count as one', async () => {
  for (let host = 0; host < 60; host += 1)
    access.spendAttempt(`2001:db8:0:1::${host.toString(16)}`);
  expect(access.spendAttempt('2001:db8:0:1:ffff::1')?.code).toBe('RATE_LIMITED');
  expect(access.spendAttempt('2001:db8:0:2::1')).toBeNull();
  for (let attempt = 0; attempt < 60; attempt += 1) access.spendAttempt('::ffff:10.0.0.5');
  expect(access.spendAttempt('10.0.0.5')?.code).toBe('RATE_LIMITED');
});

test('[S1-30] failures and odd patterns are logged once, and no secret with them', async () => {
  for (let user = 0; user < 6; user += 1)
    await loginCode('my-password-1', '10.0.0.1', `guess${user}`);
  for (let host = 0; host < 8; host += 1) await loginCode('my-password-2', `10.1.0.${host}`);
  const { accessToken, refreshToken } = await login('10.7.7.7', 'bob').catch(() =>
    login('10.7.7.7'),
  );
  await tokenCode(`${accessToken}x`, '10.0.0.1');
  await access.logins.refresh(refreshToken, '10.0.0.1');
  await access.logins.refresh(refreshToken, '10.0.0.1');
  const lines = logged.map(({ text }) => text);
  expect(lines.filter((line) => line.endsWith('different users came from 10.0.0.1'))).toHaveLength(
    1,
  );
  expect(
    lines.filter((line) => /of user anna came from 5 different addresses/.test(line)),
  ).toHaveLength(1);
  expect(lines).toContain('a sign-in of an unknown user was refused, from 10.0.0.1');
  const all = JSON.stringify(logged);
  for (const secret of ['my-password', 'guess', 'eyJ', accessToken, refreshToken]) {
    expect(all).not.toContain(secret);
  }
});

test('an unknown user takes the same work as a wrong password', async () => {
  const store = openTestAccounts(folder);
  store.setPassword(testUser, await new Passwords().hash(testPassword), startTime);
  store.close();
  const derive = vi.spyOn(crypto, 'scrypt');
  syncBuiltinESMExports();
  onTestFinished(() => {
    derive.mockRestore();
    syncBuiltinESMExports();
  });
  const workOf = async (name: string): Promise<readonly unknown[]> => {
    derive.mockClear();
    await loginCode('wrong', '10.2.0.1', name);
    return derive.mock.calls.map(([, , keyBytes, cost]) => [keyBytes, cost]);
  };
  const known = await workOf(testUser);
  expect(known).toEqual([[expect.any(Number), expect.objectContaining({ N: expect.any(Number) })]]);
  expect(await workOf('nobody')).toEqual(known);
});

test('where another gateway has the same accounts, its logins hold here until it says that they are ended', async () => {
  const sibling = mkdtempSync(join(tmpdir(), 'truetape-sibling-'));
  const { accessToken, family } = await login();
  const copied = openTestAccounts(folder);
  copied.close();
  access.close();
  copyFileSync(join(folder, 'accounts.db'), join(sibling, 'accounts.db'));
  const other = openTestAccounts(sibling);
  other.close();
  access = await open({});
  const here = await open({ folder: sibling, hasSiblings: true });
  const result = await access.logins.login(testUser, testPassword, '10.0.0.1');
  if (!result.ok) throw new Error('the login is needed');
  expect((await here.ofToken(result.tokens.accessToken, '10.0.0.1')).ok).toBe(true);
  const heard: Revocation[] = [];
  const own: Revocation[] = [];
  here.onRevoked((revocation) => heard.push(revocation));
  here.onOwnRevocation((revocation) => own.push(revocation));
  here.revoke({ user: testUser, family: result.tokens.family, time: now() });
  expect((await here.ofToken(result.tokens.accessToken, '10.0.0.1')).ok).toBe(false);
  expect((await here.ofToken(accessToken, '10.0.0.1')).ok).toBe(true);
  here.revoke({ user: testUser, family: null, time: now() });
  expect((await here.ofToken(accessToken, '10.0.0.1')).ok).toBe(false);
  clock.advance(2_000);
  const later = await here.logins.login(testUser, testPassword, '10.0.0.1');
  expect(later.ok && (await here.ofToken(later.tokens.accessToken, '10.0.0.1')).ok).toBe(true);
  here.revoke({ user: testUser, family: null, time: now() - 1_000 });
  expect(later.ok && (await here.ofToken(later.tokens.accessToken, '10.0.0.1')).ok).toBe(true);
  expect(later.ok && (await here.logins.refresh(later.tokens.refreshToken, '10.0.0.1')).ok).toBe(
    true,
  );
  expect(heard).toHaveLength(3);
  expect(own).toEqual([]);
  expect(family).not.toBe(result.tokens.family);
  here.close();
  rmSync(sibling, { recursive: true });
});

test('a ticket of a login of another gateway ends with all logins of its user [G03]', async () => {
  const sibling = mkdtempSync(join(tmpdir(), 'truetape-sibling-'));
  const copied = openTestAccounts(folder);
  copied.close();
  access.close();
  copyFileSync(join(folder, 'accounts.db'), join(sibling, 'accounts.db'));
  access = await open({});
  const here = await open({ folder: sibling, hasSiblings: true });
  const found = await here.ofToken((await login()).accessToken, '10.0.0.1');
  if (!found.ok) throw new Error(found.error.message);
  const use = async (ticket: string): Promise<string> => {
    const result = await here.ofRequest(request(`/api/stream?ticket=${ticket}`));
    return result.ok ? 'ok' : result.error.code;
  };
  const tickets = [0, 1].map(() => here.issueTicket(found.principal).ticket);
  expect(await use(tickets[0] ?? '')).toBe('ok');
  here.revoke({ user: 'somebody', family: null, time: now() });
  here.revoke({ user: testUser, family: null, time: now() });
  expect(await use(tickets[1] ?? '')).toBe('INVALID_TOKEN');
  here.close();
  rmSync(sibling, { recursive: true });
});
