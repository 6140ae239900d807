import { expect, test } from 'vitest';
import type { UploadPiece, UploadedFile } from '../../../../src/main/engine/hosting/uploads.ts';
import { Uploads } from '../../../../src/main/engine/hosting/uploads.ts';
import { RecordingError } from '../../../../src/main/engine/recording/recordingError.ts';
import { eventually } from '../../../support/eventually.ts';
import type { MemoryFilesOptions } from '../../../support/memoryFiles.ts';
import { MemoryFiles } from '../../../support/memoryFiles.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { createClockPort } from '../../../support/virtualClockPort.ts';

const folder = '/profile/recordings/incoming';

class Desk {
  readonly clock = new VirtualClock();
  readonly files: MemoryFiles;
  readonly uploads: Uploads;
  readonly imported: UploadedFile[] = [];
  readonly contents: string[] = [];
  maxBytes = 1_000;
  failure: Error | null = null;
  page = { isOpen: true };

  constructor(options: MemoryFilesOptions = {}, before: readonly string[] = []) {
    this.files = new MemoryFiles(options);
    for (const path of before) this.files.contentByPath.set(path, Buffer.from('old'));
    this.uploads = new Uploads({
      files: this.files,
      clock: createClockPort(this.clock),
      folder,
      maxBytes: () => this.maxBytes,
      importFile: (file) => {
        this.imported.push(file);
        this.contents.push(this.files.contentByPath.get(file.path)?.toString() ?? 'missing');
        if (this.failure !== null) return Promise.reject(this.failure);
        return Promise.resolve('session-1');
      },
      log: (text) => expect.unreachable(text),
    });
  }

  take(text: string, piece: Partial<UploadPiece> = {}) {
    return this.uploads.take(
      {
        ...{ upload: 'upload-1', fileName: 'a.ndjson.gz', offset: 0, last: false },
        ...{ venue: null, marketKind: null, base64: Buffer.from(text).toString('base64') },
        ...piece,
      },
      this.page,
    );
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }

  get paths(): readonly string[] {
    return [...this.files.contentByPath.keys()];
  }
}

test('pieces in order become one file, then a session, and nothing stays behind', async () => {
  const desk = new Desk();
  expect(await desk.take('one ')).toEqual({ received: 4, session: null });
  expect(await desk.take('two ', { offset: 4 })).toEqual({ received: 8, session: null });
  const venue = 'okx';
  const end = await desk.take('three', { offset: 8, last: true, venue, marketKind: 'spot' });
  expect(end).toEqual({ received: 13, session: 'session-1' });
  expect(desk.contents).toEqual(['one two three']);
  expect(desk.imported).toMatchObject([{ name: 'a', venue: 'okx', marketKind: 'spot' }]);
  expect([desk.paths, desk.files.openFiles]).toEqual([[], 0]);
});

test('a page that missed an answer sends its piece again and goes on where the host is', async () => {
  const desk = new Desk();
  await desk.take('one ');
  expect(await desk.take('one ')).toEqual({ received: 4, session: null });
  const pieces = [
    desk.take('two', { offset: 4, last: true }),
    desk.take('two', { offset: 4, last: true }),
  ];
  const end = { received: 7, session: 'session-1' };
  expect(await Promise.all(pieces)).toEqual([end, end]);
  expect(desk.contents).toEqual(['one two']);
});

test('a piece that leaves something out, or is of another file, is refused', async () => {
  const desk = new Desk();
  await expect(desk.take('x', { offset: 5 })).rejects.toThrow('beginning of this file');
  await desk.take('one ');
  await expect(desk.take('x', { offset: 9 })).rejects.toThrow('piece of this file is missing');
  await expect(desk.take('x', { offset: 4, fileName: 'b.gz' })).rejects.toThrow('is missing');
  expect(await desk.take('two', { offset: 4, last: true })).toMatchObject({ received: 7 });
  expect(desk.contents).toEqual(['one two']);
});

test('names are never paths', async () => {
  const names = ['../../etc/passwd', '/etc/cron.d/x.rec.zst', '..\\..\\boot.ini.gz', 'a/../../b'];
  const desk = new Desk();
  for (const [index, fileName] of ['..', ...names, `\u0000n\u202Ex.txt`].entries()) {
    await desk.take('x', { upload: `upload-${index}`, fileName, last: true });
  }
  for (const { path, name } of desk.imported) {
    expect(path).toMatch(/^\/profile\/recordings\/incoming\/[0-9a-f]{24}(\.[a-z]+){0,2}$/);
    expect(name).not.toMatch(/[\\/\p{C}]/u);
  }
  expect(desk.imported.map(({ name }) => name)).toEqual([
    '..',
    'passwd',
    'x',
    'boot.ini',
    'b',
    'nx',
  ]);
  expect(desk.files.calls.every((call) => call.includes(folder))).toBe(true);
});

test('all uploads together stay inside of the quota and of the disk', async () => {
  const desk = new Desk();
  await desk.take('x'.repeat(600));
  await expect(desk.take('x'.repeat(600), { upload: 'upload-2', fileName: 'b' })).rejects.toThrow(
    'imported and pinned sessions may take',
  );
  expect(await desk.take('x'.repeat(400), { offset: 600 })).toMatchObject({ received: 1000 });
  await expect(desk.take('x', { offset: 1000 })).rejects.toThrow('imported and pinned sessions');
  expect(desk.paths).toEqual([]);
  const full = new Desk({ freeBytes: () => 200 * 1024 * 1024 });
  await expect(full.take('x')).rejects.toThrow('too little room');
  expect([full.paths, full.files.openFiles]).toEqual([[], 0]);
});

