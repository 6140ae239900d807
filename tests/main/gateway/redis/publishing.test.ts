import { afterEach, expect, test } from 'vitest';
import type { PublishedBatch, RedisPort } from '../../../../src/main/gateway/redis/redisPort.ts';
import { scaleOutLimits } from '../../../../src/main/gateway/redis/scaleOutLimits.ts';
import { RedisBench } from './support/redisBench.ts';
import { hasRedis } from './support/redisServer.ts';

let bench: RedisBench | null = null;

afterEach(async () => {
  await bench?.close();
  bench = null;
});

const market = 'BTC-USDT';

async function claim(port: RedisPort, owner: string): Promise<number> {
  const [lease] = await port.lease(owner, [{ type: 'claim', market }], scaleOutLimits.leaseMs);
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
    const beat = {
      role: 'ingester',
      id: 'a',
      record: '',
      keepMs: 3_000,
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
    const [renewed] = await port.lease(
      'a',
      [{ type: 'renew', market, fence: oldFence }],
      scaleOutLimits.leaseMs,
    );
    expect(renewed?.owner).toBe('b');
    await port.lease('a', [{ type: 'release', market, fence: oldFence }], scaleOutLimits.leaseMs);
    const entries = await port.readEvents('0');
    expect(
      entries.map(({ firstEvent, markets }) => [firstEvent, textOf(markets[0]?.bytes)]),
    ).toEqual([
      [1, 'a 1'],
      [2, 'b 1'],
    ]);
    const [value] = await port.readStates(['price.BTC-USDT']);
    expect(textOf(value ?? undefined)).toBe('b 1');
    const [held] = await port.lease('c', [{ type: 'look', market }], scaleOutLimits.leaseMs);
    expect(held).toMatchObject({ owner: 'b', fence });
  },
);

function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}
