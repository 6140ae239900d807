import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportSession } from '../../../../src/main/engine/export/exportSession.ts';
import { problemOf } from '../../../../src/main/engine/export/exportError.ts';
import { PartFile, removeLeftParts } from '../../../../src/main/engine/export/partFile.ts';
import { systemFiles } from '../../../../src/main/engine/ports/files.ts';
import type { RecordedSession } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../../../src/main/engine/recording/recordingLibrary.ts';
import type { ExportContent } from '../../../../src/shared/exports.ts';
import { exportOptions, tradesAsCsv } from '../../../support/exportOptions.ts';
import { MemoryFiles } from '../../../support/memoryFiles.ts';
import { recordEngine } from '../../../support/recordEngine.ts';

let folder = '';
let session: RecordedSession;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-part-'));
  const library = new RecordingLibrary(systemFiles, join(folder, 'recordings'));
  session = await recordEngine(library, {}, (engine) => {
    engine.want(['BTC-USDT']);
    engine.run(3_000);
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const contents: readonly ExportContent[] = [
  tradesAsCsv,
  { type: 'table', table: 'quotes', format: 'json' },
  { type: 'table', table: 'book', format: 'parquet' },
  { type: 'report' },
];

test('[S08] whichever file call fails, there is no file, no part of one, and a sentence', async () => {
  for (const content of contents) {
    let failures = 0;
    for (let failing = 1; ; failing += 1) {
      let failed = '';
      const files = new MemoryFiles({
        before: (call, number) => {
          if (number !== failing) return;
          failed = call;
          throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
        },
      });
      const options = exportOptions(session, '/out', 'x', { content }, files);
      const outcome = await exportSession({ ...options, overwrite: false }).then(
        () => 'done',
        (error: unknown) => problemOf(error),
      );
      expect(files.openFiles, failed).toBe(0);
      if (failed === '') {
        expect([...files.contentByPath.keys()]).toEqual(['/out/x']);
        break;
      }
      failures += 1;
      // The name may be lost with the power then, never a part of the file.
      if (failed === 'syncFolder' || outcome === 'done') continue;
      expect(outcome, failed).toBe(
        'Nothing was exported: the disk is full. Make room or choose another folder.',
      );
      expect([...files.contentByPath.keys()], failed).toEqual([]);
    }
    expect(failures).toBeGreaterThan(4);
  }
});

test('[S08] cancelled at any row, an export leaves nothing', async () => {
  for (const content of contents.slice(0, 3)) {
    const cancel = new AbortController();
    const files = new MemoryFiles({
      before: (call, number) => {
        if (call === 'write' && number > 2) cancel.abort();
      },
    });
    const options = exportOptions(session, '/out', 'x', { content }, files);
    await expect(exportSession({ ...options, signal: cancel.signal })).rejects.toThrow('aborted');
    expect([...files.contentByPath.keys()]).toEqual([]);
    expect(files.openFiles).toBe(0);
  }
});

test('what is there is not overwritten, in whatever letters, also when it came in between', async () => {
  const files = new MemoryFiles();
  files.contentByPath.set('/out/Trades.csv', Buffer.from('mine'));
  const options = { files, folder: '/out', name: 'trades.csv', overwrite: false, tag: 'a' };
  await expect(PartFile.create(options)).rejects.toThrow('exists already');
  files.contentByPath.delete('/out/Trades.csv');
  const file = await PartFile.create(options);
  await file.write(Buffer.from('ours'));
  files.contentByPath.set('/out/trades.csv', Buffer.from('mine'));
  await expect(file.finish()).rejects.toThrow('exists already');
  expect([...files.contentByPath].map(([path, bytes]) => [path, bytes.toString()])).toEqual([
    ['/out/trades.csv', 'mine'],
  ]);
});

test('[S10] a link under the name or the part name is replaced or refused, never followed', async () => {
  const place = mkdtempSync(join(folder, 'links-'));
  const outside = join(folder, 'outside.txt');
  writeFileSync(outside, 'mine');
  const options = { files: systemFiles, folder: place, name: 'a.csv', tag: 'z' };
  symlinkSync(outside, join(place, `a.csv.${process.pid}-z.part`));
  await expect(PartFile.create({ ...options, overwrite: true })).rejects.toThrow('EEXIST');
  symlinkSync(outside, join(place, 'a.csv'));
  await expect(PartFile.create({ ...options, overwrite: false })).rejects.toThrow('exists already');
  const file = await PartFile.create({ ...options, overwrite: true, tag: 'y' });
  await file.write(Buffer.from('ours'));
  await file.finish();
  expect(readFileSync(outside, 'utf8')).toBe('mine');
  expect(readFileSync(join(place, 'a.csv'), 'utf8')).toBe('ours');
});

test('parts of programs that are gone are removed, those of running ones stay', async () => {
  const place = mkdtempSync(join(folder, 'left-'));
  const names = ['a.csv.11-x.part', 'b.csv.22-y.part', 'c.part', 'd.csv'];
  for (const name of names) writeFileSync(join(place, name), '');
  expect(await removeLeftParts(systemFiles, place, null, (processId) => processId === 22)).toBe(1);
  expect(readdirSync(place)).toEqual(['b.csv.22-y.part', 'c.part', 'd.csv']);
});
