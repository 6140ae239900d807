import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { VenueRecording } from '../../../../src/main/engine/replay/venueRecording.ts';
import type { RecordedFrame } from '../../../../src/main/engine/hosting/venueRecordingContract.ts';
import { playFor } from '../../../support/playTime.ts';
import { recordEngine } from '../../../support/recordEngine.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

const folder = mkdtempSync(join(tmpdir(), 'truetape-venues-'));
const frames: string[] = [];
let session: RecordedSession;

beforeAll(async () => {
  const library = new RecordingLibrary(systemFiles, folder);
  const limits = { checkpointMs: 2_000, segmentMs: 6_000 };
  session = await recordEngine(
    library,
    limits,
    (engine) => {
      engine.want(['BTC-USDT']);
      engine.run(12_000);
    },
    (input) => {
      if (input.type === 'frame') frames.push(input.text);
    },
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

async function open(
  clock: VirtualClock,
  from: number | null = null,
  speed: number | null = 1,
): Promise<VenueRecording> {
  return VenueRecording.open({ session, from, speed, clock: createClockPort(clock) });
}

test('every market frame goes out as it came in, in order, and nothing before it is played', async () => {
  const clock = new VirtualClock();
  const recording = await open(clock);
  const heard: RecordedFrame[] = [];
  let ends = 0;
  recording.listen({
    onFrame: (frame) => heard.push(frame),
    onBreak: () => undefined,
    onEnd: () => (ends += 1),
  });
  await playFor(clock, recording, 50, 5);
  expect(heard).toEqual([]);
  recording.play();
  while (!recording.state.isFinished) await playFor(clock, recording, 200, 5);
  const texts = heard.map(({ text }) => text);
  expect(texts.length).toBeGreaterThan(500);
  expect(texts).toEqual(frames.filter((text) => /"stream":|"topic":|"data":\[/.test(text)));
  for (const venue of ['binance', 'bybit', 'okx'] as const) {
    const topics = recording.topics(venue);
    const ofVenue = heard.filter((frame) => frame.venue === venue);
    expect(ofVenue.every((frame) => frame.topics.every(({ topic }) => topics.has(topic)))).toBe(
      true,
    );
    expect(ofVenue.length).toBeGreaterThan(50);
  }
  expect(recording.state).toMatchObject({ isFinished: true, isPlaying: false, problem: null });
  recording.close();
});

test('at its own speed a frame comes when it came', async () => {
  const clock = new VirtualClock();
  const recording = await open(clock);
  const late: number[] = [];
  let first: { wall: number; received: number } | null = null;
  recording.listen({
    onFrame: ({ receivedTime }) => {
      first ??= { wall: clock.monotonicMs(), received: receivedTime };
      late.push(clock.monotonicMs() - first.wall - (receivedTime - first.received));
    },
    onBreak: () => undefined,
    onEnd: () => undefined,
  });
  recording.play();
  await playFor(clock, recording, 4_000, 5);
  expect(late.length).toBeGreaterThan(100);
  expect(Math.max(...late)).toBeLessThan(15);
  expect(Math.min(...late)).toBeGreaterThan(-15);
  recording.close();
});

test('from a moment within, the book of each venue is there and continues with the next frames', async () => {
  const clock = new VirtualClock();
  const from = session.startTime + 7_300;
  const recording = await open(clock, from);
  expect(recording.state.time).toBe(from);
  for (const venue of ['binance', 'bybit', 'okx'] as const) {
    const book = recording.book(`${venue}:BTC-USDT`, 400);
    expect(book).not.toBeNull();
    expect(book?.bids.length).toBeGreaterThan(10);
    expect(Number(book?.bids[0]?.[0])).toBeLessThan(Number(book?.asks[0]?.[0]));
    const known = recording.instruments(venue).find(({ market }) => market === 'BTC-USDT');
    expect(book?.venueSymbol).toBe(known?.venueSymbol);
    expect(recording.trades(`${venue}:BTC-USDT`).length).toBeGreaterThan(3);
    expect(recording.ticker(`${venue}:BTC-USDT`)?.last).toBeGreaterThan(0);
  }
  recording.close();
});
