import { expect, test } from 'vitest';
import { applyDelta, computeDelta } from '../../../src/shared/gateway/delta.ts';
import type { DeltaValue } from '../../../src/shared/gateway/delta.ts';

type Tree = Record<string, DeltaValue | undefined>;

/** Always the same numbers: mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const keys = ['price', 'bids', 'note', 'length', '0', '1', '__proto__', 'constructor', ''];

function randomValue(random: () => number, depth: number): DeltaValue {
  const roll = random();
  if (depth > 0 && roll < 0.25) return randomTree(random, depth - 1);
  if (depth > 0 && roll < 0.5) {
    return Array.from({ length: Math.floor(random() * 6) }, () => randomValue(random, depth - 1));
  }
  if (roll < 0.6) return null;
  if (roll < 0.7) return random() < 0.5;
  if (roll < 0.8) return keys[Math.floor(random() * keys.length)] ?? '';
  return Math.floor(random() * 5);
}

function randomTree(random: () => number, depth: number): Tree {
  const count = Math.floor(random() * 5);
  return Object.fromEntries(
    Array.from({ length: count }, () => [
      keys[Math.floor(random() * keys.length)] ?? '',
      randomValue(random, depth),
    ]),
  );
}

/** Some keys changed, some gone, some new, the rest as it was. */
function changed(value: DeltaValue | undefined, random: () => number, depth: number): DeltaValue {
  if (value === null || value === undefined || typeof value !== 'object' || random() < 0.1) {
    return random() < 0.7 && value !== undefined ? value : randomValue(random, depth);
  }
  if (Array.isArray(value)) {
    const list: readonly DeltaValue[] = value;
    const kept = list.map((inner) => changed(inner, random, depth - 1));
    if (random() < 0.2) kept.pop();
    if (random() < 0.2) kept.push(randomValue(random, depth - 1));
    return kept;
  }
  const entries = Object.entries(value)
    .filter(() => random() > 0.1)
    .map(([key, inner]) => [key, changed(inner, random, depth - 1)] as const);
  return Object.fromEntries([...entries, ...Object.entries(randomTree(random, 0)).slice(0, 1)]);
}

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('[S4-20] ten thousand random objects are the same after their deltas, which went through JSON', () => {
  const random = createRandom(20);
  let state: Tree = {};
  let held: ReturnType<typeof applyDelta> = {};
  let wholeBytes = 0;
  let deltaBytes = 0;
  for (let round = 0; round < 10_000; round += 1) {
    const next: Tree =
      round % 40 === 0
        ? randomTree(random, 3)
        : Object.fromEntries(
            Object.entries({ ...state, ...randomTree(random, 2) })
              .filter(() => random() > 0.05)
              .map(([key, value]) => [key, changed(value, random, 3)]),
          );
    const delta = computeDelta(state, next);
    const before = JSON.stringify(held);
    if (delta !== null) {
      const text = JSON.stringify(delta);
      deltaBytes += text.length;
      const old = held;
      held = applyDelta(held, JSON.parse(text));
      expect(JSON.stringify(old), 'what was held before is not changed').toBe(before);
    }
    wholeBytes += JSON.stringify(next).length;
    expect(throughJson(held)).toEqual(throughJson(next));
    state = next;
  }
  process.stdout.write(`deltas: ${deltaBytes} bytes for ${wholeBytes} of whole objects\n`);
  expect(deltaBytes).toBeLessThan(wholeBytes);
});

test('a key that goes is a null, and a value that becomes null is not that', () => {
  const before = { price: 1, note: 'late', kept: { inner: [1, 2, 3, 4] } };
  const after = { price: null, kept: { inner: [1, 2, 9, 4] } };
  const delta = computeDelta(before, after);
  expect(delta).toEqual({ price: [null], note: null, kept: { inner: { '2': 9 } } });
  expect(applyDelta(before, delta ?? {})).toEqual(after);
  expect(computeDelta(before, before)).toBeNull();
});

test('a key called __proto__ changes no prototype', () => {
  const applied = applyDelta({}, JSON.parse('{"__proto__":{"isAdmin":true}}'));
  expect(Object.getPrototypeOf(applied)).toBe(Object.prototype);
  expect('isAdmin' in applied).toBe(false);
});

/** A book of twenty levels a side whose sizes change, as most updates do. */
test('bytes of a book as differences', () => {
  const random = createRandom(7);
  const book = (seq: number, sizes: readonly number[]) => ({
    type: 'orderbook_update',
    channel: 'orderbook.BTC-USDT',
    symbol: 'BTC-USDT',
    seq,
    time: 1_700_000_000_000 + seq * 100,
    status: 'live',
    bids: sizes.map((size, at) => ({ price: 60_000 - at, size, timestamp: 1_700_000_000_000 })),
    asks: sizes.map((size, at) => ({ price: 60_001 + at, size, timestamp: 1_700_000_000_000 })),
  });
  let sizes = Array.from({ length: 20 }, () => Math.round(random() * 1e4) / 1e4);
  let wholeBytes = 0;
  let deltaBytes = 0;
  let held: ReturnType<typeof applyDelta> = book(0, sizes);
  for (let seq = 1; seq <= 500; seq += 1) {
    const before = book(seq - 1, sizes);
    sizes = sizes.map((size) => (random() < 0.1 ? Math.round(random() * 1e4) / 1e4 : size));
    const after = book(seq, sizes);
    const delta = computeDelta(before, after) ?? {};
    held = applyDelta(held, delta);
    wholeBytes += JSON.stringify(after).length;
    deltaBytes += JSON.stringify(delta).length;
    expect(held).toEqual(after);
  }
  process.stdout.write(
    `book deltas: ${deltaBytes} bytes for ${wholeBytes} (${(wholeBytes / deltaBytes).toFixed(1)} x)\n`,
  );
  expect(wholeBytes / deltaBytes).toBeGreaterThan(5);
});
