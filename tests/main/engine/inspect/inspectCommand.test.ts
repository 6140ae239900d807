import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { runInspect } from '../../../../src/main/engine/inspect/inspectCommand.ts';
import { hashState } from '../../../../src/main/engine/inspect/inspectReport.ts';
import { fixtureText } from '../../../support/decoding.ts';

const folder = mkdtempSync(join(tmpdir(), 'truetape-inspect-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));

async function run(...args: string[]) {
  let stdout = '';
  let stderr = '';
  const code = await runInspect(args, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
  });
  return { code, stdout, stderr };
}

const orderbook1 = fixture('bybit-linear/orderbook1-20250613.ndjson.gz');

test('prints one JSON object that hashes its own instruments', async () => {
  const { code, stdout, stderr } = await run(
    orderbook1,
    '--venue',
    'bybit',
    '--kind=linear',
    '--json',
  );
  const report = JSON.parse(stdout);
  expect({ code, stderr, keys: Object.keys(report) }).toEqual({
    code: 0,
    stderr: '',
    keys: ['files', 'frames', 'decodeErrors', 'instruments', 'stateHash'],
  });
  expect(report.files).toEqual([{ file: orderbook1, frames: 202, control: 4 }]);
  expect(report.stateHash).toBe(hashState(report.instruments));
  const [first] = report.instruments;
  expect({ keys: Object.keys(first), book: Object.keys(first.book) }).toEqual({
    keys: [
      'instrument',
      'venueSymbol',
      'marketKind',
      'sizeUnit',
      'messages',
      'trades',
      'book',
      'candles1m',
    ],
    book: [
      'status',
      'applied',
      'gaps',
      'resyncs',
      'crossed',
      'knownRange',
      'bid',
      'ask',
      'bidLevels',
      'askLevels',
      'sha256',
      'checkpoints',
    ],
  });
  expect(hashState({ b: 1, a: [{ d: 1, c: null }] })).toBe(
    hashState({ a: [{ c: null, d: 1 }], b: 1 }),
  );
});

test('prints a table for people', async () => {
  const { code, stdout } = await run(orderbook1, '--venue', 'bybit', '--kind', 'linear');
  expect(code).toBe(0);
  expect(stdout).toContain('202 frames, 4 control');
  expect(stdout).toMatch(/bybit:BAND-USDT-PERP {2}\(BANDUSDT, linear\)/);
  expect(stdout).toMatch(/best +0\.6132 x 462\.8 {2}\| {2}0\.6135 x 11\.4/);
  expect(stdout).not.toContain('undefined');
});

test('a book without its snapshot stays hidden; one given at once or at a line joins', async () => {
  const recording = fixture('binance-spot/btcusdt-20240808-first3000.ndjson.gz');
  const snapshot = fixture('binance-spot/btcusdt-20240808.depth-snapshot.json.gz');
  const bookOf = async (...args: string[]) => {
    const { stdout } = await run(recording, '--venue', 'binance', '--json', ...args);
    return JSON.parse(stdout).instruments[0].book;
  };
  expect(await bookOf()).toMatchObject({
    status: 'buffering',
    applied: 0,
    knownRange: null,
    bid: null,
    bidLevels: 0,
    sha256: null,
  });
  const late = await bookOf(
    '--snapshot',
    `BTCUSDT=${snapshot}@2001`,
    '--at-line',
    '2000',
    '--at-line',
    '2101',
  );
  const atOnce = await bookOf('--snapshot', `BTCUSDT=${snapshot}`);
  expect(late.sha256).toBe(atOnce.sha256);
  expect(late.checkpoints).toMatchObject([
    { afterLine: 2000, bid: null, sha256: null },
    { afterLine: 2101, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
  expect(late.knownRange).toEqual(['61631.55', '62053.18']);
});

test('counts what it cannot decode, names the first by its line and fails', async () => {
  const file = join(folder, 'bad.ndjson');
  const time = '2024-08-08T23:54:13.937085Z';
  const good = '{"result":null,"id":1}';
  writeFileSync(file, `${time} ${good}\n${time} {"e":"trade"}\n${time} {{{\n`);
  const { code, stdout, stderr } = await run(file, '--venue=binance', '--json');
  expect(code).toBe(1);
  expect(stderr).toBe(
    'truetape: 2 messages could not be decoded, the first in line 2: field is not text: s\n',
  );
  expect(JSON.parse(stdout)).toMatchObject({
    files: [{ frames: 3, control: 1 }],
    decodeErrors: { count: 2, first: { line: 2, reason: 'field is not text: s' } },
    instruments: [],
  });
});

test('drops a diff left out of a recording into one gap and stays hidden without a new snapshot', async () => {
  const lines = fixtureText('binance-spot/btcusdt-20240808-first3000.ndjson.gz').split('\n');
  const diffs = lines.flatMap((line, index) => (line.includes('depthUpdate') ? [index] : []));
  const file = join(folder, 'gap.ndjson');
  writeFileSync(file, lines.filter((_, index) => index !== diffs[50]).join('\n'));
  const snapshot = fixture('binance-spot/btcusdt-20240808.depth-snapshot.json.gz');
  const { stdout } = await run(
    file,
    '--venue',
    'binance',
    '--json',
    '--snapshot',
    `BTCUSDT=${snapshot}@8`,
  );
  const { book } = JSON.parse(stdout).instruments[0];
  expect(book).toMatchObject({ status: 'gap', applied: 48, gaps: 1, sha256: null, bid: null });
});

describe('one clear line and an exit code for', () => {
  const missing = join(folder, 'none.gz');
  test.each([
    ['no recording', ['--venue', 'okx'], 2, /inspect needs a recording/],
    ['no venue', [orderbook1], 2, /--venue binance\|bybit\|okx/],
    [
      'an unknown venue',
      [orderbook1, '--venue', 'nyse'],
      2,
      /no venue "nyse"\. Venues: binance, bybit, okx/,
    ],
    [
      'an unknown kind',
      [orderbook1, '--venue', 'bybit', '--kind', 'x'],
      2,
      /--kind is spot or linear/,
    ],
    ['an unknown flag', [orderbook1, '--venue', 'bybit', '--jsn'], 2, /does not know "--jsn"/],
    ['a flag without value', [orderbook1, '--venue'], 2, /--venue needs a value/],
    ['a bad line', [orderbook1, '--venue', 'bybit', '--at-line', '-3'], 2, /wants a line number/],
    ['line 0', [orderbook1, '--venue', 'bybit', '--at-line', '0'], 2, /line number from 1 on/],
    [
      'a line behind the end',
      [orderbook1, '--venue', 'bybit', '--kind', 'linear', '--at-line', '203'],
      2,
      /--at-line 203: the recording has only 202 lines\./,
    ],
    ['a bad snapshot', [orderbook1, '--venue', 'bybit', '--snapshot', 'x'], 2, /SYMBOL=FILE/],
    [
      'an unknown symbol',
      [
        fixture('binance-spot/multi-20211012.ndjson.gz'),
        '--venue',
        'binance',
        '--snapshot',
        `DOGEUSDT=${fixture('binance-spot/multi-20211012.depth-snapshot.lrcbtc.json.gz')}`,
      ],
      2,
      /no frame of DOGEUSDT in the recording; it has NKNUSDT/,
    ],
    ['a recording of another venue', [orderbook1, '--venue', 'binance'], 1, /is --venue right\?/],
    ['a missing recording', [missing, '--venue', 'okx'], 1, /cannot read .*none\.gz: no such file/],
    [
      'a missing snapshot',
      [orderbook1, '--venue', 'bybit', '--snapshot', `A=${missing}`],
      1,
      /cannot read .*none\.gz/,
    ],
    [
      'a snapshot that is none',
      [orderbook1, '--venue', 'binance', '--snapshot', `A=${orderbook1}`],
      1,
      /is not a book snapshot of binance/,
    ],
    [
      'no recording at all',
      [fixture('PROVENANCE.md'), '--venue', 'okx'],
      1,
      /does not begin with a receive time/,
    ],
  ])('%s', async (_what, args, code, message) => {
    const outcome = await run(...args);
    expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code, stdout: '' });
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).toMatch(/^truetape: [^\n]+\n$/);
  });
});

test('explains itself', async () => {
  const { code, stdout } = await run('--help');
  expect(code).toBe(0);
  expect(stdout).toContain('--snapshot SYMBOL=FILE[@LINE]');
});
