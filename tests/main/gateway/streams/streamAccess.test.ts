import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  addTestUser,
  makeTokenMatrix,
  testPassword,
  testUser,
} from '../../../support/badTokens.ts';
import { openBench, range, seqsOf, typesOf } from './streamBench.ts';
import type { StreamBench, StreamPeer } from './streamBench.ts';
import type { ServerMessage } from '../../../../src/shared/gateway/wire.ts';

let bench: StreamBench;

beforeEach(async () => {
  bench = await openBench({ accessTokenSec: 60 });
});

afterEach(() => bench.close());

interface Login {
  readonly access_token: string;
  readonly refresh_token: string;
}

async function login(path: string, body: object): Promise<Login> {
  const answer = await bench.ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Login;
}

async function signIn(): Promise<Login> {
  addTestUser(bench.profile);
  return login('/api/auth/login', { username: testUser, password: testPassword });
}

const bearer = (token: string | null): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}` };

const stream = '/api/stream?channels=trades.BTC-USDT';

function pollBody(token: string): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(token) },
    body: JSON.stringify({ channels: ['trades.BTC-USDT'] }),
  };
}

test('[G03] every bad token is refused by WebSocket, SSE and polling, and the good one is not', async () => {
  const { good, bad } = await makeTokenMatrix(bench.profile, bench.now());
  expect(bad.length).toBeGreaterThanOrEqual(18);
  const paths = [
    stream,
    '/api/realtime/BTC',
    '/api/dashboard/stream',
    '/api/pnl',
    '/api/pnl-stream',
  ];
  // Time has to pass between refusals; what becomes valid with time comes first.
  const early = bad.toSorted((left) => (left.name === 'not yet valid' ? -1 : 0));
  for (const { name, token, code } of early) {
    const headers = { authorization: token === null ? '' : `Bearer ${token}` };
    for (const path of paths) {
      await bench.pass(1_000);
      const answer = await bench.ask(path, { headers });
      const body = (await answer.json()) as { readonly error: { readonly code: string } };
      expect([name, path, answer.status, body.error.code]).toEqual([name, path, 401, code]);
    }
    await bench.pass(2_000);
    const polled = await bench.ask('/api/poll', {
      ...pollBody(good),
      headers: { 'content-type': 'application/json', ...headers },
    });
    expect([name, polled.status]).toEqual([name, 401]);
    if (token !== null) {
      const upgraded = await bench.connect({ token });
      expect([name, upgraded.socket.readyState]).toEqual([name, 3]);
    }
    const peer = await bench.connect({ token: null });
    peer.send({ type: 'authenticate', token: token ?? '' });
    peer.send({ type: 'subscribe', channels: ['trades.BTC-USDT'] });
    if (token === null || token === '') await bench.pass(5_100);
    await bench.until(() => peer.closed !== null, `${name} is closed`);
    expect(typesOf(peer.messages).every((type) => type === 'error')).toBe(true);
  }
  process.stdout.write(`${bad.length} bad tokens on WebSocket, SSE and polling\n`);
  expect(await bench.clients()).toBe(0);
  expect((await bench.stream(stream, bearer(good))).response.status).toBe(200);
  expect((await bench.ask('/api/poll', pollBody(good))).status).toBe(200);
  const peer = await bench.connect({ token: good });
  await bench.until(() => typesOf(peer.messages).includes('welcome'), 'welcome');
});

const errorOf = ({ events }: StreamPeer) => events.find(({ event }) => event === 'error')?.data;

test('[G03] live streams end within a second of the expiry, and say why', async () => {
  const { access_token: token } = await signIn();
  const began = bench.clock.monotonicMs();
  const peer = await bench.connect({ token });
  const events = await bench.stream(stream, bearer(token));
  const poll = (await (await bench.ask('/api/poll', pollBody(token))).json()) as {
    readonly session: string;
    readonly cursor: string;
  };
  await bench.pass(58_000 - (bench.clock.monotonicMs() - began));
  expect([peer.closed, events.isOver()]).toEqual([null, false]);
  await bench.pass(2_900, 100);
  await bench.until(() => peer.closed !== null && events.isOver(), 'both end');
  expect(bench.clock.monotonicMs() - began).toBeLessThan(61_500);
  expect(peer.closed).toEqual({ code: 1008, reason: 'TOKEN_EXPIRED' });
  expect(errorOf(events)).toMatchObject({ type: 'error', error: { code: 'TOKEN_EXPIRED' } });
  const query = `session=${poll.session}&cursor=${encodeURIComponent(poll.cursor)}`;
  const asked = await bench.ask(`/api/poll?${query}`, { headers: bearer(token) });
  expect(asked.status).toBe(401);
  expect(await bench.clients()).toBe(0);
});

test('[G03] live streams end within a second of the revocation', async () => {
  const { access_token: token, refresh_token } = await signIn();
  const other = await login('/api/auth/login', { username: testUser, password: testPassword });
  const peer = await bench.connect({ token });
  const events = await bench.stream(stream, bearer(token));
  const stays = await bench.connect({ token: other.access_token });
  const out = await bench.ask('/api/auth/logout', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(token) },
    body: JSON.stringify({ refresh_token }),
  });
  expect(out.status).toBe(204);
  const before = bench.clock.monotonicMs();
  await bench.until(() => peer.closed !== null && events.isOver(), 'both end');
  expect(bench.clock.monotonicMs() - before).toBeLessThan(1_000);
  expect(peer.closed?.reason).toBe('TOKEN_REVOKED');
  expect(errorOf(events)).toMatchObject({ error: { code: 'TOKEN_REVOKED' } });
  expect(stays.closed).toBeNull();
});

test('[S1-28] a client that renews its token in time keeps its subscriptions: no trade is missing', async () => {
  let { access_token: token, refresh_token } = await signIn();
  const peer = await bench.connect({ token });
  peer.send({ type: 'subscribe', channels: ['trades.BTC-USDT'] });
  let published = 0;
  for (let round = 0; round < 5; round += 1) {
    for (let at = 0; at < 40; at += 1) {
      if (bench.feed.wanted.at(-1)?.size === 1) {
        bench.feed.trade();
        published += 1;
      }
      await bench.pass(1_000, 250);
    }
    ({ access_token: token, refresh_token } = await login('/api/auth/refresh', { refresh_token }));
    peer.send({ type: 'authenticate', id: `r${round}`, token });
    // A token is verified in real time: virtual time must not overtake it.
    const welcomed = () => typesOf(peer.messages).filter((type) => type === 'welcome').length;
    await bench.until(() => welcomed() === round + 2, 'the renewal');
  }
  const isAll = () => seqsOf(peer.messages, 'trade_update').length === published;
  await bench.until(isAll, 'all trades');
  expect(seqsOf(peer.messages, 'trade_update')).toEqual(range(1, published));
  expect(published).toBeGreaterThan(190);
  const welcomes = peer.messages.filter((message) => message.type === 'welcome');
  expect(welcomes).toHaveLength(6);
  expect(new Set(welcomes.map(({ client }) => client)).size).toBe(1);
  expect(peer.closed).toBeNull();
});

test('a renewal under another user is refused, and the connection stays what it was', async () => {
  const { access_token: token } = await signIn();
  const peer = await bench.connect();
  peer.send({ type: 'authenticate', id: 'r', token });
  await bench.until(() => peer.messages.length === 2, 'an answer');
  const [, answer]: readonly ServerMessage[] = peer.messages;
  expect(answer).toMatchObject({ type: 'error', id: 'r', error: { code: 'FORBIDDEN' } });
  peer.send({ type: 'subscribe', channels: ['health'] });
  await bench.until(() => typesOf(peer.messages).includes('subscribed'), 'it goes on');
});

test('nobody asks in the session of another user', async () => {
  const { access_token: token } = await signIn();
  const opened = (await (await bench.ask('/api/poll', pollBody(bench.key))).json()) as {
    readonly session: string;
    readonly cursor: string;
  };
  const query = `session=${opened.session}&cursor=${encodeURIComponent(opened.cursor)}&wait=0`;
  for (const method of ['GET', 'DELETE']) {
    const path = method === 'GET' ? `/api/poll?${query}` : `/api/poll?session=${opened.session}`;
    expect((await bench.ask(path, { method, headers: bearer(token) })).status).toBe(404);
  }
  expect((await bench.ask(`/api/poll?${query}`)).status).toBe(200);
});

test('a ticket opens one EventSource, and only one', async () => {
  const { access_token: token } = await signIn();
  const answer = await bench.ask('/api/auth/ticket', { method: 'POST', headers: bearer(token) });
  const { ticket } = (await answer.json()) as { readonly ticket: string };
  const first = await bench.stream(`${stream}&ticket=${ticket}`, {});
  expect(first.response.status).toBe(200);
  const second = await bench.stream(`${stream}&ticket=${ticket}`, {});
  expect(second.response.status).toBe(401);
});

test('a page with our cookie needs no token, and a page of elsewhere gets no socket', async () => {
  const session = await bench.ask('/api/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: bench.key }),
  });
  const [cookie = ''] = (session.headers.get('set-cookie') ?? '').split(';');
  const { origin } = bench.gateway;
  const page = await bench.connect({ token: null, headers: { cookie, origin } });
  await bench.until(() => typesOf(page.messages).includes('welcome'), 'welcome');
  const foreign = await bench.connect({
    token: null,
    headers: { cookie, origin: 'http://evil.example' },
  });
  expect(foreign.closed?.code).toBe(1006);
  const old = await bench.connect({ token: null, headers: { cookie: `${cookie}x`, origin } });
  expect([typesOf(old.messages), old.closed]).toEqual([[], null]);
});

test('[S1-31] of more attempts than an address may make the rest is refused, with a time', async () => {
  await bench.close();
  bench = await openBench({ connectBucket: { size: 3, perSec: 0.1 } });
  const answers: number[] = [];
  for (let at = 0; at < 3; at += 1) {
    answers.push((await bench.ask('/api/poll', pollBody(bench.key))).status);
  }
  const refused = await bench.ask(stream);
  expect([...answers, refused.status]).toEqual([200, 200, 200, 429]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await bench.connect()).closed?.code).toBe(1006);
});
