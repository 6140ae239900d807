import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Core } from '../../../../src/main/engine/core.ts';
import type { CoreInput } from '../../../../src/main/engine/inputs.ts';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { RecordReader } from '../../../../src/main/engine/recording/readRecords.ts';
import { readSegment } from '../../../../src/main/engine/recording/readSegment.ts';
import { Recorder } from '../../../../src/main/engine/recording/recorder.ts';
import { createVenue } from '../../../../src/main/engine/venues/registry.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-recorder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a recording played again gives the same state hash, from the start and from each checkpoint', async () => {
  const state: { recorder?: Recorder } = {};
  const engine = new EngineOnLinks({ seed: 3, onInput: (input) => state.recorder?.tap(input) });
  const recorder = new Recorder({
    files: systemFiles,
    clock: engine.links.clockPort,
    folder,
    describe: () => ({ source: 'simulated' }),
    checkpoint: () => ({ inputs: engine.view.sequence, state: engine.core.save() }),
    inputsHandled: engine.view.sequence,
    onSegment: () => undefined,
    limits: { checkpointMs: 5_000, segmentMs: 8_000 },
  });
  state.recorder = recorder;
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(8_000);
  engine.control({ type: 'dropDiff', venue: 'okx', market: 'BTC-USDT', count: 2 });
  engine.run(12_000);
  const hash = engine.core.stateHash();
  await recorder.stop();
  const files = readdirSync(folder).sort();
  expect(files.length).toBeGreaterThan(1);
  console.log(files, recorder.state);
  for (let from = 0; from < files.length; from += 1) {
    const core = new Core({
      venues: ['binance', 'bybit', 'okx'].map((id) => createVenue(id as 'okx')),
    });
    let begun = false;
    for (const file of files.slice(from)) {
      const reader = new RecordReader();
      for await (const frame of readSegment(join(folder, file), (damage) => {
        throw new Error(damage.reason);
      })) {
        if (frame.type === 'checkpoint' && !begun) {
          begun = true;
          const text = await promisify(zstdDecompress)(frame.packed);
          console.log('checkpoint', frame.inputs, frame.packed.length, text.length);
          core.restore(JSON.parse(text.toString()) as ReturnType<Core['save']>);
        }
        if (frame.type !== 'records') continue;
        for (const item of reader.read(frame.body)) {
          if (item.type === 'input') core.handle(item.input, () => undefined);
        }
      }
    }
    expect(core.stateHash()).toBe(hash);
  }
  engine.close();
});
