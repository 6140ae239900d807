import { expect, test } from 'vitest';
import { openRevocationRelay } from '../../../../src/main/gateway/redis/revocationRelay.ts';
import type { TimedRevocation } from '../../../../src/main/gateway/accounts/revocationWatch.ts';
import { MemoryRoom } from './support/memoryRoom.ts';

/** A gateway's logins, and what they are told. */
function openGateway(room: MemoryRoom) {
  const port = room.redis.port();
  const heard: TimedRevocation[] = [];
  let tell: (revocation: TimedRevocation) => void = () => undefined;
  const relay = openRevocationRelay({
    ...{ port, clock: room.clock, log: () => undefined },
    access: {
      onOwnRevocation(listener) {
        tell = listener;
        return () => undefined;
      },
      revoke: (revocation) => heard.push(revocation),
    },
  });
  return { port, relay, heard, revoke: (revocation: TimedRevocation) => tell(revocation) };
}

const one = { user: 'ada', family: 'f1', time: 1_790_000_000_000 };
const all = { user: 'ada', family: null, time: 1_790_000_000_001 };

test('a revocation at one gateway is heard at the others at once, and once', async () => {
  const room = new MemoryRoom([]);
  const [first, second] = [openGateway(room), openGateway(room)];
  await room.pass(1_000);
  first.revoke(one);
  await room.pass(50);
  expect(second.heard).toEqual([one]);
  await room.pass(5_000);
  expect(second.heard).toEqual([one]);
  expect(first.heard).toEqual([]);
});

test('a gateway that was away hears what was revoked meanwhile, and nothing of before again', async () => {
  const room = new MemoryRoom([]);
  const [first, second] = [openGateway(room), openGateway(room)];
  first.revoke(one);
  await room.pass(1_000);
  second.port.cut(true);
  first.revoke(all);
  await room.pass(5_000);
  expect(second.heard).toEqual([one]);
  second.port.cut(false);
  await room.pass(50);
  expect(second.heard).toEqual([one, all]);
});

test('what is revoked while Redis is away is said when it is back, also empty and on another clock', async () => {
  const room = new MemoryRoom([]);
  const [first, second] = [openGateway(room), openGateway(room)];
  first.revoke(one);
  await room.pass(1_000);
  for (const { port } of [first, second]) port.cut(true);
  room.redis.forgetAll();
  room.redis.setBack(3_600_000);
  first.revoke(all);
  await room.pass(2_000);
  for (const { port } of [second, first]) port.cut(false);
  await room.pass(500);
  expect(second.heard).toEqual([one, all]);
});
