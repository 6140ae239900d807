import { expect, test } from 'vitest';
import {
  AttemptPlan,
  defaultReconnect,
  reconnectDelay,
  reconnectPresets,
} from '../../src/client/reconnectPolicy.ts';
import { createTruetapeClient } from '../../src/client/createTruetapeClient.ts';
import type { ReconnectPolicy } from '../../src/client/clientContract.ts';

function delaysOf(policy: ReconnectPolicy, random = 0): readonly number[] {
  const plan = new AttemptPlan({
    policy,
    transports: ['websocket'],
    keepsTrying: false,
    random: () => random,
  });
  const delays: number[] = [];
  for (let next = plan.next(); next !== null; next = plan.next()) delays.push(next.delayMs);
  return delays;
}

test('the preset doc1 waits 1 s first, 5 s at most, five times [S1-19]', () => {
  expect(delaysOf(reconnectPresets.doc1)).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
});

test('1,000, 5,000 and five attempts are the default too [S4-04]', () => {
  const { options } = createTruetapeClient({ url: 'http://127.0.0.1:7411' });
  expect(options.reconnect).toMatchObject({ initialMs: 1_000, maxMs: 5_000, maxAttempts: 5 });
  expect(options.reconnect).toBe(defaultReconnect);
  expect(delaysOf({ ...defaultReconnect, jitter: 0 })).toEqual(delaysOf(reconnectPresets.doc1));
});

test('the preset doc0 doubles from 5 s ten times, doc3 from 1 s five times without a cap', () => {
  expect(delaysOf(reconnectPresets.doc0)).toEqual(
    Array.from({ length: 10 }, (_, at) => 5_000 * 2 ** at),
  );
  expect(delaysOf(reconnectPresets.doc3)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
});

test('presets give up as their documents do, the default never does', () => {
  const url = 'http://127.0.0.1:7411';
  expect(createTruetapeClient({ url, reconnect: 'doc3' }).options.afterLastAttempt).toBe('close');
  expect(createTruetapeClient({ url }).options.afterLastAttempt).toBe('keep-trying');
});

test('a random share is taken off a delay, never added', () => {
  for (const share of [0, 0.25, 0.5, 1]) {
    const delay = reconnectDelay(defaultReconnect, 2, () => share);
    expect(delay).toBeCloseTo(2_000 * (1 - 0.2 * share));
  }
  // A delay beyond what a timer can hold would fire at once.
  expect(reconnectDelay(reconnectPresets.doc0, 100, () => 0)).toBe(2_147_483_647);
});

test('a plan goes down the transports, then over all of them in turn at the cap', () => {
  const policy = { ...defaultReconnect, jitter: 0, maxAttempts: 2 };
  const plan = new AttemptPlan({
    ...{ policy, transports: ['websocket', 'sse'], keepsTrying: true },
    random: () => 0,
  });
  const steps = Array.from({ length: 7 }, () => {
    const next = plan.next();
    return [next?.transport, next?.delayMs, next?.isDemoted, next?.isLate];
  });
  expect(steps).toEqual([
    ['websocket', 1_000, false, false],
    ['websocket', 2_000, false, false],
    ['sse', 0, true, false],
    ['sse', 1_000, false, false],
    ['websocket', 5_000, false, true],
    ['sse', 5_000, false, false],
    ['websocket', 5_000, false, false],
  ]);
});
