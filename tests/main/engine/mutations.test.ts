import { expect, test } from 'vitest';
import { Core } from '../../../src/main/engine/core.ts';
import type { CoreInput } from '../../../src/main/engine/inputs.ts';
import { DecodeError } from '../../../src/main/engine/errors.ts';
import { decimalsOf } from '../../../src/main/engine/market/instrumentState.ts';
import { createVenue } from '../../../src/main/engine/venues/registry.ts';
import { EngineOnLinks } from '../../support/engineOnLinks.ts';
import { mutateFrame, seededRandom } from '../../support/mutateFrame.ts';
import { throughJson } from '../../support/throughJson.ts';

// A hundred thousand take some twenty seconds: `TRUETAPE_LONG=1` feeds them, the usual run a fifth of them.
const frameCount = process.env['TRUETAPE_LONG'] === '1' ? 100_000 : 20_000;

/** What the core's counter must show: frames that a venue's decoder of its own refuses. */
class Refusals {
  count = 0;
  private readonly venues = (['binance', 'bybit', 'okx'] as const).map((id) => createVenue(id));

  private readonly core: Core;

  constructor(core: Core) {
    this.core = core;
  }

  judge(connection: string, text: string): void {
    const venue = this.venues.find(({ id }) => connection.startsWith(id));
    try {
      venue?.decode(
        text,
        {
          marketKind: 'spot',
          instrumentOf: (symbol) => venue.describeSymbol(symbol, 'spot').instrument,
          decimalsOf: (id) => {
            const listed = this.core.view.instrument(id);
            return listed === null ? { price: 0, size: 0 } : decimalsOf(listed);
          },
        },
        () => undefined,
      );
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.count += 1;
    }
  }
}

test('broken frames never stop the engine, and each refused one is counted once [S0-43]', () => {
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
  const refusals = new Refusals(core);
  const { receivedTime, monotonicMs } = inputs.at(-1) ?? { receivedTime: 0, monotonicMs: 0 };
  for (let count = 0; count < frameCount; count += 1) {
    const frame = frames[Math.floor(random() * frames.length)];
    if (frame === undefined) throw new Error('no frames');
    const text = mutateFrame(frame.text, random);
    refusals.judge(frame.connection, text);
    core.handle({ ...frame, text, receivedTime, monotonicMs }, () => undefined);
  }
  const health = core.view.health();
  expect(health.decodeErrorsTotal).toBe(refusals.count);
  expect(refusals.count).toBeGreaterThan(frameCount / 4);
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
});
