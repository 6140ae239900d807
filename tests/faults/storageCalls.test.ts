import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { systemFiles } from '../../src/main/engine/ports/files.ts';
import { exportTardis } from '../../src/main/engine/recording/exportTardis.ts';
import { importRecording } from '../../src/main/engine/recording/importRecording.ts';
import type { RecordedSession } from '../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingLibrary } from '../../src/main/engine/recording/recordingLibrary.ts';
import { openStorage } from '../../src/main/engine/storage/storage.ts';
import { StorageError } from '../../src/main/engine/storage/storageErrors.ts';
import { FaultyFiles } from '../support/faultyFiles.ts';
import { recordEngine } from '../support/recordEngine.ts';
import { framesOf } from '../support/sessionFrames.ts';

// Each piece of work is tried with its first file call failing, then with its second, until it runs through.

let root = '';
let made: RecordedSession;
let lines = '';
let frameCounts = [0, 0];
let folders = 0;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'truetape-calls-'));
  const library = new RecordingLibrary(systemFiles, join(root, 'recordings'));
  made = await recordEngine(library, {}, (engine) => {
    engine.want(['BTC-USDT']);
    engine.run(400);
  });
  lines = join(root, 'lines.ndjson');
  const frames = (await framesOf(made)).filter(({ text }) => text.includes('@trade"'));
  frameCounts = [3, (await framesOf(made)).length];
  const time = '2026-01-02T03:04:05.000125Z';
  writeFileSync(
    lines,
    frames
      .slice(0, 3)
      .map(({ text }) => `${time} ${text}\n`)
      .join(''),
  );
});
afterAll(() => rmSync(root, { recursive: true }));

interface Attempt {
  readonly files: FaultyFiles;
  readonly folder: string;
}

