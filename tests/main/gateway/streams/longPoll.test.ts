import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PollAnswer, PollOpened } from '../../../../src/shared/gateway/polling.ts';
import { openBench, range, seqsOf } from './streamBench.ts';
import type { StreamBench } from './streamBench.ts';

let bench: StreamBench;

beforeEach(async () => {
  bench = await openBench();
});

afterEach(() => bench.close());

const channels = ['trades.BTC-USDT', 'price.BTC-USDT'];

async function open(body: object = { channels }): Promise<PollOpened> {
  const answer = await post(body);
  expect(answer.status).toBe(200);
  return (await answer.json()) as PollOpened;
}

function post(body: unknown): Promise<Response> {
  return bench.ask('/api/poll', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function address({ session, cursor }: PollAnswer, more = ''): string {
  return `/api/poll?session=${session}&cursor=${encodeURIComponent(cursor)}${more}`;
}

async function next(last: PollAnswer): Promise<PollAnswer> {
  const answer = await bench.ask(address(last));
  expect(answer.status).toBe(200);
  return (await answer.json()) as PollAnswer;
}

/** Asks until so many trades are there: whether they come in one answer or in several is left open. */
async function tradesAfter(
  first: PollAnswer,
  count: number,
  own: readonly number[] = [],
): Promise<{ readonly seen: readonly number[]; readonly last: PollAnswer }> {
  const seen = [...own];
  let last = first;
  while (seen.length < count) {
    last = await next(last);
    seen.push(...seqs(last));
  }
  return { seen, last };
}

function seqs({ updates, time, cursor }: PollAnswer): readonly number[] {
  return seqsOf([{ type: 'updates', time, cursor, updates }], 'trade_update');
}

async function trades(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    bench.feed.trade();
    await bench.pass(5, 5);
  }
}

test('a session polls trades: none missing and none doubled, whatever happens between its questions', async () => {
  const opened = await open();
  expect(opened).toMatchObject({
    type: 'poll',
    messages: [{ type: 'welcome' }],
    updates: [],
    subscribed: { accepted: channels, rejected: [] },
    sessionMs: 60_000,
    waitMs: 25_000,
  });
  const seen: number[] = [];
  let published = 0;
  let last: PollAnswer = opened;
  for (let round = 0; round < 6; round += 1) {
    await trades(round);
    bench.feed.price(60_000 + round);
    published += round;
    do {
      const answer = await next(last);
      expect(await next(last), 'the same question again').toEqual(answer);
      seen.push(...seqs(answer));
      last = answer;
    } while (seen.length < published);
  }
  expect(seen).toEqual(range(1, 15));
});

test('the answer that opens a session has the present state where it is known', async () => {
  await open();
  await bench.until(() => bench.feed.wanted.at(-1)?.size === 2, 'it is wanted');
  bench.feed.price(60_000);
  const { updates } = await open();
  expect(updates).toMatchObject([{ type: 'price_update', price: { price: 60_000 } }]);
});

test('a question waits until something comes, and not longer than 25 s', async () => {
  const opened = await open();
  const before = bench.clock.monotonicMs();
  const waiting = next(opened);
  await bench.pass(24_000);
  const empty = await waiting;
  expect(bench.clock.monotonicMs() - before).toBeGreaterThanOrEqual(25_000);
  expect(empty).toMatchObject({ messages: [], updates: [], cursor: opened.cursor });
  const asked = next(empty);
  await bench.pass(200);
  bench.feed.trade();
  expect(seqs(await asked)).toEqual([1]);
  const at = bench.clock.monotonicMs();
  await bench.ask(address(empty, '&wait=0'));
  expect(bench.clock.monotonicMs() - at).toBeLessThan(200);
});

test('the cursor of another transport goes on in a poll, and that of a poll on a WebSocket', async () => {
  const opened = await open();
  await trades(3);
  const { seen, last } = await tradesAfter(opened, 3);
  expect(seen).toEqual([1, 2, 3]);
  await trades(4);
  const elsewhere = await open({ channels, cursor: last.cursor });
  const missed = await tradesAfter(elsewhere, 4, seqs(elsewhere));
  expect(missed.seen).toEqual(range(4, 7));
  const peer = await bench.connect();
  peer.send({ type: 'subscribe', channels });
  peer.send({ type: 'resume', cursor: last.cursor });
  await bench.until(() => seqsOf(peer.messages, 'trade_update').length === 4, 'the missed ones');
  expect(seqsOf(peer.messages, 'trade_update')).toEqual(range(4, 7));
  const odd = await open({ channels, cursor: 'odd' });
  expect(odd.messages.map(({ type }) => type)).toEqual(['welcome', 'resync']);
});

test('a question that is broken off takes no trades with it', async () => {
  const opened = await open();
  const abort = new AbortController();
  const gone = fetch(`${bench.gateway.origin}${address(opened)}`, {
    headers: { authorization: `Bearer ${bench.key}` },
    signal: abort.signal,
  });
  gone.catch(() => undefined);
  await bench.pass(100, 10);
  abort.abort();
  await bench.pass(100, 10);
  await trades(2);
  expect((await tradesAfter(opened, 2)).seen).toEqual([1, 2]);
});

test('a session ends by DELETE, or when nobody asked for a minute', async () => {
  const first = await open();
  const second = await open();
  expect(await bench.clients()).toBe(2);
  const deleted = await bench.ask(`/api/poll?session=${first.session}`, { method: 'DELETE' });
  expect(deleted.status).toBe(204);
  expect(await bench.clients()).toBe(1);
  expect((await bench.ask(address(first))).status).toBe(404);
  await bench.pass(60_500, 500);
  expect(await bench.clients()).toBe(0);
  const late = await bench.ask(address(second));
  expect([late.status, await late.json()]).toMatchObject([404, { error: { code: 'NOT_FOUND' } }]);
  const again = await open({ channels, cursor: second.cursor });
  expect(again.messages.map(({ type }) => type)).toEqual(['welcome']);
});

test('the 201st session is refused', async () => {
  const opened = await open();
  for (let at = 1; at < 200; at += 1) await open({ channels: ['health'] });
  const refused = await post({ channels });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('60');
  await bench.ask(`/api/poll?session=${opened.session}`, { method: 'DELETE' });
  await open();
});

test.each([
  [{}, 400, 'INVALID_REQUEST'],
  [[], 400, 'INVALID_REQUEST'],
  [{ channels: [] }, 400, 'INVALID_REQUEST'],
  [{ channels: ['price.btc'] }, 404, 'INVALID_SYMBOL'],
  [{ channels: ['moon'] }, 400, 'INVALID_CHANNEL'],
  [{ channels, delta: true }, 400, 'INVALID_REQUEST'],
  [{ channels, rate: 61 }, 400, 'INVALID_REQUEST'],
])('a body of %j is refused with %i %s', async (body, status, code) => {
  const answer = await post(body);
  expect([answer.status, await answer.json()]).toMatchObject([status, { error: { code } }]);
});

test('odd questions are refused', async () => {
  const opened = await open();
  for (const [query, status, code] of [
    ['', 400, 'INVALID_REQUEST'],
    ['?session=x&cursor=y', 404, 'NOT_FOUND'],
    [`?session=${opened.session}&cursor=odd`, 400, 'INVALID_CURSOR'],
    [`?session=${opened.session}&cursor=odd&wait=-1`, 400, 'INVALID_REQUEST'],
  ] as const) {
    const answer = await bench.ask(`/api/poll${query}`);
    expect([answer.status, await answer.json()]).toMatchObject([status, { error: { code } }]);
  }
});