test('four at once, and one more when one of them has ended', async () => {
  const desk = new Desk();
  for (let count = 1; count <= 4; count += 1) await desk.take('x', { upload: `upload-${count}` });
  await expect(desk.take('x', { upload: 'upload-5' })).rejects.toThrow('Wait for one of them');
  await desk.take('x', { upload: 'upload-2', offset: 1, last: true });
  expect(await desk.take('x', { upload: 'upload-5' })).toEqual({ received: 1, session: null });
});

test('abandoned ones are removed after ten minutes, and those of a former run at the start', async () => {
  const desk = new Desk({}, [`${folder}/old.gz`]);
  await desk.take('x');
  expect(desk.paths).toHaveLength(1);
  desk.clock.advance(9 * 60_000);
  await desk.take('y', { offset: 1 });
  desk.clock.advance(9 * 60_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(desk.paths).toHaveLength(1);
  desk.clock.advance(2 * 60_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect([desk.paths, desk.files.openFiles]).toEqual([[], 0]);
  await expect(desk.take('z', { offset: 2 })).rejects.toThrow('beginning of this file');
});

test('a cancelled upload is gone at once, also while a piece of it is written', async () => {
  const writing: { go: (() => void) | null } = { go: null };
  let isSlow = false;
  const desk = new Desk({
    before: (call) =>
      isSlow && call === 'write'
        ? new Promise((resolve) => {
            writing.go = resolve;
          })
        : undefined,
  });
  for (let count = 1; count <= 4; count += 1) await desk.take('x', { upload: `upload-${count}` });
  await desk.uploads.cancel('upload-1');
  expect(desk.paths).toHaveLength(3);
  expect(await desk.take('x', { upload: 'upload-5' })).toEqual({ received: 1, session: null });
  isSlow = true;
  const piece = desk.take('y', { upload: 'upload-2', offset: 1, last: true });
  const refused = expect(piece).rejects.toThrow('This import has ended');
  await eventually(() => expect(writing.go).not.toBeNull());
  const cancelled = desk.uploads.cancel('upload-2');
  writing.go?.();
  await refused;
  await cancelled;
  expect([desk.paths.length, desk.files.openFiles, desk.imported.length]).toEqual([3, 3, 0]);
  await desk.uploads.cancel('never-was');
});

test('what the page of a closed window sent goes soon, not what one that came back goes on with', async () => {
  const desk = new Desk();
  await desk.take('x');
  await desk.take('x', { upload: 'upload-2' });
  desk.page.isOpen = false;
  await desk.pass(59_000);
  expect(desk.paths).toHaveLength(2);
  desk.page = { isOpen: true };
  await desk.take('y', { offset: 1 });
  await desk.pass(40_000);
  expect([desk.paths.length, desk.files.openFiles]).toEqual([1, 1]);
  await desk.pass(5 * 60_000);
  const end = await desk.take('z', { offset: 2, last: true });
  expect(end).toEqual({ received: 3, session: 'session-1' });
  expect(desk.contents).toEqual(['xyz']);
});

test('closing waits for the piece that is being written, also of one that was cancelled', async () => {
  const disk: { go: (() => void)[]; isSlow: boolean } = { go: [], isSlow: false };
  const desk = new Desk({
    before: (call) =>
      disk.isSlow && call === 'statfs' ? new Promise((go) => disk.go.push(go)) : undefined,
  });
  await desk.take('x');
  await desk.take('x', { upload: 'upload-2' });
  disk.isSlow = true;
  const ended = [
    expect(desk.take('y', { offset: 1 })).rejects.toThrow('has ended'),
    expect(desk.take('y', { upload: 'upload-2', offset: 1 })).rejects.toThrow('has ended'),
  ];
  await eventually(() => expect(disk.go).toHaveLength(2));
  void desk.uploads.cancel('upload-1');
  await Promise.resolve();
  let isClosed = false;
  const closing = desk.uploads.close().then(() => {
    isClosed = true;
  });
  disk.go[1]?.();
  await ended[1];
  await desk.pass(0);
  expect(isClosed).toBe(false);
  disk.go[0]?.();
  await Promise.all([closing, ...ended]);
  expect([desk.paths, desk.files.openFiles]).toEqual([[], 0]);
});

test('what cannot be imported or written is said, and leaves nothing', async () => {
  const desk = new Desk();
  desk.failure = new RecordingError('Say which.', ['spot', 'linear']);
  await expect(desk.take('x', { last: true })).rejects.toBe(desk.failure);
  desk.failure = null;
  expect(await desk.take('x', { last: true })).toMatchObject({ session: 'session-1' });
  const failing = new Desk({
    before: (call) => {
      if (call === 'write') throw new Error('EIO');
    },
  });
  await expect(failing.take('x')).rejects.toThrow('could not be kept (EIO)');
  expect([failing.paths, failing.files.openFiles]).toEqual([[], 0]);
  await desk.take('x', { upload: 'upload-9' });
  await desk.uploads.close();
  expect(desk.paths).toEqual([]);
  await expect(desk.take('x', { upload: 'upload-8' })).rejects.toThrow('being closed');
});
