import { expect, test } from 'vitest';
import { ListedValues } from '../../../src/renderer/store/heldValues.ts';

interface Trouble {
  readonly id: number;
  readonly to: number | null;
}

function hold(longest: number): ListedValues<Trouble> {
  return new ListedValues<Trouble>(
    ({ id }) => id,
    longest,
    ({ to }) => to !== null,
  );
}

test('what still runs is not pushed out by a thousand newer ones that are over', () => {
  const held = hold(10);
  held.apply({ id: 1, to: null });
  for (let id = 2; id <= 1_000; id += 1) held.apply({ id, to: 5 });
  expect(held.list.map(({ id }) => id)).toEqual([1, 992, 993, 994, 995, 996, 997, 998, 999, 1_000]);
  held.apply({ id: 1, to: 6 });
  held.apply({ id: 1_001, to: null });
  expect(held.list.map(({ id }) => id).slice(0, 2)).toEqual([992, 993]);
});

test('the bound holds also when everything still runs', () => {
  const held = hold(3);
  for (let id = 1; id <= 5; id += 1) held.apply({ id, to: null });
  expect(held.list.map(({ id }) => id)).toEqual([3, 4, 5]);
});
