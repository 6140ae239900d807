import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CommandFailure } from '../../../src/main/cli/commandFailure.ts';
import { runImport } from '../../../src/main/cli/importCommand.ts';
import { runReplay } from '../../../src/main/cli/replayCommand.ts';
import type { EngineHostOptions } from '../../../src/main/engine/host.ts';
import { systemFiles } from '../../../src/main/engine/ports/files.ts';
import { RecordingLibrary } from '../../../src/main/engine/recording/recordingLibrary.ts';
import { findInstallation } from '../../../src/main/installation.ts';
import { eventually } from '../../support/eventually.ts';
import { createFakeEngineHost } from '../../support/fakeEngineHost.ts';

const line = (second: number): string =>
  `2026-01-02T03:04:0${second}.000125Z {"stream":"btcusdt@trade","data":{"e":"trade","E":1767323045000,"s":"BTCUSDT","t":${second},"p":"100.5","q":"1","T":1767323045000,"m":true,"M":true}}\n`;
const startTime = Date.UTC(2026, 0, 2, 3, 4, 1) + 0.125;

let folder = '';
let lines = '';
let output = '';
let options: EngineHostOptions | null = null;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-replay-command-'));
  lines = join(folder, 'lines.ndjson');
  writeFileSync(lines, line(1) + line(2) + line(9));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  output = '';
  options = null;
});

const io = {
  stdout: (text: string) => void (output += text),
  stderr: () => undefined,
};
const never = () => new Promise<string>(() => undefined);

function replay(args: readonly string[], untilStopped: () => Promise<string> = never) {
  return runReplay([...args, '--profile', join(folder, 'profile')], io, {
    createHost: (given) => {
      options = given;
      return Promise.resolve(createFakeEngineHost());
    },
    untilStopped,
    installation: { ...findInstallation(), rendererFolder: folder },
  });
}

const importing = (args: readonly string[]) =>
  runImport([...args, '--profile', join(folder, 'profile')], io, never);

test('imported files are listed, shown in memory from a time at a speed, and proven', async () => {
  expect(await importing([lines, '--name', 'new year'])).toBe(0);
  const id = output.split(' ')[0] ?? '';
  expect(id).toBe('2026-01-02t03-04-01-imported');
  // It is older than all that is recorded here: the quota would take it first.
  const library = new RecordingLibrary(systemFiles, join(folder, 'profile', 'recordings'));
  expect(await library.open(id)).toMatchObject({ pinned: true });
  expect(await library.enforce(0, null)).toBe(0);
  output = '';
  expect(await replay([])).toBe(0);
  expect(output).toMatch(
    /^2026-01-02t03-04-01-imported {2}2026-01-02 03:04:01 UTC, 8 s, .*, new year\n$/,
  );
  expect(await replay([id, '--verify', '--rounds', '2'])).toBe(0);
  expect(output).toContain('equal in 2 replays and in the live run');

  let stop: (signal: string) => void = () => undefined;
  const stopped = new Promise<string>((resolve) => (stop = resolve));
  output = '';
  const shown = replay(
    [id, '--port', '0', '--no-open', '--speed', '20', '--at', '+3s'],
    () => stopped,
  );
  await eventually(() => expect(output).toContain('Truetape is at http://127.0.0.1:'));
  expect(options).toMatchObject({
    profile: null,
    replay: null,
    replaySession: join(folder, 'profile', 'recordings', id),
    replayStart: { at: startTime + 3_000, speed: 20 },
    exportFolder: join(folder, 'profile', 'exports'),
  });
  stop('SIGTERM');
  expect(await shown).toBe(0);
});

test('files are shown from a folder that goes when the page closes', async () => {
  let stop: (signal: string) => void = () => undefined;
  const stopped = new Promise<string>((resolve) => (stop = resolve));
  const args = [
    lines,
    '--port',
    '0',
    '--no-open',
    '--speed',
    'max',
    '--at',
    '2026-01-02T03:04:05Z',
  ];
  const shown = replay(args, () => stopped);
  await eventually(() => expect(output).toContain('Truetape is at http://127.0.0.1:'));
  const session = options?.replaySession ?? '';
  expect(readdirSync(session)).toContain('session.json');
  expect(session.startsWith(folder)).toBe(false);
  expect(options?.replayStart).toEqual({ at: Date.UTC(2026, 0, 2, 3, 4, 5), speed: null });
  stop('SIGTERM');
  expect(await shown).toBe(0);
  expect(existsSync(session)).toBe(false);
});

test.each([
  [['--speed', '0'], 2, /--speed is a number from 0\.1 to 1000, or max, not "0"\./],
  [['--at', 'noon', 'x'], 2, /--at is a time in UTC like .* not "noon"\./],
  [['--at', '2026-13-01T00:00:00Z', 'x'], 2, /--at is a time in UTC/],
  [['--verify'], 2, /--verify needs a session/],
  [['--rounds', '0'], 2, /--rounds takes a number from 1 to 99\./],
  [['x', '--rounds', '2'], 2, /--rounds belongs to --verify\./],
  [['x', '--venue', 'okex'], 2, /unknown venue "okex"\. Did you mean okx\?/],
  [['none'], 1, /^none is no recorded session and no file\./],
])('refuses %j with what to do', async (args, exitCode, message) => {
  const failure = await replay(args).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandFailure);
  expect(failure).toMatchObject({ exitCode, message: expect.stringMatching(message) });
  expect(options).toBeNull();
});

test.each([
  [[], 2, /import needs a file/],
  [['FOLDER/none'], 1, /none: there is no such file\.$/],
  [
    ['FOLDER/lines.ndjson', '--kind', 'linear'],
    1,
    /by their frames the markets are spot, not linear/,
  ],
  [['FOLDER/lines.ndjson', '--kind', 'swap'], 2, /--kind is spot or linear, not "swap"\./],
  [['FOLDER/lines.ndjson', '--snapshot', 'BTC'], 2, /SYMBOL=FILE\[@LINE\]/],
])('an import of %j is refused with what to do', async (args, exitCode, message) => {
  const given = args.map((argument) => argument.replace('FOLDER', folder));
  const failure = await importing(given).catch((error: unknown) => error);
  expect(failure).toMatchObject({ exitCode, message: expect.stringMatching(message) });
});
