import { expect, test } from 'vitest';
import { placeOnScreen } from '../../../src/main/desktop/screenPlace.ts';

const laptop = { x: 0, y: 25, width: 1440, height: 875 };
const above = { x: -200, y: -1440, width: 2560, height: 1440 };

test.each([
  ['where it is', { x: 100, y: 100, width: 800, height: 600 }, null],
  ['half off to the right', { x: 1340, y: 100, width: 800, height: 600 }, null],
  [
    'a hand would miss it on the right',
    { x: 1341, y: 100, width: 800, height: 600 },
    { x: 640, y: 100 },
  ],
  [
    'a hand would miss it on the left',
    { x: -701, y: 100, width: 800, height: 600 },
    { x: 0, y: 100 },
  ],
  ['title bar under the menu bar', { x: 100, y: 24, width: 800, height: 600 }, { x: 100, y: 25 }],
  ['title bar below the screen', { x: 100, y: 861, width: 800, height: 600 }, { x: 100, y: 300 }],
  ['title bar just on the screen', { x: 100, y: 860, width: 800, height: 600 }, null],
  ['far away', { x: 9000, y: -9000, width: 800, height: 600 }, { x: 640, y: 25 }],
])('%s [L01]', (_case, wanted, moved) => {
  expect(placeOnScreen(wanted, [laptop])).toEqual({ ...wanted, ...moved });
});

test('shrinks what no screen can hold, and uses the nearest of several screens [L01]', () => {
  const huge = { x: 5000, y: 5000, width: 4000, height: 3000 };
  expect(placeOnScreen(huge, [laptop])).toEqual(laptop);
  const lost = { x: 2500, y: -1500, width: 600, height: 400 };
  expect(placeOnScreen(lost, [laptop, above])).toEqual({
    x: 1760,
    y: -1440,
    width: 600,
    height: 400,
  });
  expect(placeOnScreen(lost, [])).toEqual(lost);
});
