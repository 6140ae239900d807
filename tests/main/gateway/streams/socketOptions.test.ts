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
  const lastOf = (peer: SocketPeer) => heldBy(peer).get('orderbook.BTC-USDT')?.['seq'];
  for (const peer of [whole, delta]) {
    await bench.until(() => lastOf(peer) === rounds, 'the last');
  }
  const last = updatesOf(whole.messages).at(-1);
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

/** How many bytes more than its text and a head of two the answer to a ping took on the wire. */
async function frameBytesOfPong(peer: SocketPeer): Promise<number> {
  await bench.pass(2_000, 50);
  // What was sent before is here when it is answered.
  peer.send({ type: 'ping' });
  await bench.until(() => typesOf(peer.messages).at(-1) === 'pong', 'an answer to a ping');
  const before = { bytes: peer.stream.bytesRead, messages: peer.raw.length };
  peer.send({ type: 'ping' });
  await bench.until(() => peer.raw.length > before.messages, 'an answer to a ping');
  const heard = peer.raw.slice(before.messages);
  expect(typesOf(peer.messages.slice(before.messages))).toEqual(['pong']);
  return peer.stream.bytesRead - before.bytes - (heard[0]?.length ?? 0) - 2;
}

test('[S1-43] compression is off unless chosen, and leaves short messages alone', async () => {
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
    expect(await frameBytesOfPong(peer)).toBe(0);
    if (!compress) await bench.close();
  }
  const [plain = 0, compressed = 0] = read;
  process.stdout.write(
    `a book: ${Math.round(plain)} bytes plain, ${Math.round(compressed)} deflated\n`,
  );
  expect(compressed).toBeLessThan(plain / 2);
});
