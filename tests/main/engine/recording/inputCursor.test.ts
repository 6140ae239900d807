import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { packSegment } from '../../../../src/main/engine/recording/packSegment.ts';
import { Recorder } from '../../../../src/main/engine/recording/recorder.ts';
import { coreStateVersion } from '../../../../src/main/engine/core.ts';
import type { Place } from '../../../../src/main/engine/recording/recordingReader.ts';
import { RecordingReader } from '../../../../src/main/engine/recording/recordingReader.ts';
import { madeInput } from '../../../support/madeInput.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

const inputs = 5_000;
/** Inputs that were written down and not handled yet when a checkpoint was made. */
const waiting = 7;
let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-cursor-'));
  const clock = new VirtualClock();
  const closed: string[] = [];
  let given = 0;
  const state = { version: coreStateVersion };
  const recorder = new Recorder({
    files: systemFiles,
    clock: createClockPort(clock),
    folder,
    describe: () => ({ source: 'simulated' }),
    checkpoint: () => ({ inputs: Math.max(0, given - waiting), state }),
    stateHash: () => 'end',
    inputsHandled: 0,
    onSegment: (path) => closed.push(path),
    limits: { checkpointMs: 300, segmentMs: 2_000, flushMs: 50 },
  });
  for (; given < inputs; given += 1) {
    recorder.tap(madeInput(given + 1, clock.monotonicMs()));
    clock.advance(1);
    if (given % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await recorder.stop();
  const [first = ''] = closed;
  await packSegment(first);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What comes behind the state that is nearest to a place, to the end. */
async function readFrom(reader: RecordingReader, place: Place) {
  const start = await reader.startAt(place);
  const { cursor } = start;
  let number = start.inputs;
  for (;;) {
    const input = cursor.next();
    if (input === null) {
      if ((await cursor.fill()).type === 'end') break;
      continue;
    }
    number += 1;
    if (number % 97 === 0 || number < start.inputs + 20) {
      expect(input).toEqual(madeInput(number, number - 1));
    }
  }
  cursor.close();
  expect(number).toBe(inputs);
  return start;
}

test('from the state nearest to any place every input follows once, in order, with its connection', async () => {
  const reader = await RecordingReader.open(readdirSync(folder).map((name) => join(folder, name)));
  let draw = 3;
  for (let round = 0; round < 15; round += 1) {
    draw = (draw * 48_271) % 2_147_483_647;
    const wanted = draw % inputs;
    const byInputs = await readFrom(reader, { inputs: wanted });
    expect(byInputs.inputs).toBeLessThanOrEqual(wanted);
    expect(wanted - byInputs.inputs).toBeLessThanOrEqual(620);
    const time = 1_790_000_000_000 + wanted;
    const byTime = await readFrom(reader, { time });
    expect(byTime.time).toBeLessThanOrEqual(time);
    expect(wanted - byTime.inputs).toBeLessThanOrEqual(620);
  }
  expect(reader.damages).toEqual([]);
  expect(reader.liveEnd).toEqual({ inputs, hash: 'end' });
});

test('the last frame before an input is found across checkpoints and segments', async () => {
  const reader = await RecordingReader.open(readdirSync(folder).map((name) => join(folder, name)));
  for (const before of [2, 301, 2_001, 2_002, 4_999]) {
    expect(await reader.lastFrameBefore(before)).toBe(before - 1);
  }
  expect(await reader.lastFrameBefore(1)).toBeNull();
});
