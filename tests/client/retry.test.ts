import { expect, test } from 'vitest';
import { retry } from '../../src/client/retry.ts';
import { VirtualClock } from '../support/virtualClock.ts';
import { settle } from '../support/fakeGatewayServer.ts';

test('three tries, after 1 s and 2 s (and 4 s), then what was thrown last is thrown [S4-17]', async () => {
  const clock = new VirtualClock();
  const triedMs: number[] = [];
  const failing = retry(
    (attempt) => {
      triedMs.push(clock.monotonicMs());
      throw new Error(`failure ${attempt}`);
    },
    { clock },
  ).catch((cause: unknown) => cause);
  for (let passed = 0; passed < 10_000; passed += 100) {
    clock.advance(100);
    await settle();
  }
  expect(triedMs).toEqual([0, 1_000, 3_000]);
  expect(await failing).toMatchObject({ message: 'failure 3' });
  triedMs.length = 0;
  const startMs = clock.monotonicMs();
  const fourth = retry(
    () => {
      triedMs.push(clock.monotonicMs() - startMs);
      throw new Error('no');
    },
    { clock, tries: 4 },
  ).catch((cause: unknown) => cause);
  for (let passed = 0; passed < 10_000; passed += 100) {
    clock.advance(100);
    await settle();
  }
  await fourth;
  expect(triedMs).toEqual([0, 1_000, 3_000, 7_000]);
  expect(clock.pending).toBe(0);
});

test('a success ends it, an abort ends the waiting', async () => {
  const clock = new VirtualClock();
  expect(await retry(() => 7, { clock })).toBe(7);
  const abort = new AbortController();
  const waiting = retry(
    () => {
      throw new Error('no');
    },
    { clock, signal: abort.signal, tries: 4 },
  ).catch((cause: unknown) => cause);
  await settle();
  abort.abort();
  expect(await waiting).toBeInstanceOf(Error);
  expect(clock.pending).toBe(0);
});
