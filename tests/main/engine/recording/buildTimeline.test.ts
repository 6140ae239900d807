import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { buildTimeline } from '../../../../src/main/engine/recording/buildTimeline.ts';
import { watchForMarks } from '../../../../src/main/engine/recording/markMaker.ts';
import { importRecording } from '../../../../src/main/engine/recording/importRecording.ts';
import { Recorder } from '../../../../src/main/engine/recording/recorder.ts';
import { noteLosses, readLosses } from '../../../../src/main/engine/recording/recordedLosses.ts';
import { RecordingError } from '../../../../src/main/engine/recording/recordingError.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { SessionTimeline } from '../../../../src/main/engine/recording/sessionTimeline.ts';
import { recordWithLoss } from '../../../support/recordWithLoss.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';
import { MemoryFiles } from '../../../support/memoryFiles.ts';

let folder = '';
let session: RecordedSession;
let live: SessionTimeline;
const startTime = 1_790_000_000_000;
const range = { startTime, endTime: startTime + 60_000 };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-build-'));
  const library = new RecordingLibrary(systemFiles, folder);
  const created = await library.create('simulated', startTime);
  const state: { recorder?: Recorder } = {};
  const engine = new EngineOnLinks({ seed: 3, onInput: (input) => state.recorder?.tap(input) });
  const recorder = new Recorder({
    files: systemFiles,
    clock: engine.links.clockPort,
    folder: created.folder,
    describe: () => ({ source: 'simulated' }),
    checkpoint: () => ({ inputs: engine.view.sequence, state: engine.core.save() }),
    stateHash: () => engine.core.stateHash(),
    inputsHandled: engine.view.sequence,
    onSegment: () => undefined,
    limits: { checkpointMs: 10_000, segmentMs: 25_000 },
  });
  state.recorder = recorder;
  live = await SessionTimeline.open(new MemoryFiles(), '/sessions/live');
  const stop = watchForMarks(engine.view, live, engine.links.clockPort);
  engine.want(['BTC-USDT', 'ETH-USDT']);
  engine.run(15_000);
  engine.control({ type: 'dropDiff', venue: 'okx', market: 'BTC-USDT', count: 2 });
  engine.run(10_000);
  engine.control({ type: 'close', venue: 'bybit', code: 1006 });
  engine.run(35_000);
  stop();
  await recorder.stop();
  engine.close();
  session = (await library.open(created.id)) ?? created;
});
afterAll(() => rmSync(folder, { recursive: true }));

function plain(timeline: SessionTimeline) {
  return timeline.marks().map(({ kind, venue, market, text, time, toTime }) => ({
    ...{ kind, venue, market, text, time: Math.round(time), toTime: Math.round(toTime ?? 0) },
  }));
}

test('a session without a timeline gets the one that a live watch would have made', async () => {
  const built = await SessionTimeline.open(systemFiles, session.folder);
  expect(built.isComplete).toBe(false);
  await buildTimeline(session, built);
  expect(built.isComplete).toBe(true);
  expect(plain(built)).toEqual(plain(live));
  expect(plain(built).map(({ kind }) => kind)).toEqual(['resync', 'disconnect']);
  const of = (timeline: SessionTimeline) => timeline.timeline('BTC-USDT', 6, range);
  expect(of(built).gaps).toEqual(of(live).gaps);
  const pairs = of(built).buckets.map(
    (bucket, index) => [bucket, of(live).buckets[index]] as const,
  );
  for (const [bucket, other] of pairs) {
    // The beats of a live watch come between two inputs, those of a build with one.
    const messages = other?.messages ?? 0;
    expect(Math.abs((bucket.messages ?? 0) - messages)).toBeLessThan(messages * 0.1 + 20);
    expect(Math.abs((bucket.price ?? 0) / (other?.price ?? 1) - 1)).toBeLessThan(0.001);
  }
  await built.close();
  const again = await SessionTimeline.open(systemFiles, session.folder);
  expect(again.isComplete).toBe(true);
  expect(again.marks()).toEqual(built.marks());
  await again.close();
});

