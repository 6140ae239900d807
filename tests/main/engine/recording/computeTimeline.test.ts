import { expect, test } from 'vitest';
import {
  computeBuckets,
  mergeSpans,
} from '../../../../src/main/engine/recording/computeTimeline.ts';
import type {
  PricePoint,
  SampleCounts,
} from '../../../../src/main/engine/recording/timelineSamples.ts';
import { TimelineSamples } from '../../../../src/main/engine/recording/timelineSamples.ts';

function counts(time: number, messages: number, coversMs = 5_000): SampleCounts {
  return { time, coversMs, inputs: 0, messages, bytes: 0, venuesLive: 3 };
}

const range = { startTime: 0, endTime: 40_000 };

interface Row {
  readonly title: string;
  readonly counts: readonly SampleCounts[];
  readonly points: readonly PricePoint[];
  readonly messages: readonly (number | null)[];
  readonly prices: readonly (number | null)[];
}

const rows: readonly Row[] = [
  {
    title: 'nothing was recorded',
    counts: [],
    points: [],
    messages: [null, null, null, null],
    prices: [null, null, null, null],
  },
  {
    title: 'one sample covers its own bucket only',
    counts: [counts(15_000, 7)],
    points: [{ time: 15_000, price: 100 }],
    messages: [null, 7, null, null],
    prices: [null, 100, null, null],
  },
  {
    title: 'no message in recorded time is 0, not unknown',
    counts: [counts(5_000, 0), counts(10_000, 0)],
    points: [{ time: 5_000, price: null }],
    messages: [0, null, null, null],
    prices: [null, null, null, null],
  },
  {
    title: 'a sample over two buckets is shared out whole',
    counts: [counts(22_500, 9)],
    points: [{ time: 22_500, price: 5 }],
    messages: [null, 5, 4, null],
    prices: [null, null, 5, null],
  },
  {
    title: 'a hole in the middle stays a hole',
    counts: [counts(5_000, 10), counts(10_000, 20), counts(35_000, 30), counts(40_000, 40)],
    points: [
      { time: 5_000, price: 1 },
      { time: 10_000, price: 2 },
      { time: 35_000, price: 3 },
      { time: 40_000, price: 4 },
    ],
    messages: [30, null, null, 70],
    prices: [2, null, null, 4],
  },
  {
    title: 'a price that is not valid at the end of a bucket is none, whatever it was before',
    counts: [counts(5_000, 1), counts(10_000, 1)],
    points: [
      { time: 5_000, price: 1 },
      { time: 9_000, price: null },
    ],
    messages: [2, null, null, null],
    prices: [null, null, null, null],
  },
  {
    title: 'after the clock was set back both count, and the later price wins',
    counts: [counts(15_000, 10), counts(20_000, 10), counts(15_000, 4), counts(20_000, 4)],
    points: [
      { time: 15_000, price: 1 },
      { time: 20_000, price: 2 },
      { time: 15_000, price: 3 },
      { time: 20_000, price: 4 },
    ],
    messages: [null, 28, null, null],
    prices: [null, 4, null, null],
  },
  {
    title: 'what lies outside of the range is not in it',
    counts: [counts(-10_000, 10), counts(2_500, 10), counts(42_500, 10), counts(90_000, 5)],
    points: [{ time: 90_000, price: 9 }],
    messages: [5, null, null, 5],
    prices: [null, null, null, null],
  },
];

test.each(rows)('buckets: $title', ({ counts: samples, points, messages, prices }) => {
  const buckets = computeBuckets(samples, points, 7_500, 4, range);
  expect(buckets.map(({ time }) => time)).toEqual([0, 10_000, 20_000, 30_000]);
  expect(buckets.map((bucket) => bucket.messages)).toEqual(messages);
  expect(buckets.map((bucket) => bucket.price)).toEqual(prices);
});

test('buckets finer than the samples hold every message once and each price until the next', () => {
  const samples = [counts(5_000, 7), counts(10_000, 11), counts(15_000, 3)];
  const points = samples.map(({ time }, index) => ({ time, price: index + 1 }));
  const fine = { startTime: 0, endTime: 20_000 };
  const buckets = computeBuckets(samples, points, 7_500, 40, fine);
  const total = buckets.reduce((sum, { messages }) => sum + (messages ?? 0), 0);
  expect(total).toBe(21);
  expect(buckets.every(({ messages }) => messages === null || Number.isInteger(messages))).toBe(
    true,
  );
  expect(buckets.slice(30).every(({ messages }) => messages === null)).toBe(true);
  expect(buckets.map(({ price }) => price)).toEqual([
    ...new Array<null>(9).fill(null),
    ...new Array<number>(10).fill(1),
    ...new Array<number>(10).fill(2),
    ...new Array<number>(11).fill(3),
  ]);
});

test('a range without length is one moment and does not divide by it', () => {
  const buckets = computeBuckets([counts(1_000, 5)], [], 7_500, 3, { startTime: 9, endTime: 9 });
  expect(buckets).toHaveLength(3);
  expect(buckets.every(({ time }) => Number.isFinite(time))).toBe(true);
});

test('gaps of one venue that overlap are one, those of others stay apart', () => {
  const spans = mergeSpans(
    [
      { venue: 'okx', from: 9_000, to: 12_000 },
      { venue: 'okx', from: 1_000, to: 3_000 },
      { venue: 'okx', from: 2_500, to: 4_000 },
      { venue: 'bybit', from: 2_000, to: 2_200 },
      { venue: 'okx', from: 4_000, to: 4_500 },
      { venue: null, from: 39_000, to: null },
      { venue: 'bybit', from: -9_000, to: -1 },
      { venue: 'bybit', from: 7_000, to: 7_000 },
    ],
    range,
  );
  expect(spans).toEqual([
    { venue: 'okx', from: 1_000, to: 4_500 },
    { venue: 'bybit', from: 2_000, to: 2_200 },
    { venue: 'okx', from: 9_000, to: 12_000 },
    { venue: null, from: 39_000, to: 40_000 },
  ]);
});

test('a very long session is held in bounded memory, and no message is lost by it', () => {
  const samples = new TimelineSamples(100);
  samples.name(['BTC-USDT']);
  let kept = 0;
  for (let index = 1; index <= 5_000; index += 1) {
    const sample = samples.gather({
      ...counts(index * 5_000, 3),
      prices: new Map([['BTC-USDT', index]]),
    });
    if (sample === null) continue;
    kept += 1;
    samples.add(sample);
  }
  expect(samples.counts.length).toBeLessThan(100);
  expect(samples.pointsOf('BTC-USDT').length).toBeLessThan(100);
  expect(kept).toBeLessThan(500);
  const total = samples.counts.reduce((sum, { messages }) => sum + messages, 0);
  const whole = { startTime: 0, endTime: 5_000 * 5_000 };
  const points = samples.pointsOf('BTC-USDT');
  const buckets = computeBuckets(samples.counts, points, samples.holdMs, 20, whole);
  expect(total).toBeGreaterThan(15_000 - 3 * 128);
  expect(
    buckets.slice(0, 19).every(({ messages, price }) => messages === 750 && price !== null),
  ).toBe(true);
});
