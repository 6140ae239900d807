import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { importRecording } from '../../../../src/main/engine/recording/importRecording.ts';
import { packSegment } from '../../../../src/main/engine/recording/packSegment.ts';
import { RecordReader } from '../../../../src/main/engine/recording/readRecords.ts';
import { readSegment } from '../../../../src/main/engine/recording/readSegment.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { recordEngine } from '../../../support/recordEngine.ts';
import type { StrangeSegment } from '../../../support/strangerReader.ts';
import { readStrangeSession } from '../../../support/strangerReader.ts';

let folder = '';
let library: RecordingLibrary;
let made: RecordedSession;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-stranger-'));
  library = new RecordingLibrary(systemFiles, folder);
  made = await recordEngine(library, { segmentMs: 2_000, checkpointMs: 700 }, (engine) => {
    engine.want(['BTC-USDT']);
    engine.run(3_000);
    engine.control({ type: 'close', venue: 'okx', code: 1006 });
    engine.run(3_500);
  });
  await packSegment(made.segments[1]?.path ?? '');
});
afterAll(() => rmSync(folder, { recursive: true }));

function recordsOf(segments: readonly StrangeSegment[]) {
  return segments.flatMap(({ records }) => records);
}

/** The same records as the product's own reader gives, in the stranger's words. */
async function readByProduct(session: RecordedSession) {
  const known = [];
  for (const { path } of session.segments) {
    const reader = new RecordReader();
    for await (const frame of readSegment(path, () => expect.unreachable())) {
      if (frame.type !== 'records') continue;
      let number = frame.firstInput;
      for (const item of reader.read(frame.body)) {
        if (item.type !== 'input') {
          const { receivedTime, monotonicMs } = item.time;
          const content =
            item.type === 'effect' ? item.effect : item.type === 'lost' ? item.lost : item.answer;
          known.push({ receivedTime, monotonicMs, content, number: null });
          continue;
        }
        const { receivedTime, monotonicMs, ...rest } = item.input;
        const { type, ...frameFields } = rest;
        const content = type === 'tick' ? null : type === 'frame' ? frameFields : rest;
        known.push({ receivedTime, monotonicMs, content, number });
        number += 1;
      }
    }
  }
  return known;
}

test('a reader made from the document alone reads what the product reads, plain and packed', async () => {
  const segments = readStrangeSession(made.folder);
  const session = await library.open(made.id);
  expect(session?.segments.some(({ isPacked }) => isPacked)).toBe(true);
  const records = recordsOf(segments);
  expect(records.map(({ type: _type, ...rest }) => rest)).toEqual(
    await readByProduct(session ?? made),
  );
  expect(new Set(records.map(({ type }) => type))).toEqual(new Set([1, 2, 3, 4]));
  // Every input of the engine is there, once, in its order.
  const numbers = records.flatMap(({ number }) => (number === null ? [] : [number]));
  expect(numbers).toEqual(numbers.map((_, index) => index + (numbers[0] ?? 0)));
  for (const { damageAt, header, end, checkpoints, records: own } of segments) {
    expect(damageAt).toBeNull();
    expect(header).toMatchObject({ appVersion: '1.2.3', source: 'simulated' });
    const first = own.find(({ number }) => number !== null);
    expect(header['inputs']).toBe((first?.number ?? 0) - 1);
    expect(header['startTime']).toBe(first?.receivedTime);
    expect(checkpoints[0]?.inputs).toBe(header['inputs']);
    expect(typeof checkpoints[0]?.state).toBe('object');
    expect(end?.['inputs']).toBe(own.findLast(({ number }) => number !== null)?.number);
  }
  expect(segments.flatMap(({ checkpoints }) => checkpoints).length).toBeGreaterThan(6);
  expect(segments.map(({ header }) => header['segment'])).toEqual([1, 2, 3, 4]);
  expect(segments.map(({ end }) => end?.['reason'])).toEqual([
    'continued',
    'continued',
    'continued',
    'stopped',
  ]);
  expect(segments.at(-1)?.end?.['hash']).toMatch(/^[0-9a-f]{64}$/);
});

test('the header of an imported session says how its engine was built', async () => {
  const path = join(folder, 'lines.ndjson');
  const frame =
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1767323045000,"s":"BTCUSDT","t":1,"p":"1.5","q":"1","T":1767323045000,"m":true,"M":true}}';
  writeFileSync(path, `2026-01-02T03:04:05.000125Z ${frame}\n`);
  const session = await importRecording({
    ...{ paths: [path], venue: null, marketKind: null, library, files: systemFiles },
    ...{ name: null, appVersion: '1.2.3' },
  });
  const segments = readStrangeSession(session.folder);
  expect(segments[0]?.header).toMatchObject({
    ...{ source: 'imported', venues: ['binance'], files: ['lines.ndjson'], segment: 1, inputs: 0 },
    session: expect.any(String),
    origin: {
      marketKind: 'spot',
      canAsk: false,
      venues: [
        {
          venue: 'binance',
          streams: [
            { name: 'binance:BTC-USDT trade ', topic: 'btcusdt@trade', route: expect.any(String) },
          ],
        },
      ],
    },
  });
  expect(recordsOf(segments).filter(({ type }) => type === 1)).toMatchObject([
    {
      receivedTime: Date.UTC(2026, 0, 2, 3, 4, 5) + 0.125,
      content: { connection: 'binance#1', generation: 1, text: frame },
    },
  ]);
});
