import { expect, test } from 'vitest';
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
