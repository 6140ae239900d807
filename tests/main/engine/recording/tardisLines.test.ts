import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { parseIsoTime, tardisLines } from '../../../../src/main/engine/recording/tardisLines.ts';

const folder = mkdtempSync(join(tmpdir(), 'truetape-lines-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

async function read(file: string) {
  const lines = [];
  for await (const portion of tardisLines(file)) lines.push(...portion);
  return lines;
}

const text =
  '2024-08-08T23:54:13.937085Z {"a":"é ☃"}\n2024-08-08T23:54:14.000001Z pong\r\n2024-08-08T23:54:15Z {}';
const lines = [
  { line: 0, receivedTime: 1_723_161_253_937.085, text: '{"a":"é ☃"}' },
  { line: 1, receivedTime: 1_723_161_254_000.001, text: 'pong' },
  { line: 2, receivedTime: 1_723_161_255_000, text: '{}' },
];

test('reads plain, gzip and zstd by their content, not their name', async () => {
  expect(await read(fileOf('a', text))).toEqual(lines);
  expect(await read(fileOf('b.ndjson', gzipSync(text)))).toEqual(lines);
  expect(await read(fileOf('c.gz', zstdCompressSync(Buffer.from(text))))).toEqual(lines);
});

test('keeps lines and characters whole over the portions of a large file', async () => {
  const count = 60_000;
  const long = Array.from(
    { length: count },
    (_, index) => `2024-08-08T23:54:13.000000Z {"é":${index},"x":"${'☃'.repeat(index % 40)}"}\n`,
  ).join('');
  const all = await read(fileOf('long', gzipSync(long, { level: 1 })));
  expect(all.length).toBe(count);
  const wrong = all.filter(({ line, text: frame }, index) => {
    const { é, x } = Object(JSON.parse(frame));
    return line !== index || é !== index || x !== '☃'.repeat(index % 40);
  });
  expect(wrong).toEqual([]);
});

describe('says in one line what is wrong', () => {
  test.each([
    ['a missing file', () => join(folder, 'none'), /^cannot read .*none: no such file\.$/],
    ['a folder', () => folder, /^cannot read .*: it is a folder\.$/],
    [
      'a cut gzip',
      () => fileOf('cut.gz', gzipSync(text.repeat(500)).subarray(0, 60)),
      /cut\.gz is damaged after line \d+: the packed data ends too early\.$/,
    ],
    [
      'a broken gzip',
      () => {
        const bytes = gzipSync(Array.from({ length: 999 }, (_, n) => text + n).join('\n'));
        bytes.fill(7, 40, 60);
        return fileOf('broken.gz', bytes);
      },
      /broken\.gz is damaged after line \d+: /,
    ],
    [
      'something else',
      () => fileOf('other', '{"not":"a recording"}\n'),
      /other: line 1 does not begin with a receive time/,
    ],
    [
      'a bad line further in',
      () => fileOf('later', `${text}\nnonsense\n`),
      /later: line 4 does not begin with a receive time/,
    ],
  ])('%s', async (_what, makeFile, message) => {
    await expect(read(makeFile())).rejects.toThrow(message);
  });
});

test('reads times to the microsecond, in any year', () => {
  expect([
    parseIsoTime('1970-01-01T00:00:00Z'),
    parseIsoTime('2000-02-29T12:30:45.5Z'),
    parseIsoTime('2024-12-31T23:59:59.999999Z'),
    parseIsoTime('2026-08-09T21:26:59.526357123Z'),
    parseIsoTime('1969-12-31T23:59:59Z'),
  ]).toEqual([
    0,
    Date.UTC(2000, 1, 29, 12, 30, 45, 500),
    Date.UTC(2024, 11, 31, 23, 59, 59) + 999.999,
    Date.UTC(2026, 7, 9, 21, 26, 59) + 526.357,
    -1000,
  ]);
  for (const bad of ['', '2024-08-08', '2024-08-08T23:54:13', '2024-08-08 23:54:13Z', 'now']) {
    expect(parseIsoTime(bad)).toBeNull();
  }
  for (let day = 0; day < 80_000; day += 37) {
    const iso = new Date(day * 86_400_000).toISOString();
    expect(parseIsoTime(iso)).toBe(day * 86_400_000);
  }
});
