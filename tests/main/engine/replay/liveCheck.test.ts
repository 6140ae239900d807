import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Core } from '../../../../src/main/engine/core.ts';
import { LiveCheck } from '../../../../src/main/engine/replay/liveCheck.ts';
import { createVenue } from '../../../../src/main/engine/venues/registry.ts';
import { venueIds } from '../../../../src/shared/venues.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

let engine: EngineOnLinks;
let before = '';
let present = '';

beforeAll(() => {
  engine = new EngineOnLinks();
  engine.want(['BTC-USDT']);
  engine.run(3_000);
  before = JSON.stringify(engine.core.save());
  engine.run(100);
  present = JSON.stringify(engine.core.save());
});
afterAll(() => engine.close());

async function check(text: string): Promise<LiveCheck> {
  const clock = createClockPort(new VirtualClock());
  const createCore = () => new Core({ venues: venueIds.map(createVenue) });
  const live = new LiveCheck({ clock, createCore });
  const { sequence, time } = engine.view;
  await live.atCheckpoint(engine.core, time, { inputs: sequence, packed: zstdCompressSync(text) });
  return live;
}

test('a state that differs from the recorded one is told, whichever way it is written', async () => {
  const inputs = engine.view.sequence;
  const hash = engine.core.stateHash();
  expect((await check(present)).newest).toMatchObject({ inputs, hash, isEqual: true });
  expect((await check(before)).newest).toMatchObject({ inputs, hash, isEqual: false });
  // Another text of the same state.
  expect((await check(` ${present}`)).newest).toMatchObject({ hash, isEqual: true });
});

test('at the end the live hash and its number of inputs both count', () => {
  const { sequence, time } = engine.view;
  const clock = createClockPort(new VirtualClock());
  const hash = engine.core.stateHash();
  for (const [live, isEqual] of [
    [{ inputs: sequence, hash }, true],
    [{ inputs: sequence + 1, hash }, false],
    [{ inputs: sequence, hash: 'another' }, false],
  ] as const) {
    const found = new LiveCheck({ clock, createCore: () => engine.core });
    found.atEnd(engine.core, time, live);
    expect(found.newest).toEqual({ time, inputs: sequence, hash, isEqual });
  }
});
