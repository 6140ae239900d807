import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runExportCommand } from '../../../src/main/cli/exportCommand.ts';
import { systemFiles } from '../../../src/main/engine/ports/files.ts';
import { RecordingLibrary } from '../../../src/main/engine/recording/recordingLibrary.ts';
import { recordEngine } from '../../support/recordEngine.ts';

let profile = '';
let folder = '';
let id = '';

beforeAll(async () => {
  profile = mkdtempSync(join(tmpdir(), 'truetape-export-cli-'));
  folder = join(profile, 'out');
  mkdirSync(folder);
  const library = new RecordingLibrary(systemFiles, join(profile, 'recordings'));
  const session = await recordEngine(library, {}, (engine) => {
    engine.want(['BTC-USDT', 'ETH-USDT']);
    engine.run(5_000);
  });
  id = session.id;
});
afterAll(() => rmSync(profile, { recursive: true }));

const never = (): Promise<void> => new Promise(() => undefined);

async function run(
  args: readonly string[],
  untilStop = never,
  isTerminal = false,
  onErr: () => void = () => undefined,
): Promise<{ readonly code: number | string; readonly out: string; readonly err: string }> {
  let out = '';
  let err = '';
  const io = {
    stdout: (text: string) => void (out += text),
    stderr: (text: string) => {
      err += text;
      onErr();
    },
  };
  const code = await runExportCommand(
    [...args, '--profile', profile],
    io,
    untilStop,
    isTerminal,
  ).catch((error: unknown) => (error instanceof Error ? error.message : 'no error'));
  return { code, out, err };
}

test('a table goes to the file asked for, in the format of its ending, and is counted', async () => {
  const file = join(folder, 'trades.csv');
  const first = await run([id, '--table', 'trades', '--out', file, '--market', 'BTC-USDT']);
  expect(first.code).toBe(0);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\r\n');
  expect(first.out).toContain(`${file}: ${lines.length - 1} rows`);
  expect(first.err).toBe('');
  expect(lines.slice(1).every((line) => line.includes(',BTC-USDT,'))).toBe(true);
  const later = join(folder, 'later.json');
  expect((await run([id, '--table', 'trades', '--from', '+3s', '--out', later])).code).toBe(0);
  expect(readFileSync(later, 'utf8').startsWith('{')).toBe(true);
});

test('every table, the report and the frames are written from the folder of a session too', async () => {
  const session = join(profile, 'recordings', id);
  for (const table of ['metrics', 'candles', 'price', 'marks', 'report', 'frames']) {
    const file = join(folder, `all-${table}${table === 'frames' ? '.ndjson.gz' : '.out'}`);
    expect((await run([session, '--table', table, '--out', file])).code, table).toBe(0);
    expect(readFileSync(file).length).toBeGreaterThan(50);
  }
});

test('a file that is there is kept, unless it may be replaced', async () => {
  const file = join(folder, 'mine.csv');
  writeFileSync(file, 'mine');
  const args = [id, '--table', 'trades', '--out', file];
  expect((await run(args)).code).toContain('exists already');
  expect(readFileSync(file, 'utf8')).toBe('mine');
  expect((await run([...args, '--overwrite'])).code).toBe(0);
  expect(readFileSync(file, 'utf8')).not.toBe('mine');
});

test('an interrupt ends with 130, one line, and nothing in the folder', async () => {
  const place = join(profile, 'cancelled');
  mkdirSync(place);
  const out = join(place, 'book.parquet');
  const args = [id, '--table', 'book', '--every', '100ms', '--levels', '1000', '--out', out];
  const begun = Promise.withResolvers<void>();
  const { code, err } = await run(args, () => begun.promise, true, begun.resolve);
  expect(code).toBe(130);
  expect(err).toContain('Cancelled: nothing was written.\n');
  expect(readdirSync(place)).toEqual([]);
});

test('at a terminal the progress is one line that goes away', async () => {
  const file = join(folder, 'seen.csv');
  const args = [id, '--table', 'book', '--every', '100ms', '--levels', '1000', '--out', file];
  const { err } = await run(args, never, true);
  expect(err).toMatch(/\d+ %, \d+ rows, [\d.]+ MiB/);
  expect(err).not.toContain('\n');
  expect(err.endsWith('\r\u001b[K')).toBe(true);
});

test.each([
  [[], 'export needs a session'],
  [['x'], '--table is one of'],
  [['x', 'y', '--table', 'trades'], 'one session'],
  [['x', '--table', 'trade'], 'Did you mean trades?'],
  [['x', '--table', 'trades', '--format', 'xlsx'], '--format is csv, json, parquet'],
  [['x', '--table', 'trades', '--format', 'csv', '--out', 'a.json'], 'do not fit'],
  [['x', '--table', 'report', '--format', 'csv'], 'has its own'],
  [['x', '--table', 'book', '--every', '5'], '--every is from 100ms'],
  [['x', '--table', 'book', '--levels', '0'], '--levels'],
  [['x', '--table', 'candles', '--interval', '2m'], '--interval is one of'],
  [['x', '--table', 'trades', '--market', 'btcusdt'], 'is no market'],
  [['x', '--table', 'trades', '--venue', 'okx'], '--venue is of --table frames'],
  [['x', '--table', 'trades', '--from', 'noon'], '--from is a time'],
  [['x', '--table', 'trades'], 'is no recorded session'],
] as const)('%j is refused in one line', async (args, words) => {
  const { code } = await run(args);
  expect(code).toContain(words);
  expect(code).not.toContain('\n');
});

test('[S10] a name that some system cannot have is refused before anything is written', async () => {
  for (const name of ['con.csv', 'a:b.csv', 'a.csv.', 'x'.repeat(250)]) {
    const { code } = await run([id, '--table', 'trades', '--out', join(folder, name)]);
    expect(code, name).toMatch(/\.$/);
    expect(readdirSync(folder)).not.toContain(name);
  }
});
