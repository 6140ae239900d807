import { expect, test } from 'vitest';
import { isUnderTag } from '../../../../src/renderer/panels/chart/paintLastPrice.ts';
import { clearsLanes, lanesHeight } from '../../../../src/renderer/panels/chart/scene.ts';

test('a price on the axis that the lanes would cut is left out, and one just above them stays', () => {
  const lanes = 3;
  for (const scale of [1, 2]) {
    const top = 300 - lanesHeight(lanes, scale);
    // Half a line of 11 px, and the tail of the comma: without it 82,500 reads as 82.500.
    expect(clearsLanes(top - 8 * scale, 300, lanes, scale)).toBe(true);
    expect(clearsLanes(top - 7 * scale, 300, lanes, scale)).toBe(false);
    expect(clearsLanes(top + 10, 300, lanes, scale)).toBe(false);
  }
});

test('a price of the axis goes where the tag of the last price would leave half of it', () => {
  const tag = { top: 100, height: 32 };
  const under = [90, 93, 116, 139, 142].map((y) => isUnderTag(y, tag, 1));
  expect(under).toEqual([false, true, true, true, false]);
  expect(isUnderTag(90, tag, 2)).toBe(true);
});
