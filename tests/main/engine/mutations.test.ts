import { expect, test } from 'vitest';
import { Core } from '../../../src/main/engine/core.ts';
import type { CoreInput } from '../../../src/main/engine/inputs.ts';
import { createVenue } from '../../../src/main/engine/venues/registry.ts';
import { EngineOnLinks } from '../../support/engineOnLinks.ts';
import { throughJson } from '../../support/throughJson.ts';

const hostile = [
  ...[
    'null',
    '-1',
    '1e308',
    '"NaN"',
    '"-5"',
    '""',
    '[]',
    '{}',
    'true',
    '9007199254740993',
    '"1e-30"',
  ],
  ...['"__proto__"', '"<img onerror=x>"', '"99999999999999999999.5"', '"0.0000000000000000001"'],
];

/** One frame with something in it broken: cut, doubled, a character changed, or a value replaced. */
function mutate(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  switch (Math.floor(random() * 5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + Math.floor(random() * 20));
    case 2:
      return (
        text.slice(0, at) + String.fromCharCode(32 + Math.floor(random() * 95)) + text.slice(at + 1)
      );
    case 3:
      return text + text;
    default: {
      const values = [...text.matchAll(/"[^"]{0,40}"(?=[,\]}])|-?\d+(?=[,\]}])/g)];
      const value = values[Math.floor(random() * values.length)];
      if (value === undefined) return '';
      const bad = hostile[Math.floor(random() * hostile.length)] ?? 'null';
      return text.slice(0, value.index) + bad + text.slice(value.index + value[0].length);
    }
  }
}

test('twenty thousand broken frames never stop the engine, and each is counted or harmless', () => {
  const inputs: CoreInput[] = [];
  const engine = new EngineOnLinks({ messagesPerSec: 900, onInput: (input) => inputs.push(input) });
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(6_000);
  const core = new Core({
    venues: (['binance', 'bybit', 'okx'] as const).map((id) => createVenue(id)),
  });
  core.restore(throughJson(engine.core.save()));
  const frames = inputs.filter((input) => input.type === 'frame');
  let seed = 4;
  const random = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  const { receivedTime, monotonicMs } = inputs.at(-1) ?? { receivedTime: 0, monotonicMs: 0 };
  for (let count = 0; count < 20_000; count += 1) {
    const frame = frames[Math.floor(random() * frames.length)];
    if (frame === undefined) throw new Error('no frames');
    const text = mutate(frame.text, random);
    core.handle({ ...frame, text, receivedTime, monotonicMs }, () => undefined);
  }
  const health = core.view.health();
  expect(health.decodeErrorsTotal).toBeGreaterThan(5_000);
  expect(health.errors.length).toBe(200);
  for (const market of ['BTC-USDT', 'ETH-USDT']) {
    for (const venue of ['binance', 'bybit', 'okx'] as const) {
      const view = core.view.bookView({ market, venue, group: '0', rows: 50, muted: [] });
      const bids = view.bids.map(({ priceUnits }) => priceUnits);
      expect(bids).toEqual([...bids].sort((a, b) => b - a));
      expect(view.crossedUnits === null || view.crossedUnits === 0).toBe(true);
    }
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
  engine.close();
}, 20_000);
