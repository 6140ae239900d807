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
  expect(offset.ms).toBeNull();
  // The venue is 1270 ms behind; the answer took 5 ms there and 45 back.
  offset.addServerTime(1_000_000 - 1_270 + 5, 1_000_050, 50);
  expect(offset.ms).toBe(-1_290);
  offset.addMessage(1_000_060 - 1_270, 1_000_062, 62);
  expect(offset.ms).toBe(-1_272);
  const copy = new ClockOffset();
  copy.restore(throughJson(offset.save()));
  expect(copy.ms).toBe(-1_272);
});

test('one message from the future does not move the clock beyond what the request has shown', () => {
  const offset = new ClockOffset();
  offset.addServerTime(1_000_000, 1_000_000, 20);
  offset.addMessage(1_300_000, 1_000_030, 30);
  expect(offset.ms).toBe(20);
});
