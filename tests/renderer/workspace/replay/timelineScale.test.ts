import { expect, test } from 'vitest';
import {
  rangeAt,
  timeTicks,
  timeToX,
  xToTime,
  zoomRange,
} from '../../../../src/renderer/workspace/replay/timelineScale.ts';

const whole = { from: Date.UTC(2026, 10, 18, 9), to: Date.UTC(2026, 10, 18, 18, 30) };
const hour = 3_600_000;

test('a place on the timeline and its time are the same place', () => {
  for (const x of [0, 1, 379.5, 759, 760]) {
    expect(timeToX(xToTime(x, whole, 760), whole, 760)).toBeCloseTo(x, 2);
  }
});

test('what is under the pointer stays there while the timeline goes closer', () => {
  const around = whole.from + 2 * hour;
  let range = whole;
  const x = timeToX(around, range, 760);
  for (let step = 0; step < 8; step++) {
    range = zoomRange(range, 0.7, around, whole);
    expect(timeToX(around, range, 760)).toBeCloseTo(x, 6);
  }
  expect(range.to - range.from).toBeLessThan(hour);
});

test('no zoom and no move leaves the recording', () => {
  expect(zoomRange(rangeAt(whole.from, hour, whole), 100, whole.from, whole)).toEqual(whole);
  expect(rangeAt(whole.from - hour, hour, whole).from).toBe(whole.from);
  expect(rangeAt(whole.to, hour, whole).to).toBe(whole.to);
  let range = whole;
  for (let step = 0; step < 100; step++) range = zoomRange(range, 0.5, whole.to, whole);
  expect(range.to - range.from).toBe(10_000);
  expect(range.to).toBe(whole.to);
});

test('hours are round on the clock that is shown', () => {
  const utc = timeTicks(whole, 760, 84, 0);
  expect(utc.stepMs).toBe(2 * hour);
  expect(utc.times.map((time) => new Date(time).getUTCHours())).toEqual([10, 12, 14, 16, 18]);
  const india = timeTicks(whole, 760, 84, 5.5 * hour);
  expect(india.times.every((time) => (time + 5.5 * hour) % (2 * hour) === 0)).toBe(true);
});
