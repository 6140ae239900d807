import { expect, test } from 'vitest';
import { RollingWindow } from '../../../../src/main/engine/feed/rollingWindow.ts';
import { throughJson } from '../../../support/throughJson.ts';

test('no span of the window ever holds more than the limit, however the uses fall', () => {
  const window = new RollingWindow({ count: 5, windowMs: 1_000 });
  const used: number[] = [];
  let seed = 9;
  let now = 0;
  for (let use = 0; use < 500; use += 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    now += seed % 260;
    now = window.freeAt(now);
    window.use(now);
    used.push(now);
  }
  for (const time of used) {
    const inSpan = used.filter((other) => other > time - 1_000 && other <= time).length;
    expect(inSpan).toBeLessThanOrEqual(5);
  }
});

test('weights count, one beyond the limit waits for an empty window, and a copy goes on alike', () => {
  const window = new RollingWindow({ count: 100, windowMs: 60_000 });
  window.use(0, 60);
  window.use(10_000, 30);
  const copy = new RollingWindow({ count: 100, windowMs: 60_000 });
  copy.restore(throughJson(window.save()));
  for (const each of [window, copy]) {
    expect([each.freeAt(20_000, 10), each.freeAt(20_000, 11), each.freeAt(20_000, 500)]).toEqual([
      20_000, 60_000, 70_000,
    ]);
    expect([each.used(20_000), each.used(60_000), each.used(70_000)]).toEqual([90, 30, 0]);
  }
});
