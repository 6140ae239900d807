import { expect, test } from 'vitest';
import type { ClientSession } from '../../../../src/main/gateway/hub/clientContract.ts';
import { PollSession } from '../../../../src/main/gateway/streams/pollSession.ts';
import { GatewayRefusal } from '../../../../src/shared/gateway/errors.ts';
import type { PollAnswer } from '../../../../src/shared/gateway/polling.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { outbound, tradeRecord } from './wireRecords.ts';

interface Bench {
  readonly clock: VirtualClock;
  readonly poll: PollSession;
  readonly reading: boolean[];
  readonly isEnded: () => boolean;
  send(seq: number): void;
  ask(cursor: string, waitMs?: number): Promise<PollAnswer>;
}

function openBench(): Bench {
  const clock = new VirtualClock();
  const reading: boolean[] = [];
  let isEnded = false;
  const gatewayClock = {
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => clock.monotonicMs(),
    after: (delayMs: number, run: () => void) => clock.after(delayMs, run),
  };
  const poll = new PollSession('session', gatewayClock, () => (isEnded = true));
  const session: ClientSession = {
    id: 'c',
    principal: { user: null, family: null, expiresTime: null },
    cursor: 'k.0',
    channels: new Set(),
    subscribe: () => {
      throw new Error('not asked');
    },
    unsubscribe: () => {
      throw new Error('not asked');
    },
    resume: () => ({ type: 'resumed', events: 0 }),
    renew: () => null,
    spend: () => null,
    setReading: (isReading) => reading.push(isReading),
    close: () => undefined,
  };
  poll.attach(session, 'k.0');
  return {
    clock,
    poll,
    reading,
    isEnded: () => isEnded,
    send(seq) {
      const records = [outbound(tradeRecord(seq))];
      poll.sendUpdates({ time: 0, cursor: `k.${seq}`, records });
    },
    ask: async (cursor, waitMs = 25_000) => parsePoll(await poll.next(cursor, waitMs).body),
  };
}

function parsePoll(text: string): PollAnswer {
  return JSON.parse(text) as PollAnswer;
}

const seqs = ({ updates }: PollAnswer) => updates.map(({ seq }) => seq);

test('an answer is repeated until the next question names its cursor, and then never again', async () => {
  const { ask, send, clock } = openBench();
  send(1);
  send(2);
  const pending = ask('k.0~0');
  clock.advance(5);
  const first = await pending;
  expect(seqs(first)).toEqual([1, 2]);
  send(3);
  expect(await ask('k.0~0'), 'the answer was lost').toEqual(first);
  const later = ask(first.cursor);
  clock.advance(5);
  expect(seqs(await later)).toEqual([3]);
});

test('an answer without events has a cursor of its own: a lost state is sent again too', async () => {
  const { ask, poll, clock } = openBench();
  const state = () =>
    poll.sendUpdates({ time: 0, cursor: 'k.0', records: [outbound(tradeRecord(9))] });
  state();
  const pending = ask('k.0~0');
  clock.advance(5);
  const first = await pending;
  expect(first.cursor).not.toBe('k.0~0');
  expect(await ask('k.0~0')).toEqual(first);
});

test('waits at most as long as asked, and then answers with nothing and the same cursor', async () => {
  const { ask, clock, reading } = openBench();
  const pending = ask('k.0~0', 25_000);
  expect(reading).toEqual([true]);
  clock.advance(24_999);
  expect(reading).toEqual([true]);
  clock.advance(1);
  expect(await pending).toMatchObject({ cursor: 'k.0~0', updates: [], messages: [] });
  expect(reading).toEqual([true, false]);
});

test('a question whose connection went away takes nothing with it', async () => {
  const { poll, ask, send, clock } = openBench();
  const gone = poll.next('k.0~0', 25_000);
  gone.forget();
  send(1);
  const pending = ask('k.0~0');
  clock.advance(5);
  expect(seqs(await pending)).toEqual([1]);
});

test('of two questions at once the first gets an empty answer', async () => {
  const { ask, send, clock } = openBench();
  const first = ask('k.0~0');
  const second = ask('k.0~0');
  send(1);
  clock.advance(5);
  expect(seqs(await first)).toEqual([]);
  expect(seqs(await second)).toEqual([1]);
});

test('updates from before a resync are never in the answer that has it', async () => {
  const { poll, ask, send, clock } = openBench();
  send(1);
  poll.sendMessage({
    type: 'resync',
    reason: 'slow',
    channels: null,
    from: 'k.1',
    to: 'k.8',
    missing: 7,
    time: 0,
    message: 'lost',
  });
  send(9);
  const pending = ask('k.0~0');
  clock.advance(5);
  const before = await pending;
  expect(seqs(before)).toEqual([1]);
  expect(before.messages).toEqual([]);
  const after = ask(before.cursor);
  clock.advance(5);
  expect(await after).toMatchObject({ messages: [{ type: 'resync' }], updates: [{ seq: 9 }] });
});

test('a cursor that is neither the last nor the one before is refused', () => {
  const { poll } = openBench();
  expect(() => poll.next('k.7~3', 0)).toThrow(GatewayRefusal);
});

test('a session that nobody asks for a minute is over, one that waits is not', async () => {
  const { clock, isEnded, ask } = openBench();
  clock.advance(59_000);
  const pending = ask('k.0~0', 25_000);
  clock.advance(25_000);
  await pending;
  clock.advance(59_999);
  expect(isEnded()).toBe(false);
  clock.advance(1);
  expect(isEnded()).toBe(true);
});

test('what the gateway ends says why: in the answer that waits, then as a refusal', async () => {
  const { poll, ask } = openBench();
  const pending = ask('k.0~0');
  poll.end({ code: 'TOKEN_EXPIRED', message: 'expired' });
  const answer = await pending;
  expect(answer.messages).toMatchObject([{ type: 'error', error: { code: 'TOKEN_EXPIRED' } }]);
  await expect(ask(answer.cursor)).rejects.toThrow('expired');
});
