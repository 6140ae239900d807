import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import { exportTardis, tardisLinesOf } from '../../../../src/main/engine/recording/exportTardis.ts';
import type { ImportOptions } from '../../../../src/main/engine/recording/importRecording.ts';
import { importRecording } from '../../../../src/main/engine/recording/importRecording.ts';
import { packSegment } from '../../../../src/main/engine/recording/packSegment.ts';
import { Recorder } from '../../../../src/main/engine/recording/recorder.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { recordEngine } from '../../../support/recordEngine.ts';
import { expectSameStates, openPlayer } from '../../../support/replayChecks.ts';
import { framesOf } from '../../../support/sessionFrames.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

const everything = { from: null, to: null, venue: null };
let folder = '';
let library: RecordingLibrary;
let made: RecordedSession;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-interchange-'));
  library = new RecordingLibrary(systemFiles, join(folder, 'recordings'));
  made = await recordEngine(library, { segmentMs: 4_000 }, (engine) => {
    engine.want(['BTC-USDT', 'ETH-USDT']);
    engine.run(5_000);
    engine.control({ type: 'dropDiff', venue: 'okx', market: 'BTC-USDT', count: 2 });
    engine.control({ type: 'close', venue: 'bybit', code: 1006 });
    engine.run(5_000);
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

function importing(paths: readonly string[], more: Partial<ImportOptions> = {}) {
  return importRecording({
    ...{ paths, venue: null, marketKind: null, library, files: systemFiles },
    ...{ name: null, appVersion: '1.2.3', ...more },
  });
}

function written(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const line = (second: number, frame: string): string =>
  `2026-01-02T03:04:${String(second).padStart(2, '0')}.000125Z ${frame}\n`;
const linesEach = (stepMs: number, count: number): string =>
  Array.from(
    { length: count },
    (_, index) =>
      `${new Date(Date.UTC(2026, 0, 2) + index * stepMs).toISOString()} ${okxTrade(index)}\n`,
  ).join('');
const okxTrade = (id: number, instrument = 'BTC-USDT'): string =>
  `{"arg":{"channel":"trades","instId":"${instrument}"},"data":[{"instId":"${instrument}","tradeId":"${id}","px":"100.5","sz":"1","side":"buy","ts":"1767323045000"}]}`;
const binanceTrade = (id: number): string =>
  `{"stream":"btcusdt@trade","data":{"e":"trade","E":1767323045000,"s":"BTCUSDT","t":${id},"p":"100.5","q":"1","T":1767323045000,"m":true,"M":true}}`;

test.each(['ndjson', 'ndjson.gz', 'ndjson.zst'])(
  'a session of three venues written as one .%s and imported has the same frames, to the byte and the microsecond',
  async (form) => {
    const path = join(folder, `all-${form.replace('.', '-')}.${form}`);
    const out = await exportTardis({
      ...{ session: made, selection: everything, path, files: systemFiles },
    });
    const before = await framesOf(made);
    expect(out.frames).toBe(before.length);
    const again = await importing([path]);
    const after = await framesOf(again);
    expect(after.map(({ micros, text }) => ({ micros, text }))).toEqual(
      before.map(({ micros, text }) => ({ micros, text })),
    );
    expect(again).toMatchObject({
      source: 'imported',
      name: path.split('/').at(-1)?.split('.')[0],
    });
    expect(again.id).toMatch(/^\d{4}-\d\d-\d\dt\d\d-\d\d-\d\d-imported(-\d)?$/);
    // Each frame reaches the socket of its own venue.
    const venueOf = (connection: string): string => connection.split(/[-#]/)[0] ?? '';
    expect(after.map(({ connection }) => venueOf(connection))).toEqual(
      before.map(({ connection }) => venueOf(connection)),
    );
  },
);

test('a file for each venue, imported together, has each venue in its own order', async () => {
  const venues = ['binance', 'bybit', 'okx'] as const;
  const paths = venues.map((venue) => join(folder, `day.${venue}.ndjson.gz`));
  for (const [index, venue] of venues.entries()) {
    const path = paths[index] ?? '';
    await exportTardis({
      session: made,
      selection: { ...everything, venue },
      path,
      files: systemFiles,
    });
  }
  const before = await framesOf(made);
  const after = await framesOf(await importing(paths));
  expect(after.length).toBe(before.length);
  for (const venue of venues) {
    const of = (frames: typeof after) =>
      frames.flatMap(({ connection, micros, text }) =>
        connection.startsWith(venue) ? [{ micros, text }] : [],
      );
    expect(of(after)).toEqual(of(before));
  }
});

test('books that were joined from REST are live again, and what was sent lies beside', async () => {
  const path = join(folder, 'books.ndjson.zst');
  const { paths } = await exportTardis({
    ...{ session: made, selection: { ...everything, venue: 'binance' }, path, files: systemFiles },
  });
  const names = paths.map((each) => each.slice(folder.length + 1)).sort();
  expect(names).toEqual([
    'books.depth-snapshot.btcusdt.json',
    'books.depth-snapshot.ethusdt.json',
    'books.ndjson.zst',
    'books.sent.ndjson.zst',
    'books.snapshots.json',
  ]);
  const sent = zstdDecompressSync(readFileSync(join(folder, 'books.sent.ndjson.zst'))).toString();
  expect(sent).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \{"method":"SUBSCRIBE"/);
  const session = await importing([path]);
  expect(session.problem).toBeNull();
  const player = await openPlayer(session);
  await player.playThrough();
  for (const market of ['BTC-USDT', 'ETH-USDT']) {
    const ask = { market, venue: 'binance', group: '0', rows: 9, muted: [] } as const;
    expect(player.view.bookView(ask).parts[0]).toMatchObject({ status: 'live' });
  }
  player.close();
});

test('a file that comes without the snapshots of its books says which books are missing, and keeps saying so', async () => {
  const path = join(folder, 'whole.ndjson.gz');
  await exportTardis({
    ...{ session: made, selection: { ...everything, venue: 'binance' }, path, files: systemFiles },
  });
  const alone = written('alone.ndjson.gz', readFileSync(path));
  const { id } = await importing([alone]);
  await library.change(id, { name: 'Named later' });
  const problem = (await library.open(id))?.problem;
  expect(problem).toMatch(
    /^Without order books of BTC-USDT at Binance, ETH-USDT at Binance: their snapshots did not come/,
  );
  expect(
    (await importing([written('trades.ndjson', line(1, binanceTrade(1)))])).problem,
  ).toBeNull();
});

test('a connection that ended is an empty line, and ends again when it is imported', async () => {
  const path = join(folder, 'ended.ndjson');
  const selection = { ...everything, venue: 'bybit' } as const;
  await exportTardis({ session: made, selection, path, files: systemFiles });
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines.slice(0, -1).filter((each) => each === '')).toHaveLength(1);
  const player = await openPlayer(await importing([path]));
  await player.playThrough();
  expect(player.view.health().reconnectsTotal).toBe(1);
  expect(player.view.health().connections).toHaveLength(1);
  player.close();
});

test('times that were recorded by a clock that was set back stay as they are, and play again exactly', async () => {
  const text = [
    line(5, okxTrade(1)),
    line(2, okxTrade(2)),
    line(9, okxTrade(3)),
    line(8, okxTrade(4)),
  ];
  const path = join(folder, 'back-again.ndjson');
  const session = await importing([written('back.ndjson', text.join(''))]);
  await exportTardis({ session, selection: everything, path, files: systemFiles });
  expect(readFileSync(path, 'utf8')).toBe(text.join(''));
  await expectSameStates(session, 4, 3);
});

test('only the time that was chosen is written', async () => {
  const frames = await framesOf(made);
  const [from, to] = [made.startTime + 3_000, made.startTime + 6_500];
  let text = '';
  for await (const part of tardisLinesOf(made, { ...everything, from, to })) text += part;
  const expected = frames.filter(({ micros }) => micros >= from * 1_000 && micros <= to * 1_000);
  expect(text.split('\n').filter((each) => each !== '').length).toBe(expected.length);
});

describe('frames that a line cannot hold, and those that it can', () => {
  const odd = [
    '\u0000 \u2028\u2029 "\u0085" ',
    '  two blanks, é币🚀 \t',
    ' ',
    '',
    '\\n \\r',
    '\r inside',
  ];

  test('odd characters come back as they were', async () => {
    const path = join(folder, 'odd.ndjson.gz');
    const strange = odd.map((text, index) => line(index + 2, text)).join('');
    const imported = await importing([written('strange.ndjson', line(1, okxTrade(1)) + strange)]);
    await exportTardis({ session: imported, selection: everything, path, files: systemFiles });
    expect(gunzipSync(readFileSync(path)).toString()).toBe(line(1, okxTrade(1)) + strange);
    const frames = await framesOf(await importing([path]));
    expect(frames.map(({ text }) => text)).toEqual([okxTrade(1), ...odd]);
  });

  test.each([
    ['a line break', '{"a":1,\n"b":2}'],
    ['an end of line', '{}\r'],
  ])('a frame with %s is refused, and no file stays', async (_what, text) => {
    const session = await recordFrames(['{}', text, '{}']);
    const path = join(folder, 'broken.ndjson');
    const exporting = exportTardis({ session, selection: everything, path, files: systemFiles });
    await expect(exporting).rejects.toThrow(
      /^A frame of okx#1 at 2026-01-02T03:04:05\.000126Z holds a line break, which this form cannot/,
    );
    expect(readdirSync(folder).filter((name) => name.startsWith('broken'))).toEqual([]);
  });

  async function recordFrames(texts: readonly string[]): Promise<RecordedSession> {
    const time = Date.UTC(2026, 0, 2, 3, 4, 5);
    const { id, folder: into } = await library.create('live', time);
    const recorder = new Recorder({
      ...{ files: systemFiles, clock: createClockPort(new VirtualClock()), folder: into },
      describe: () => ({ appVersion: '1.2.3', source: 'live' }),
      checkpoint: () => ({ inputs: 0, state: {} }),
      stateHash: () => '',
      inputsHandled: 0,
      onSegment: () => undefined,
    });
    for (const [index, text] of texts.entries()) {
      const receivedTime = time + (125 + index) / 1_000;
      const frame = { type: 'frame', connection: 'okx#1', generation: 1, text } as const;
      recorder.tap({ ...frame, receivedTime, monotonicMs: index });
    }
    await recorder.stop();
    const session = await library.open(id);
    if (session === null) throw new Error('the session cannot be read back');
    return session;
  }
});

test('segments of ours are copied byte for byte, whether packed or not, and play the same', async () => {
  const [first = '', ...rest] = made.segments.map(({ path }) => path);
  const copies = [written('one.rec', readFileSync(first))];
  for (const [index, path] of rest.entries()) {
    const copy = written(`${index + 2}.rec`, readFileSync(path));
    if (index === 0) await packSegment(copy);
    copies.push(index === 0 ? `${copy}.zst` : copy);
  }
  expect(copies.length).toBeGreaterThan(2);
  const session = await importing(copies.reverse());
  expect(session).toMatchObject({ source: 'simulated', startTime: made.startTime });
  expect(session.segments.map(({ number }) => number)).toEqual(
    made.segments.map((each) => each.number),
  );
  expect(await framesOf(session)).toEqual(await framesOf(made));
  const [original, copied] = [await openPlayer(made), await openPlayer(session)];
  await original.playThrough();
  await copied.playThrough();
  expect(copied.stateHash()).toBe(original.stateHash());
  expect(session.endTime).toBeCloseTo(original.state.time, 3);
  original.close();
  copied.close();
});

test('the folder of a session is imported as a whole', async () => {
  const session = await importing([made.folder], { name: 'from a friend' });
  expect(session).toMatchObject({ name: 'from a friend', source: 'simulated' });
  expect(session.segments.length).toBe(made.segments.length);
});

describe('what cannot be imported is refused with what to do, and nothing of it stays', () => {
  const cases: readonly (readonly [string, () => readonly string[], RegExp])[] = [
    ['a missing file', () => [join(folder, 'none')], /none: there is no such file\.$/],
    ['an empty file', () => [written('empty.ndjson', '')], /empty\.ndjson: no frame in it\.$/],
    [
      'a line without a time',
      () => [written('torn.ndjson', line(1, okxTrade(1)) + 'what is this\n')],
      /torn\.ndjson: line 2 does not begin with a receive time/,
    ],
    [
      'another exchange',
      () => [written('kraken.ndjson', line(1, '{"channel":"book","type":"update","data":[]}'))],
      /no market data of binance, bybit, okx in its first 1 frames/,
    ],
    [
      'bytes that are no text',
      () => [written('bytes.ndjson', Buffer.from([...Buffer.from(line(1, '{}')), 0xff, 0xfe, 10]))],
      /is not UTF-8/,
    ],
    [
      'a cut archive',
      () => [written('cut.ndjson.gz', gzipSync(line(1, okxTrade(1)).repeat(99)).subarray(0, 90))],
      /cut\.ndjson\.gz is damaged after line \d+: the packed data ends too early\.$/,
    ],
    [
      'spot and futures',
      () => [
        written('spot.ndjson', line(1, binanceTrade(1))),
        written('linear.ndjson', line(2, binanceTrade(1).replace(',"M":true', ''))),
      ],
      /frames of spot and of futures markets.*one after the other/,
    ],
    [
      'two connections with the same streams',
      () => [
        written('conn1.ndjson', line(1, okxTrade(1)) + line(3, okxTrade(2))),
        written('conn2.ndjson', line(2, okxTrade(1)) + line(4, okxTrade(2))),
      ],
      /two connections, of which one makes a session\. Leave one out\.$/,
    ],
    [
      'segments together with lines',
      () => [made.segments[0]?.path ?? '', written('lines.ndjson', line(1, okxTrade(1)))],
      /is a segment of Truetape, .*lines\.ndjson is not/,
    ],
    [
      'the same segment twice',
      () => [
        made.segments[0]?.path ?? '',
        written('twin.rec', readFileSync(made.segments[0]?.path ?? '')),
      ],
      /are not of one session\. Import the sessions one after the other\.$/,
    ],
    [
      '[S11] a segment of a newer version',
      () => {
        const bytes = readFileSync(made.segments[0]?.path ?? '');
        const plain =
          bytes.readUInt32LE(0) === 0xfd2fb528 ? zstdDecompressSync(bytes) : Buffer.from(bytes);
        plain.writeUInt32LE(7, 8);
        return [written('newer.rec', plain)];
      },
      /newer\.rec has format 7; this version reads format 1\. Open it with a newer Truetape\.$/,
    ],
    ['a folder of something else', () => [folder], /is a folder without segments/],
    [
      'times that lie weeks apart',
      () => [
        written('far.ndjson', line(1, okxTrade(1)) + line(1, okxTrade(2)).replace('02T', '22T')),
      ],
      /line 2 is 20 days after the one before/,
    ],
    [
      'a few lines of two years',
      () => [written('sparse.ndjson', linesEach(6 * 86_400_000, 100))],
      /are of 594 days, 2026-01-02 to 2027-08-19; a session takes 31\. Import them as sessions/,
    ],
  ];
  test.each(cases)('%s', async (_what, paths, message) => {
    const before = readdirSync(library.folder);
    await expect(importing(paths())).rejects.toThrow(
      expect.objectContaining({ name: 'RecordingError', message: expect.stringMatching(message) }),
    );
    expect(readdirSync(library.folder)).toEqual(before);
  });

  test('frames that do not tell their market kind need a word, and a wrong word is refused', async () => {
    const top =
      '{"topic":"orderbook.1.BTCUSDT","type":"snapshot","ts":1767323045000,"data":{"s":"BTCUSDT","b":[["1","1"]],"a":[["2","1"]],"u":1,"seq":1},"cts":1767323045000}';
    const path = written('top.ndjson', line(1, top));
    await expect(importing([path])).rejects.toThrow(
      /could be of spot or linear markets\. Say which with --kind/,
    );
    const session = await importing([path], { marketKind: 'linear' });
    const player = await openPlayer(session);
    await player.playThrough();
    expect(player.view.markets()).toEqual(['BTC-USDT-PERP']);
    player.close();
    const spot = written('told.ndjson', line(1, binanceTrade(1)));
    await expect(importing([spot], { marketKind: 'linear' })).rejects.toThrow(
      /are spot, not linear\. Leave out --kind/,
    );
  });

  test('an import that is cancelled on its way', async () => {
    const path = join(folder, 'cancelled.ndjson');
    await exportTardis({ session: made, selection: everything, path, files: systemFiles });
    const before = readdirSync(library.folder);
    for (const at of [0, 0.3, 0.9]) {
      const controller = new AbortController();
      const onProgress = (done: number): void => {
        if (done >= at) controller.abort();
      };
      const importingAway = importing([path], { signal: controller.signal, onProgress });
      await expect(importingAway).rejects.toThrow('The import was cancelled.');
    }
    expect(readdirSync(library.folder)).toEqual(before);
  });

  test('what a killed import left goes with the next one', async () => {
    await systemFiles.makeFolder(join(library.folder, 'import-4194305-1.part'));
    writeFileSync(join(library.folder, 'import-4194305-1.part', '000001.rec'), 'half');
    await importing([written('next.ndjson', line(1, okxTrade(1)))]);
    expect(readdirSync(library.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

test('no frame, and a name that is taken, are refused before anything is written', async () => {
  const path = written('taken.ndjson', 'mine');
  const options = { session: made, selection: everything, files: systemFiles };
  await expect(exportTardis({ ...options, path })).rejects.toThrow(
    /taken\.ndjson is there already/,
  );
  expect(readFileSync(path, 'utf8')).toBe('mine');
  const late = { ...everything, from: made.startTime + 1e9 };
  const none = join(folder, 'nothing.ndjson');
  await expect(exportTardis({ ...options, selection: late, path: none })).rejects.toThrow(
    'no frame',
  );
  expect(readdirSync(folder).filter((name) => name.startsWith('nothing'))).toEqual([]);
});
