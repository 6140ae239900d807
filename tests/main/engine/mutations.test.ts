import { expect, test } from 'vitest';
import { Core } from '../../../src/main/engine/core.ts';
import type { CoreInput } from '../../../src/main/engine/inputs.ts';
import { createVenue } from '../../../src/main/engine/venues/registry.ts';
import { EngineOnLinks } from '../../support/engineOnLinks.ts';
import { mutateFrame, seededRandom } from '../../support/mutateFrame.ts';
import { throughJson } from '../../support/throughJson.ts';

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
  const random = seededRandom(4);
  const { receivedTime, monotonicMs } = inputs.at(-1) ?? { receivedTime: 0, monotonicMs: 0 };
  for (let count = 0; count < 20_000; count += 1) {
    const frame = frames[Math.floor(random() * frames.length)];
    if (frame === undefined) throw new Error('no frames');
    const text = mutateFrame(frame.text, random);
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
