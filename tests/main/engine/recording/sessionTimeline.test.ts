import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import {
  SessionTimeline,
  timelineName,
} from '../../../../src/main/engine/recording/sessionTimeline.ts';
import type { TimelineSample } from '../../../../src/main/engine/recording/sessionTimeline.ts';
import type { Mark } from '../../../../src/shared/marks.ts';
import { MemoryFiles } from '../../../support/memoryFiles.ts';

const folder = '/sessions/one';
const path = join(folder, timelineName);
const range = { startTime: 0, endTime: 60_000 };

function sample(index: number, prices: TimelineSample['prices'] = new Map()): TimelineSample {
  return {
    ...{ time: index * 5_000, coversMs: 5_000, inputs: index * 100, messages: 50, bytes: 9_000 },
    ...{ venuesLive: 3, prices },
  };
}

function mark(changes: Partial<Omit<Mark, 'id'>> = {}): Omit<Mark, 'id'> {
  return {
    ...{ kind: 'user', time: 1_000, toTime: null, venue: null, market: null, text: 'look here' },
    ...changes,
  };
}

function contentOf(files: MemoryFiles): string {
  return files.contentByPath.get(path)?.toString('utf8') ?? '';
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('what was written is read back: samples, marks with their changes, gaps', async () => {
  const files = new MemoryFiles();
  const timeline = await SessionTimeline.open(files, folder);
  const prices = new Map([
    ['BTC-USDT', 84_250.123456],
    ['ETH-USDT', null],
  ]);
  for (let index = 1; index <= 6; index += 1) timeline.sample(sample(index, prices));
  const kept = timeline.add(mark());
  const removed = timeline.add(mark({ text: 'wrong' }));
  const found = timeline.addAutomatic(mark({ kind: 'gap', venue: 'okx', time: 500, text: 'a' }));
  timeline.change(kept.id, ' look  there\u0007 ');
  timeline.remove(removed.id);
  if (found !== null) timeline.update({ ...found, toTime: 900, text: 'b' });
  timeline.setGap('okx-1', { venue: 'okx', from: 500, to: null });
  timeline.setGap('okx-1', { venue: 'okx', from: 500, to: 900 });
  const expected = [
    { ...mark({ kind: 'gap', venue: 'okx', time: 500, toTime: 900, text: 'b' }), id: found?.id },
    { ...kept, text: 'look there' },
  ];
  expect(timeline.marks()).toEqual(expected);
  await timeline.close();

  const again = await SessionTimeline.open(files, folder);
  expect(again.marks()).toEqual(expected);
  expect(again.isComplete).toBe(true);
  expect(again.damagedLines).toBe(0);
  for (const market of ['BTC-USDT', 'ETH-USDT', 'SOL-USDT']) {
    expect(again.timeline(market, 12, range)).toEqual(timeline.timeline(market, 12, range));
  }
  const { buckets, gaps } = again.timeline('BTC-USDT', 12, range);
  expect(buckets.map(({ messages }) => messages)).toEqual([
    ...new Array<number>(6).fill(50),
    ...new Array<null>(6).fill(null),
  ]);
  expect(buckets[0]?.price).toBeCloseTo(84_250.123456, 4);
  expect(gaps).toEqual([{ venue: 'okx', from: 500, to: 900 }]);
  // An id is never given twice, not even that of a mark that is gone.
  expect([kept.id, removed.id, found?.id]).not.toContain(again.add(mark()).id);
  await again.close();
});

test('only marks of a person are changed and removed', async () => {
  const timeline = await SessionTimeline.open(new MemoryFiles(), folder);
  const found = timeline.addAutomatic(mark({ kind: 'resync' }));
  expect(timeline.change(found?.id ?? '', 'mine')).toBe(false);
  expect(timeline.remove(found?.id ?? '')).toBe(false);
  expect(timeline.remove('m99')).toBe(false);
  expect(timeline.marks()).toHaveLength(1);
  await timeline.close();
});

test.each([
  ['  two\nlines\u202e and\u0000 more ', 'two lines and more'],
  ['x'.repeat(300), 'x'.repeat(200)],
  [`${'x'.repeat(199)}\u{1F600}`, 'x'.repeat(199)],
])('a note is one line of visible characters, at most 200: %j', async (note, text) => {
  const timeline = await SessionTimeline.open(new MemoryFiles(), folder);
  expect(timeline.add(mark({ text: note })).text).toBe(text);
  await timeline.close();
});

test('a torn last line, garbage and lines of a newer version are stepped over, and what follows is whole', async () => {
  const files = new MemoryFiles();
  const first = await SessionTimeline.open(files, folder);
  first.add(mark({ text: 'one' }));
  first.add(mark({ text: 'two' }));
  await first.close();
  const whole = contentOf(files);
  const lines = whole.split('\n');
  const changed = [
    lines[0],
    '{"type":"weather","sun":true}',
    'no json at all',
    '{"type":"mark","mark":{"id":"m7"}}',
    lines[1],
    (lines[2] ?? '').slice(0, 30),
  ].join('\n');
  files.contentByPath.set(path, Buffer.from(changed));
  const second = await SessionTimeline.open(files, folder);
  expect(second.marks().map(({ text }) => text)).toEqual(['one']);
  expect(second.damagedLines).toBe(3);
  second.add(mark({ text: 'three' }));
  await second.close();
  const third = await SessionTimeline.open(files, folder);
  expect(third.marks().map(({ text }) => text)).toEqual(['one', 'three']);
  expect(contentOf(files).startsWith(changed)).toBe(true);
  await third.close();
});

test('cut at any byte, the file still gives every whole line before the cut', async () => {
  const files = new MemoryFiles();
  const timeline = await SessionTimeline.open(files, folder);
  for (let index = 1; index <= 5; index += 1) timeline.add(mark({ text: `note ${index}` }));
  await timeline.close();
  const whole = files.contentByPath.get(path) ?? Buffer.alloc(0);
  for (let cut = 0; cut <= whole.length; cut += 1) {
    const part = whole.subarray(0, cut);
    files.contentByPath.set(path, Buffer.from(part));
    const again = await SessionTimeline.open(files, folder);
    const ends = part.toString('utf8').split('\n').length - 1;
    const texts = again.marks().map(({ text }) => text);
    expect(texts.length).toBeGreaterThanOrEqual(Math.max(0, ends - 1));
    expect(texts).toEqual(texts.map((_, index) => `note ${index + 1}`));
    await again.close();
  }
});

test('automatic marks beyond the limit are counted, also after reopening; those of a person are kept', async () => {
  const files = new MemoryFiles();
  const timeline = await SessionTimeline.open(files, folder, { marks: 3 });
  for (let index = 0; index < 5; index += 1) timeline.addAutomatic(mark({ kind: 'gap' }));
  timeline.add(mark({ text: 'mine' }));
  expect(timeline.marks()).toHaveLength(4);
  expect(timeline.dropped).toBe(2);
  timeline.sample(sample(1));
  await timeline.close();
  const again = await SessionTimeline.open(files, folder, { marks: 3 });
  expect(again.marks()).toHaveLength(4);
  expect(again.dropped).toBe(2);
  await again.close();
});

test('a disk that fails is told once, and everything is written when it works again', async () => {
  let isBroken = false;
  const files = new MemoryFiles({
    before: (call) => {
      if (isBroken && (call === 'write' || call === 'append')) throw new Error('ENOSPC');
    },
  });
  const timeline = await SessionTimeline.open(files, folder);
  const told: string[] = [];
  timeline.onProblem = (problem) => told.push(problem);
  timeline.sample(sample(1));
  timeline.add(mark({ text: 'before' }));
  await settled();
  isBroken = true;
  for (let index = 2; index <= 6; index += 1) {
    timeline.sample(sample(index));
    await settled();
  }
  timeline.add(mark({ text: 'while' }));
  await settled();
  expect(told).toHaveLength(1);
  expect(timeline.problem).toMatch(/ENOSPC/);
  expect(timeline.failures).toBeGreaterThan(1);
  expect(files.openFiles).toBe(0);
  isBroken = false;
  timeline.sample(sample(7));
  await settled();
  expect(timeline.problem).toBeNull();
  await timeline.close();
  const again = await SessionTimeline.open(files, folder);
  expect(again.marks().map(({ text }) => text)).toEqual(['before', 'while']);
  expect(again.timeline('BTC-USDT', 12, range).buckets.map(({ messages }) => messages)).toEqual([
    ...new Array<number>(7).fill(50),
    ...new Array<null>(5).fill(null),
  ]);
  await again.close();
});

test('[S04] with any one file call failing, nothing throws and no sample counts twice', async () => {
  const run = async (failing: number): Promise<number> => {
    const files = new MemoryFiles({
      before: (_call, number) => {
        if (number === failing) throw new Error('EIO');
      },
    });
    const timeline = await SessionTimeline.open(files, folder);
    for (let index = 1; index <= 4; index += 1) {
      timeline.sample(sample(index));
      await settled();
    }
    timeline.add(mark());
    await timeline.close();
    expect(files.openFiles).toBe(0);
    const calls = files.calls.length;
    const again = await SessionTimeline.open(files, folder);
    const messages = again
      .timeline('BTC-USDT', 12, range)
      .buckets.reduce((sum, bucket) => sum + (bucket.messages ?? 0), 0);
    expect(messages).toBe(200);
    expect(again.marks()).toHaveLength(1);
    await again.close();
    return calls;
  };
  const calls = await run(0);
  expect(calls).toBeGreaterThan(8);
  for (let failing = 1; failing <= calls; failing += 1) await run(failing);
});

test('a look at the records that did not come to its end starts over, and keeps the notes of a person', async () => {
  const files = new MemoryFiles();
  const first = await SessionTimeline.open(files, folder);
  expect(first.isComplete).toBe(false);
  first.beginBuild();
  first.sample(sample(1));
  first.addAutomatic(mark({ kind: 'gap' }));
  first.add(mark({ text: 'mine' }));
  await first.close();
  const second = await SessionTimeline.open(files, folder);
  expect(second.isComplete).toBe(false);
  second.beginBuild();
  expect(second.marks().map(({ text }) => text)).toEqual(['mine']);
  second.sample(sample(1));
  second.endBuild();
  await second.close();
  const third = await SessionTimeline.open(files, folder);
  expect(third.isComplete).toBe(true);
  const { buckets } = third.timeline('BTC-USDT', 12, range);
  expect(buckets.map(({ messages }) => messages)).toEqual([50, ...new Array<null>(11).fill(null)]);
  await third.close();
});

test('a day of a hundred markets and as many marks as there may be stays under 10 MB on a real disk', async () => {
  const real = mkdtempSync(join(tmpdir(), 'truetape-timeline-'));
  try {
    const timeline = await SessionTimeline.open(systemFiles, real);
    const prices = new Map(
      Array.from({ length: 100 }, (_, index) => [`COIN${index}-USDT`, 84_250.12 + index / 7]),
    );
    for (let index = 1; index <= 17_280; index += 1) {
      timeline.sample({
        ...sample(index, prices),
        time: 1_790_000_000_000 + index * 5_000,
        inputs: index * 50_000,
        messages: 48_123,
        bytes: 9_876_543,
      });
      if (index % 500 === 0) await timeline.flush();
    }
    for (let index = 0; index < 10_000; index += 1) {
      timeline.addAutomatic(
        mark({ kind: 'gap', venue: 'okx', market: 'BTC-USDT', time: index, toTime: index + 1 }),
      );
    }
    await timeline.close();
    const bytes = readFileSync(join(real, timelineName)).length;
    expect(bytes).toBeLessThan(10_000_000);
    const again = await SessionTimeline.open(systemFiles, real);
    const day = { startTime: 1_790_000_000_000, endTime: 1_790_000_000_000 + 86_400_000 };
    const { buckets } = again.timeline('COIN99-USDT', 1_440, day);
    expect(buckets.every(({ messages, price }) => messages !== null && price !== null)).toBe(true);
    expect(again.marks()).toHaveLength(10_000);
    await again.close();
  } finally {
    rmSync(real, { recursive: true });
  }
});