test('a build that is stopped leaves nothing that looks whole, and a later one is', async () => {
  const files = new MemoryFiles();
  const timeline = await SessionTimeline.open(files, '/sessions/stopped');
  const stop = new AbortController();
  let ms = 0;
  await buildTimeline(session, timeline, {
    signal: stop.signal,
    monotonicMs: () => {
      ms += 1;
      if (ms > 800) stop.abort();
      return ms;
    },
  });
  expect(timeline.isComplete).toBe(false);
  await buildTimeline(session, timeline);
  expect(timeline.isComplete).toBe(true);
  expect(plain(timeline)).toEqual(plain(live));
  await timeline.close();
});

/** One of 1 BTC, and its book, each second for a minute. */
function writeLinearTrades(): string {
  const lines = Array.from({ length: 60 }, (_, index) => {
    const time = startTime + index * 1_000;
    const [p, i] = [`${index < 40 ? 50_000 : 56_000}`, `${index}`];
    const trade = { T: time, s: 'BTCUSDT', S: 'Buy', v: '1', p, i, L: 'PlusTick', BT: false };
    const book = { s: 'BTCUSDT', b: [[p, '1']], a: [[`${p}.5`, '1']], u: index + 1, seq: index };
    const frames = [
      { topic: 'publicTrade.BTCUSDT', type: 'snapshot', ts: time, data: [trade] },
      { topic: 'orderbook.1.BTCUSDT', type: 'snapshot', ts: time, cts: time, data: book },
    ];
    const stamp = new Date(time).toISOString();
    return frames.map((frame) => `${stamp} ${JSON.stringify(frame)}\n`).join('');
  });
  const path = join(folder, 'linear.ndjson');
  writeFileSync(path, lines.join(''));
  return path;
}

test('an imported session of a linear market gets the marks and prices that its import saw', async () => {
  const library = new RecordingLibrary(systemFiles, folder);
  const imported = await importRecording({
    paths: [writeLinearTrades()],
    ...{ venue: null, marketKind: null, library, files: systemFiles, name: null },
    appVersion: '1.2.3',
  });
  const known = await SessionTimeline.open(systemFiles, imported.folder);
  const built = await SessionTimeline.open(new MemoryFiles(), '/sessions/imported');
  await buildTimeline(imported, built);
  const span = { startTime: imported.startTime, endTime: imported.endTime ?? 0 };
  const of = (timeline: SessionTimeline) => timeline.timeline('BTC-USDT-PERP', 4, span).buckets;
  const prices = of(built).map(({ price }) => price);
  expect(prices.some((price) => price !== null)).toBe(true);
  expect(prices).toEqual(of(known).map(({ price }) => price));
  expect(plain(built)).toEqual(plain(known));
  expect(plain(built).map(({ kind }) => kind)).toEqual(['largeMove']);
  await known.close();
  await built.close();
});

test('beyond its bound a build goes on counting, without prices', async () => {
  const timeline = await SessionTimeline.open(new MemoryFiles(), '/sessions/long');
  await buildTimeline(session, timeline, { mostPlayed: 1_500 });
  const { buckets } = timeline.timeline('BTC-USDT', 6, range);
  expect(buckets.map(({ messages }) => messages !== null && messages > 0)).toEqual(
    new Array<boolean>(6).fill(true),
  );
  expect(buckets.at(-1)?.price).toBeNull();
  await timeline.close();
});

test('what cannot be read is said', async () => {
  const timeline = await SessionTimeline.open(new MemoryFiles(), '/sessions/none');
  await expect(buildTimeline({ ...session, segments: [] }, timeline)).rejects.toThrow(
    RecordingError,
  );
  await timeline.close();
});

test('what the recorder lost is a gap of all venues and one mark, however often it is told', async () => {
  const library = new RecordingLibrary(systemFiles, join(folder, 'lossy'));
  const { session: lossy, lostInputs } = await recordWithLoss(library, 'in the middle');
  const built = await SessionTimeline.open(new MemoryFiles(), '/sessions/lossy');
  await buildTimeline(lossy, built);
  const losses = await readLosses(lossy);
  noteLosses(losses, built);
  const marks = built.marks().filter(({ text }) => text.includes('lost'));
  expect(marks).toMatchObject([
    { kind: 'gap', venue: null, text: `${lostInputs} inputs lost: the disk was full` },
  ]);
  const span = { startTime: lossy.startTime, endTime: lossy.endTime ?? 0 };
  const { gaps } = built.timeline('BTC-USDT', 6, span);
  expect(gaps).toContainEqual({ venue: null, from: losses[0]?.from, to: losses[0]?.to });
});
