import { expect, test } from 'vitest';
import { Core } from '../../src/main/engine/core.ts';
import type { CoreEffect, CoreInput } from '../../src/main/engine/inputs.ts';
import { createVenue } from '../../src/main/engine/venues/registry.ts';
import { venueIds } from '../../src/shared/venues.ts';
import { createFaultSchedule } from '../../src/simulator/faults/schedule.ts';
import { EngineOnLinks } from '../support/engineOnLinks.ts';
import { throughJson } from '../support/throughJson.ts';

const markets = ['BTC-USDT', 'ETH-USDT'];
const seconds = 20;

/** What a core was told in some twenty seconds of a seed's faults. */
function record(seed: number): readonly CoreInput[] {
  const inputs: CoreInput[] = [];
  const engine = new EngineOnLinks({
    ...{ seed, messagesPerSec: 150 },
    onInput: (input) => inputs.push(input),
  });
  const durationMs = seconds * 1_000;
  const scope = { venues: venueIds, markets, durationMs, everyMs: 1_000 };
  const schedule = [...createFaultSchedule(seed, scope)];
  engine.want(markets, markets, [
    { market: 'BTC-USDT', venue: null, interval: '1s' },
    { market: 'BTC-USDT', venue: 'okx', interval: '1m' },
  ]);
  engine.run(3_000);
  const startMs = engine.links.clock.monotonicMs();
  engine.run(durationMs, () => {
    const passedMs = engine.links.clock.monotonicMs() - startMs;
    while ((schedule[0]?.atMs ?? Infinity) <= passedMs) {
      const due = schedule.shift();
      if (due !== undefined) engine.control(due.command);
    }
  });
  engine.close();
  return inputs;
}

/** A core with everything that it tells and wants, one text each. */
class Told {
  readonly core = new Core({ venues: venueIds.map((id) => createVenue(id)) });
  readonly texts: string[] = [];

  constructor() {
    const note = (kind: string, value: unknown): void => {
      this.texts.push(`${kind} ${JSON.stringify(value)}`);
    };
    this.core.view.listen({
      onTrade: (market, trade) => note('trade', [market, trade]),
      onClosedCandle: (update) => note('candle', update),
      onGap: (gap) => note('gap', gap),
      onIncident: (incident) => note('incident', incident),
      onDirty: () => undefined,
    });
  }

  handle(input: CoreInput): void {
    this.core.handle(input, (effect: CoreEffect) => {
      this.texts.push(`effect ${JSON.stringify(effect)}`);
    });
  }
}

test.each([1, 2])(
  'a core that was restored tells and does what the one goes on to that was saved, seed %i',
  (seed) => {
    const inputs = record(seed);
    const whole = new Told();
    const step = Math.ceil(inputs.length / 4);
    const copies: { readonly copy: Told; readonly told: number }[] = [];
    for (const [index, input] of inputs.entries()) {
      if (index > 0 && index % step === 0) {
        const copy = new Told();
        copy.core.restore(throughJson(whole.core.save()));
        copies.push({ copy, told: whole.texts.length });
      }
      whole.handle(input);
      for (const { copy } of copies) copy.handle(input);
    }
    for (const kind of [/^candle .*"venue":null/, /^gap /, /^incident /, /^effect /]) {
      expect(whole.texts.filter((text) => kind.test(text)).length).toBeGreaterThan(2);
    }
    for (const [index, { copy, told }] of copies.entries()) {
      const expected = whole.texts.slice(told);
      const differs = expected.findIndex((text, at) => text !== copy.texts[at]);
      expect([index, expected[differs], copy.texts.length]).toEqual([
        index,
        undefined,
        expected.length,
      ]);
      expect(copy.core.stateHash()).toBe(whole.core.stateHash());
    }
  },
);