/** The number of calls that were made to fail; each time `work` rejects or copes, then `check` looks at what is left. */
async function failEach(
  work: (attempt: Attempt) => Promise<unknown>,
  check: (attempt: Attempt, failure: unknown, call: string) => Promise<void> | void,
): Promise<number> {
  for (let failing = 1; ; failing += 1) {
    const files = new FaultyFiles();
    folders += 1;
    const folder = join(root, `attempt-${folders}`);
    await systemFiles.makeFolder(folder);
    let failed = '';
    files.before = (call, number) => {
      if (number !== failing) return;
      failed = files.calls.at(-1) ?? call;
      throw new Error('EIO: i/o error');
    };
    const failure = await work({ files, folder }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(files.openFiles, failed).toBe(0);
    await check({ files, folder }, failure, failed);
    rmSync(folder, { recursive: true });
    if (failed === '') return failing - 1;
  }
}

test('[S05] whichever call of an import fails, nothing of it stays, and the next one works', async () => {
  const start = async ({ files, folder }: Attempt, paths: readonly string[]) => {
    const library = new RecordingLibrary(files, folder);
    const how = { venue: null, marketKind: null, name: null, appVersion: '1.2.3' } as const;
    return importRecording({ ...how, paths, library, files });
  };
  const sources = [[lines], made.segments.map(({ path }) => path)];
  for (const [index, paths] of sources.entries()) {
    const failures = await failEach(
      (attempt) => start(attempt, paths),
      async (attempt, failure, call) => {
        const library = new RecordingLibrary(systemFiles, attempt.folder);
        const sessions = await library.list();
        if (failure !== null) {
          expect(failure, call).toMatchObject({ name: 'RecordingError' });
          // Where the disk took back what was said to be there, the session is whole or away.
          for (const session of sessions) {
            expect((await framesOf(session)).length, call).toBe(frameCounts[index]);
          }
          attempt.files.before = () => undefined;
          await start(attempt, paths);
        }
        const whole = await library.list();
        expect(whole.length, call).toBe(failure === null ? 1 : sessions.length + 1);
        const left = readdirSync(attempt.folder).filter((name) => name.endsWith('.part'));
        expect(left.length, call).toBeLessThanOrEqual(
          call.startsWith('rm') || call.startsWith('list') ? 1 : 0,
        );
      },
    );
    expect(failures).toBeGreaterThan(10);
  }
});

test('[S05] whichever call of an export of frames fails, no file is there, and the next one works', async () => {
  const start = ({ files, folder }: Attempt) => {
    const selection = { from: null, to: null, venue: null };
    return exportTardis({ session: made, selection, path: join(folder, 'out.ndjson.gz'), files });
  };
  const failures = await failEach(start, async (attempt, failure, call) => {
    const { folder, files } = attempt;
    if (failure !== null) {
      expect(failure, call).toMatchObject({ name: 'RecordingError' });
      expect(readdirSync(folder), call).toEqual([]);
      files.before = () => undefined;
      await start(attempt);
    }
    expect(existsSync(join(folder, 'out.ndjson.gz')), call).toBe(true);
    expect(
      readdirSync(folder).filter((name) => name.endsWith('.part')),
      call,
    ).toEqual([]);
  });
  expect(failures).toBeGreaterThan(15);
});

test('[S05] whichever call of the library fails, a session is as it was or as it should be', async () => {
  const work = async ({ files, folder }: Attempt) => {
    const library = new RecordingLibrary(files, folder);
    const { id } = await library.create('live', Date.UTC(2026, 0, 2));
    await library.change(id, { name: 'first', pinned: true });
    await library.change(id, { name: 'second', endTime: 5 });
    const session = await library.open(id);
    if (session !== null) await library.delete(session);
  };
  const failures = await failEach(work, async ({ folder }, failure, call) => {
    const sessions = await new RecordingLibrary(systemFiles, folder).list();
    for (const { name, pinned } of sessions) {
      expect(
        [
          ['', false],
          ['first', true],
          ['second', true],
        ],
        call,
      ).toContainEqual([name, pinned]);
    }
    if (failure === null && call === '') expect(readdirSync(folder)).toEqual([]);
  });
  expect(failures).toBeGreaterThan(20);
});

test('[S05] whichever call to the settings fails, the error is clear, what was saved stays, and the next start works', () => {
  const profile = join(root, 'profile');
  const first = openStorage(profile);
  first.changeSettings({ theme: 'light' });
  first.saveWorkspace('main', 'before');
  first.close();
  const calls = { made: 0, failing: 0, isReal: true };
  const counted = <Owner extends object>(owner: Owner, name: keyof Owner & string): void => {
    const real: unknown = Reflect.get(owner, name);
    if (typeof real !== 'function') throw new Error(`no such call: ${name}`);
    vi.spyOn(owner, name as never).mockImplementation(function (
      this: unknown,
      ...given: unknown[]
    ) {
      calls.made += 1;
      if (calls.made === calls.failing) throw new Error('disk I/O error');
      return Reflect.apply(real, this, given) as never;
    } as never);
  };
  counted(DatabaseSync.prototype, 'exec');
  counted(DatabaseSync.prototype, 'prepare');
  counted(StatementSync.prototype, 'run');
  counted(StatementSync.prototype, 'all');
  counted(StatementSync.prototype, 'get');
  try {
    for (calls.failing = 1; ; calls.failing += 1) {
      calls.made = 0;
      const failure = caught(() => {
        const storage = openStorage(profile);
        try {
          storage.changeSettings({ density: 'comfortable' });
          storage.saveWorkspace('main', 'after');
          storage.saveLink({ group: 1, market: 'BTC-USDT', interval: '1m' });
        } finally {
          storage.close();
        }
      });
      const isOver = calls.made < calls.failing;
      calls.made = Number.NEGATIVE_INFINITY;
      const again = openStorage(profile);
      if (failure !== null) expect(failure).toBeInstanceOf(StorageError);
      expect(again.loadWorkspace('main')).toMatch(/^(before|after)$/);
      expect(again.loadSettings().theme).toBe('light');
      again.saveWorkspace('main', 'before');
      again.close();
      if (isOver) break;
    }
  } finally {
    vi.restoreAllMocks();
  }
  expect(calls.failing).toBeGreaterThan(8);
});

function caught(run: () => void): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return error;
  }
}
