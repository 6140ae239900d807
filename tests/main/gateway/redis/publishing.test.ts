import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { askTopic } from '../../../../src/main/gateway/redis/candleQuestions.ts';
import type {
  BeatRole,
  PublishedBatch,
  RedisPort,
} from '../../../../src/main/gateway/redis/redisPort.ts';
import { scaleOutLimits } from '../../../../src/main/gateway/redis/scaleOutLimits.ts';
import { RedisBench } from './support/redisBench.ts';
import { hasRedis } from './support/redisServer.ts';

let bench: RedisBench | null = null;

afterEach(async () => {
  await bench?.close();
  bench = null;
});

const market = 'BTC-USDT';
/** Of one that is there, and is not taken for gone because the machine is busy. */
const longMs = 120_000;

/** As long as it does, Redis knows of its connection. */
async function listens(on: RedisBench, port: RedisPort, owner: string): Promise<void> {
  let hasHeard = false;
  port.listen(askTopic(owner), () => {
    hasHeard = true;
  });
  await on.until(() => {
    port.notify(askTopic(owner), new Uint8Array()).catch(() => undefined);
    return hasHeard;
  }, `word of ${owner} to itself`);
}

async function claim(port: RedisPort, owner: string): Promise<number> {
  const [lease] = await port.lease(owner, [{ type: 'claim', market }], longMs);
  if (lease?.owner !== owner) throw new Error(`not its lease: ${lease?.owner ?? 'nobody'}`);
  return lease.fence;
}

function batchOf(owner: string, run: string, number: number, fence: number): PublishedBatch {
  const bytes = Buffer.from(`${owner} ${number}`);
  const states = [{ channel: 'price.BTC-USDT', bytes }];
  const one = { market, fence, eventCount: 1, gapCount: 0, events: bytes, states };
  return { owner, run, number, markets: [one] };
}

test.skipIf(!hasRedis)(
  'only the present lease publishes, each batch once, and only in the present run',
  async () => {
    bench = await RedisBench.open();
    const port = bench.port();
    await bench.until(() => port.isUp(), 'Redis');
    for (const owner of ['a', 'b']) await listens(bench, port, owner);
    const beat = {
      role: 'ingester',
      id: 'a',
      record: '',
      keepMs: longMs,
      wantsVersion: '',
    } as const;
    const { run } = await port.beat(beat);
    const oldFence = await claim(port, 'a');
    expect(await port.publish(batchOf('a', run, 1, oldFence))).toEqual([]);
    // Its answer was lost, and it is sent again.
    expect(await port.publish(batchOf('a', run, 1, oldFence))).toEqual([]);
    await bench.command(['DEL', 'truetape:7:lease:BTC-USDT']);
    const fence = await claim(port, 'b');
    expect(fence).toBeGreaterThan(oldFence);
    expect(await port.publish(batchOf('a', run, 2, oldFence))).toEqual([market]);
    expect(await port.publish(batchOf('a', run, 3, fence))).toEqual([market]);
    expect(await port.publish(batchOf('b', run, 1, fence))).toEqual([]);
    await expect(port.publish(batchOf('b', 'another', 2, fence))).rejects.toThrow('RUN');
    const [renewed] = await port.lease('a', [{ type: 'renew', market, fence: oldFence }], longMs);
    expect(renewed?.owner).toBe('b');
    await port.lease('a', [{ type: 'release', market, fence: oldFence }], longMs);
    const entries = await port.readEvents('0');
    expect(
      entries.map(({ firstEvent, markets }) => [firstEvent, textOf(markets[0]?.bytes)]),
    ).toEqual([
      [1, 'a 1'],
      [2, 'b 1'],
    ]);
    const [value] = await port.readStates(['price.BTC-USDT']);
    expect(textOf(value ?? undefined)).toBe('b 1');
    const [held] = await port.lease('c', [{ type: 'look', market }], longMs);
    expect(held).toMatchObject({ owner: 'b', fence });
  },
);

function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}

test.skipIf(!hasRedis)('a gateway that was forgotten and is back has its wants again', async () => {
  bench = await RedisBench.open();
  const port = bench.port();
  await bench.until(() => port.isUp(), 'Redis');
  const beat = (role: BeatRole, id: string, keepMs: number, wantsVersion = '') =>
    port.beat({ role, id, record: '', keepMs, wantsVersion });
  await beat('gateway', 'g', 60_000);
  await port.setWants('g', ['price.BTC-USDT'], 60_000);
  const first = await beat('ingester', 'i', 60_000);
  expect(first.wants).toEqual(['price.BTC-USDT']);
  await beat('gateway', 'g', 1);
  await port.setWants('g', ['price.BTC-USDT'], 60_000);
  await sleep(50);
  const without = await beat('ingester', 'i', 60_000, first.wantsVersion);
  expect(without.wants).toEqual([]);
  expect((await beat('gateway', 'g', 60_000)).hasWants).toBe(true);
  const again = await beat('ingester', 'i', 60_000, without.wantsVersion);
  expect(again.wants).toEqual(['price.BTC-USDT']);
});

test.skipIf(!hasRedis)(
  'leases of a process without a connection are free after 2 s, those of one that stands still are not',
  async () => {
    bench = await RedisBench.open();
    const [ended, still, other] = [bench.port(), bench.port(), bench.port()];
    await bench.until(() => [ended, still, other].every((port) => port.isUp()), 'Redis');
    await listens(bench, ended, 'ended');
    await listens(bench, still, 'still');
    const { goneMs, leaseMs } = scaleOutLimits;
    await still.lease('still', [{ type: 'claim', market: 'ETH-USDT' }], longMs);
    await ended.close();
    const look = () =>
      other.lease(
        'other',
        [
          { type: 'look', market },
          { type: 'look', market: 'ETH-USDT' },
        ],
        longMs,
      );
    // In one turn with the last word of the one that ended: this is no matter of how soon it comes.
    const claim = { type: 'claim', market } as const;
    const eth = { type: 'look', market: 'ETH-USDT' } as const;
    const held = await other.lease('ended', [claim, { type: 'look', market }, eth], leaseMs);
    expect(held.map((lease) => lease?.owner)).toEqual(['ended', 'ended', 'still']);
    await sleep(goneMs + 100);
    const [lost, kept] = await look();
    expect(lost).toBeNull();
    expect(kept?.owner).toBe('still');
    expect(kept?.ageMs).toBeGreaterThan(goneMs);
  },
);
