import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { btcPrice, serveOneMarket } from './support/oneMarket.ts';
import { RedisBench } from './support/redisBench.ts';
import { hasRedis } from './support/redisServer.ts';

let bench: RedisBench | null = null;

afterEach(async () => {
  await bench?.close();
  bench = null;
});

/** One ingester and one gateway that hear of a first tick. */
async function openTicking(flags: readonly string[] = []) {
  bench = await RedisBench.open(flags);
  const all = await serveOneMarket(bench);
  all.engine.tick();
  await all.on.until(() => all.heard.events.length === 1, 'an event');
  return all;
}

type Ticking = Awaited<ReturnType<typeof openTicking>>;

function isLive({ heard }: Ticking): boolean {
  const value = heard.lastState(btcPrice)?.value;
  return value?.kind === 'price' && value.price.status === 'live';
}

/** Ticks until events come and the price is live. */
async function goesOn(all: Ticking): Promise<void> {
  const before = all.heard.events.length;
  await all.on.until(() => {
    all.engine.tick();
    return all.heard.events.length > before && isLive(all);
  }, 'events and a live price');
}

test.skipIf(!hasRedis)('FLUSHALL is one marked gap, and data again', async () => {
  const all = await openTicking();
  const { on, heard } = all;
  await on.command(['FLUSHALL']);
  await goesOn(all);
  expect(heard.losses).toHaveLength(1);
  expect(heard.losses[0]).toMatchObject({ channels: null, reason: 'epoch' });
  await sleep(1_500);
  expect(heard.losses).toHaveLength(1);
  expect(on.logged.filter((text) => text.includes('lost what it held')).length).toBeLessThan(3);
});

const small = ['--maxmemory', '2500kb', '--maxmemory-policy', 'noeviction'];

function saidFull({ on }: Ticking): number {
  return on.logged.filter((text) => text.startsWith('Redis is full (OOM)')).length;
}

/** Each number follows the one before it, or a gap is marked between them. */
function expectMarked({ heard }: Ticking): void {
  let last = 0;
  for (const what of heard.order) {
    if (what.startsWith('lost')) {
      last = -1;
      continue;
    }
    const seq = Number(what.split(' ')[1]);
    if (last >= 0) expect(seq).toBe(last + 1);
    last = seq;
  }
}

test.skipIf(!hasRedis)(
  'a Redis that our own events fill: the oldest make room, the gap is marked, and it is said once',
  async () => {
    const all = await openTicking(small);
    const { on, engine, heard } = all;
    await on.until(() => {
      for (let count = 0; count < 2_000; count++) engine.tick();
      return saidFull(all) > 0;
    }, 'a full Redis');
    await goesOn(all);
    // Events that waited for room come first, in their turn.
    const missing = () => heard.losses.reduce((sum, loss) => sum + (loss.missing ?? 0), 0);
    await on.until(() => heard.losses.length > 0, 'word of a gap');
    await on.until(() => missing() >= all.ingester.counts().dropped, 'word of all gaps');
    expectMarked(all);
    expect(saidFull(all)).toBeLessThanOrEqual(4);
    expect(missing()).toBe(all.ingester.counts().dropped);
  },
);

test.skipIf(!hasRedis)(
  'a Redis that something else fills: its gateways say why, once, and it goes on by itself',
  async () => {
    const all = await openTicking(small);
    const { on, engine, heard } = all;
    await on.command(['CONFIG', 'SET', 'maxmemory', '1mb']);
    await on.until(() => heard.links.at(-1) === false, 'the loss of the feed');
    expect(heard.messages.at(-1)).toMatch(/^Redis is full \(OOM\).*maxmemory/);
    const end = performance.now() + 3_000;
    while (performance.now() < end) {
      engine.tick();
      await sleep(20);
    }
    expect(saidFull(all)).toBeLessThanOrEqual(4);
    await on.command(['CONFIG', 'SET', 'maxmemory', '64mb']);
    await on.until(() => heard.links.at(-1) === true, 'the feed');
    await goesOn(all);
    expect(heard.links).toEqual([false, true]);
    expectMarked(all);
    // None where a beat hears of it before a batch does: then all of it waits.
    expect(heard.losses.length).toBeLessThanOrEqual(1);
  },
);
