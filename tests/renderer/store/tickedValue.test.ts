import { expect, test } from 'vitest';
import { RenderGate } from '../../../src/renderer/store/renderGate.ts';
import { TickedValue } from '../../../src/renderer/store/tickedValue.ts';

test('a value on a canvas and the same one in React change in the same frames', () => {
  const gate = new RenderGate();
  const canvas = new TickedValue<number>(100);
  let newest: number | null = null;
  let rendered: number | null = null;
  const react = gate.create(100, () => {
    rendered = newest;
  });
  const pairs: (readonly [number | null, number | null])[] = [];
  const changes = [3, 20, 21, 22, 40, 130, 131, 190, 260, 420, 421, 422, 423];
  for (let frame = 0; frame < 600; frame += 1) {
    if (changes.includes(frame)) {
      newest = frame;
      react.mark();
    }
    gate.flush(frame * 16.7, (listener) => listener());
    pairs.push([canvas.read(newest, frame * 16.7, false), rendered]);
  }
  expect(pairs.filter(([painted, shown]) => painted !== shown)).toEqual([]);
  expect(new Set(pairs.map(([painted]) => painted)).size).toBeGreaterThan(5);
  expect(pairs.at(-1)).toEqual([423, 423]);
});

test('nothing waits where the newer value says that the held one is wrong', () => {
  const value = new TickedValue<number>(100);
  expect([value.read(1, 0, false), value.read(2, 16, false), value.read(3, 32, true)]).toEqual([
    1, 1, 3,
  ]);
});
