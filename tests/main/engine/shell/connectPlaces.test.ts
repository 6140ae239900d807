import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { ConnectPlaces } from '../../../../src/main/engine/shell/connectPlaces.ts';
import { createVenue } from '../../../../src/main/engine/venues/registry.ts';

const { connects } = createVenue('okx').limits;

/** A search without an end would hold the whole run: it fails the test instead. */
function ending(run: () => void): () => void {
  return () => {
    runInNewContext('run()', { run }, { timeout: 30_000 });
  };
}

/** Times whose sum with 250 ms is rounded down, so that it is less than 250 ms away from them. */
const roundedDown = [4_096, 8_192, 16_384, 65_536].flatMap((power) =>
  [1, 2, 3, 4].map((count) => power - 200 + (4 * count + 1) * 2 ** (Math.log2(power) - 53)),
);

test(
  'connections lost at once find their places at every moment of the clock',
  ending(() => {
    expect(roundedDown.filter((time) => time + 250 - time < 250).length).toBeGreaterThan(8);
    for (const first of roundedDown) {
      const places = new ConnectPlaces(connects);
      expect(places.plan('okx#1', first, 0)).toBe(first);
      expect(places.plan('okx-business#1', first + 100, 0)).toBe(first + 250);
      expect(places.plan('okx#2', first, 0)).toBe(first + 250 + 250);
    }
  }),
);

test(
  'places of random moments keep their distance on both sides, and the window',
  ending(() => {
    let seed = 7;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let round = 0; round < 5_000; round += 1) {
      const places = new ConnectPlaces(connects);
      const from = 2 ** (8 + (round % 12)) - 600;
      const times = [0, 1, 2, 3, 4, 5]
        .map((index) => places.plan(`c${index}`, from + random() * 900, 0))
        .sort((a, b) => a - b);
      const isSpread = times.every((time, index) => {
        const next = times[index + 1] ?? Infinity;
        const late = times[index + connects.count] ?? Infinity;
        return next - time > 250 - 1e-6 && late - time > connects.windowMs - 1e-6;
      });
      if (!isSpread) expect(times, `from ${from}`).toBe('spread');
    }
  }),
);

test(
  'a ban that ends beyond any time that can be counted leaves the search an end',
  ending(() => {
    for (const until of [1e20, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
      const places = new ConnectPlaces(connects);
      for (let index = 0; index < 6; index += 1) {
        expect(places.plan(`c${index}`, until, 0)).toBeGreaterThanOrEqual(until);
      }
    }
  }),
);
