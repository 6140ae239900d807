import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandFailure } from '../../../src/main/cli/commandFailure.ts';
import type { CommandRecord } from '../../../src/main/cli/commandIo.ts';
import { runCommandLine } from '../../../src/main/cli/commandLine.ts';
import { parseFlags } from '../../../src/main/cli/flags.ts';
import { hostFlags, parseHostFlags } from '../../../src/main/cli/hostFlags.ts';
import { defaultProfile } from '../../../src/main/cli/profile.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-flags-'));
  writeFileSync(join(folder, 'a.ndjson'), 'line\n');
  writeFileSync(join(folder, 'b.ndjson'), 'line\n');
  writeFileSync(join(folder, 'empty.ndjson'), '');
  writeFileSync(join(folder, 'broken.json'), '{');
  writeFileSync(join(folder, 'odd.json'), '{"okx":{"ws":"ftp://x","rest":"http://x"}}');
  writeFileSync(
    join(folder, 'endpoints.json'),
    '{"okx":{"ws":"ws://127.0.0.1:1/","rest":"http://127.0.0.1:2"}}',
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function parse(...args: readonly string[]) {
  return parseHostFlags(
    parseFlags(
      'gateway',
      args.map((argument) => argument.replace('FOLDER', folder)),
      hostFlags,
    ),
  );
}

function failure(run: () => unknown): CommandFailure {
  try {
    run();
  } catch (error) {
    if (error instanceof CommandFailure) return error;
    throw error;
  }
  throw new Error('did not fail');
}

test('reads all that both hosts take', () => {
  expect(
    parse('--market', 'simulated', '--profile=FOLDER/p', '--endpoints', 'FOLDER/endpoints.json'),
  ).toEqual({
    market: 'simulated',
    profile: join(folder, 'p'),
    endpoints: { okx: { ws: 'ws://127.0.0.1:1', rest: 'http://127.0.0.1:2' } },
    replay: null,
    simulatorArgs: [],
  });
  expect(
    parse(
      ...['--venue-endpoint', 'okx=ws://127.0.0.1:3,http://127.0.0.1:4'],
      ...['--venue-endpoint', 'bybit=wss://relay:5,https://relay:6/'],
      ...['--simulator-seed', '7'],
    ),
  ).toMatchObject({
    endpoints: {
      okx: { ws: 'ws://127.0.0.1:3', rest: 'http://127.0.0.1:4' },
      bybit: { ws: 'wss://relay:5', rest: 'https://relay:6' },
    },
    simulatorArgs: ['--seed', '7'],
  });
});

test('shows recordings in memory, with as many files as a shell pattern gives', () => {
  expect(
    parse(
      ...['--replay', 'FOLDER/a.ndjson', 'FOLDER/b.ndjson', '--venue', 'bybit', '--kind', 'linear'],
      ...['--snapshot', 'BTCUSDT=FOLDER/a.ndjson@12', '--snapshot', 'ETHUSDT=FOLDER/b.ndjson'],
    ),
  ).toMatchObject({
    profile: null,
    replay: {
      files: [join(folder, 'a.ndjson'), join(folder, 'b.ndjson')],
      venue: 'bybit',
      marketKind: 'linear',
      snapshots: [
        { symbol: 'BTCUSDT', file: join(folder, 'a.ndjson'), atLine: 11 },
        { symbol: 'ETHUSDT', file: join(folder, 'b.ndjson'), atLine: null },
      ],
    },
  });
});

test.each([
  [['--marke', 'live'], /does not know --marke\. Did you mean --market\?/],
  [['--zzzzzzzz'], /does not know --zzzzzzzz\. Known: --market .*--help\./],
  [['--market'], /--market needs live\|simulated/],
  [['--market', 'paper'], /--market is live or simulated, not "paper"\./],
  [['--market', 'live', '--market', 'live'], /--market is given twice/],
  [['--help=yes'], /--help takes no value; leave out "yes"\./],
  [['extra'], /does not take "extra"\. See: truetape gateway --help/],
  [['--endpoints', 'FOLDER/none.json'], /--endpoints .* cannot be read as JSON: ENOENT/],
  [['--endpoints', 'FOLDER/broken.json'], /cannot be read as JSON/],
  [['--endpoints', 'FOLDER/odd.json'], /each venue needs "ws" and "rest" addresses/],
  [['--venue-endpoint', 'okx=ws://x'], /is not of the form okx=wss:/],
  [
    ['--venue-endpoint', 'binanse=ws://x,http://x'],
    /unknown venue "binanse"\. Did you mean binance\?/,
  ],
  [['--venue-endpoint', 'kraken=ws://x,http://x'], /Known: binance, bybit, okx\./],
  [['--replay', 'FOLDER/none'], /--replay needs --venue, one of binance, bybit, okx\./],
  [['--replay', 'FOLDER/none', '--venue', 'okx'], /there is no such file; check the path\./],
  [['--replay', 'FOLDER', '--venue', 'okx'], /is not a file\./],
  [['--replay', 'FOLDER/empty.ndjson', '--venue', 'okx'], /is empty\./],
  [['--replay', 'FOLDER/a.ndjson', '--venue', 'okex'], /unknown venue "okex"\. Did you mean okx\?/],
  [['--replay', 'FOLDER/a.ndjson', '--venue', 'okx', '--kind', 'swap'], /--kind is spot or linear/],
  [['--replay', 'FOLDER/a.ndjson', '--venue', 'okx', '--market', 'live'], /exclude each other/],
  [['--replay', 'FOLDER/a.ndjson', '--venue', 'okx', '--snapshot', 'BTC'], /SYMBOL=FILE\[@LINE\]/],
  [['--venue', 'okx'], /--venue describes recordings; add --replay FILE\./],
  [['--simulator-seed', '1e3'], /--simulator-seed is a whole number/],
  [['--market', '\u001b[31m\u202eevil\n'], /not "\?\[31m\?evil\?"\./],
])('answers %j with one line that says what to do', (args, line) => {
  const { message, exitCode } = failure(() => parse(...args));
  expect(message).toMatch(line);
  expect(message).not.toContain('\n');
  expect(exitCode).toBe(2);
});

test('lists the commands for a missing or unknown one, and passes failures on as one line', async () => {
  const commands: readonly CommandRecord[] = [
    { name: 'gateway', summary: 'serves', run: () => Promise.resolve(7) },
    { name: 'fails', summary: 'fails', run: () => Promise.reject(new Error('first\nsecond')) },
  ];
  const run = async (...args: readonly string[]) => {
    let stdout = '';
    let stderr = '';
    const io = {
      stdout: (text: string) => void (stdout += text),
      stderr: (text: string) => void (stderr += text),
    };
    return { code: await runCommandLine(args, io, commands), stdout, stderr };
  };
  expect(await run('gateway')).toEqual({ code: 7, stdout: '', stderr: '' });
  expect(await run()).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('  gateway    serves\n'),
  });
  expect(await run('--help')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('gateway'),
  });
  expect(await run('gatway')).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'truetape: there is no command "gatway". Did you mean gateway? Commands: gateway, fails.\n',
  });
  expect(await run('record')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Commands:'),
  });
  expect(await run('fails')).toEqual({ code: 1, stdout: '', stderr: 'truetape: first\n' });
  expect(await run('--version')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test('keeps the profile where the platform keeps such files', () => {
  expect(defaultProfile({ HOME: '/home/a' }, 'linux')).toBe('/home/a/.local/share/truetape');
  expect(defaultProfile({ HOME: '/home/a', XDG_DATA_HOME: '/data' }, 'linux')).toBe(
    '/data/truetape',
  );
  expect(defaultProfile({ HOME: '/home/a', XDG_DATA_HOME: 'data' }, 'linux')).toBe(
    '/home/a/.local/share/truetape',
  );
  expect(defaultProfile({ HOME: '/Users/a' }, 'darwin')).toBe(
    '/Users/a/Library/Application Support/Truetape',
  );
});
