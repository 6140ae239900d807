import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { ClockOffset } from '../../../../src/main/engine/health/clockOffset.ts';
import { Histogram } from '../../../../src/main/engine/health/histogram.ts';
import { LagMeter } from '../../../../src/main/engine/health/lagMeter.ts';
import { RateMeter } from '../../../../src/main/engine/health/rateMeter.ts';
import { throughJson } from '../../../support/throughJson.ts';

test('a steady rate is read within two percent at any moment, and silence brings it to zero', () => {
  const meter = new RateMeter();
  for (let index = 0; index < 200 * 20; index += 1) {
    const now = 5_000 + index * 5;
    meter.add(now, 1);
    if (index > 200 * 6 && index % 37 === 0) {
      expect(Math.abs(meter.perSec(now) / 200 - 1)).toBeLessThan(0.02);
    }
  }
  const copy = new RateMeter();
  copy.restore(throughJson(meter.save()));
  expect(copy.perSec(25_010)).toBe(meter.perSec(25_010));
  expect([copy.perSec(31_000), copy.perSec(900_000)]).toEqual([0, 0]);
});

test('quantiles are right within four percent, negative values included', () => {
  const histogram = new Histogram();
  for (let value = -500; value <= 500; value += 1) histogram.add(value);
  for (const [q, expected] of [
    [0.01, -490],
    [0.25, -250],
    [0.75, 250],
    [0.99, 490],
  ] as const) {
    expect(Math.abs((histogram.quantile(q) ?? 0) / expected - 1)).toBeLessThan(0.04);
  }
  expect([histogram.quantile(0.5), new Histogram().quantile(0.5)]).toEqual([0, null]);
  histogram.add(Number.NaN);
  expect(histogram.count).toBe(1_001);
});

test('a saved histogram with buckets that there are not is read, in an end, by those that there are', () => {
  const histogram = new Histogram();
  histogram.add(12);
  const [bucket = 0] = histogram.save();
  const hostile = [-1e300, 5, bucket, 2, 1e300, 7, Number.NaN, 1, 0.5, 0];
  const read = (): void => histogram.restore(hostile);
  runInNewContext('read()', { read }, { timeout: 60_000 });
  expect(histogram.count).toBe(2);
  const quantile = (): number | null => histogram.quantile(0.5);
  const middle: unknown = runInNewContext('quantile()', { quantile }, { timeout: 60_000 });
  expect(Math.abs(Number(middle) / 12 - 1)).toBeLessThan(0.04);
});

test('lag is that of the last minute, not of the whole run', () => {
  const meter = new LagMeter();
  for (let now = 0; now < 30_000; now += 10) meter.add(now, 500);
  for (let now = 100_000; now < 165_000; now += 10) meter.add(now, 5);
  const copy = new LagMeter();
  copy.restore(throughJson(meter.save()));
  expect(copy.quantile(0.99)).toBe(meter.quantile(0.99));
  expect(Math.abs((meter.quantile(0.99) ?? 0) - 5)).toBeLessThan(0.2);
});

test('a venue clock that runs behind is told as such, and a lag is never negative because of a slow answer', () => {
  const offset = new ClockOffset();
  expect([offset.offsetMs(1_000_000, 0), offset.errorMs(0)]).toEqual([null, null]);
  // The venue is 1270 ms behind; the answer took 5 ms there and 45 back.
  offset.addServerTime(1_000_000 - 1_270 + 5, 50, 50);
  expect([offset.offsetMs(1_000_050, 50), offset.errorMs(50)]).toEqual([-1_290, 26]);
  offset.addMessage(1_000_060 - 1_270, 62);
  expect(offset.offsetMs(1_000_062, 62)).toBe(-1_272);
  expect(offset.errorMs(62)).toBeCloseTo(8, 2);
  const copy = new ClockOffset();
  copy.restore(throughJson(offset.save()));
  expect(copy.offsetMs(1_000_062, 62)).toBe(-1_272);
});

test('one message from the future does not move the clock beyond what the request has shown', () => {
  const offset = new ClockOffset();
  offset.addServerTime(1_000_000, 10, 20);
  offset.addMessage(1_300_000, 30);
  expect(offset.offsetMs(1_000_000, 10)).toBe(21);
  // It proves nothing: the truth is anywhere in the round trip.
  expect(offset.errorMs(10)).toBe(21);
});

test("[S4-16] the skew follows our wall clock at once, and the venue's as soon as it was asked", () => {
  const offset = new ClockOffset();
  offset.addServerTime(1_000_000, 10, 20);
  // Ours was set an hour ahead, the venue's stayed: the difference is known without asking.
  expect(offset.offsetMs(1_000_010 + 3_600_000, 10)).toBe(-3_600_000);
  // The venue's was set back by five minutes: the next answer replaces all that was learned.
  offset.addMessage(1_010_000, 10_005);
  offset.addServerTime(1_020_000 - 300_000, 20_010, 20);
  expect(offset.offsetMs(1_020_010, 20_010)).toBe(-300_000);
  offset.question(true);
  expect([offset.offsetMs(1_020_010, 20_010), offset.errorMs(20_010)]).toEqual([null, null]);
});

test('the true difference of the clocks lies within the error that is told, whatever the ways there and back take', () => {
  let seed = 7;
  const random = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  let widest = 0;
  for (let run = 0; run < 300; run += 1) {
    const offset = new ClockOffset();
    const zeroMs = 1_790_000_000_000 + (random() - 0.5) * 10_000;
    const drift = (random() - 0.5) * 80e-6;
    const slowest = 10 ** (random() * 3);
    const truth = (nowMs: number): number => zeroMs + drift * nowMs;
    const told = (nowMs: number): number => Math.floor(truth(nowMs) + nowMs);
    let nowMs = 0;
    for (let step = 0; step < 200; step += 1) {
      nowMs += random() * 2_000;
      const waysMs = [random() ** 3 * slowest, random() ** 3 * slowest] as const;
      const sentTime = told(nowMs + waysMs[0]);
      nowMs += waysMs[0] + waysMs[1];
      if (step % 15 === 0) offset.addServerTime(sentTime, nowMs, waysMs[0] + waysMs[1]);
      else offset.addMessage(sentTime, nowMs);
      const errorMs = offset.errorMs(nowMs) ?? Number.NaN;
      const wrongMs = Math.abs((offset.offsetMs(0, nowMs) ?? 0) - nowMs - truth(nowMs));
      expect(wrongMs).toBeLessThanOrEqual(errorMs + 1e-3);
      widest = Math.max(widest, errorMs / (slowest + 10));
    }
  }
  // Honest, and of use.
  expect(widest).toBeLessThan(2);
});
