import { join } from 'node:path';
import type { FilesPort } from '../ports/files.ts';
import type { RecordedSession, RecordingLibrary, SessionDescription } from './recordingLibrary.ts';

const draftName = /^import-(\d+)-\d+\.part$/;
let drafts = 0;

/** A folder that becomes a session only when everything is in it; until then no list shows it. */
export class SessionDraft {
  readonly folder: string;
  private readonly library: RecordingLibrary;
  private readonly files: FilesPort;

  private constructor(library: RecordingLibrary, files: FilesPort, folder: string) {
    this.library = library;
    this.files = files;
    this.folder = folder;
  }

  static async open(library: RecordingLibrary, files: FilesPort): Promise<SessionDraft> {
    await files.makeFolder(library.folder);
    await removeAbandoned(library, files);
    drafts += 1;
    const folder = join(library.folder, `import-${process.pid}-${drafts}.part`);
    const draft = new SessionDraft(library, files, folder);
    await files.makeFolder(folder);
    return draft;
  }

  finish(description: SessionDescription): Promise<RecordedSession> {
    return this.library.adopt(this.folder, description);
  }

  /** What cannot be removed now goes with the next start or import. */
  async discard(): Promise<void> {
    await removeFolder(this.files, this.folder).catch(() => undefined);
  }
}

/** Of programs that were killed while they imported. */
export async function removeAbandoned(library: RecordingLibrary, files: FilesPort): Promise<void> {
  for (const name of await files.list(library.folder).catch(() => [])) {
    const pid = draftName.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    await removeFolder(files, join(library.folder, name)).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function removeFolder(files: FilesPort, folder: string): Promise<void> {
  for (const name of await files.list(folder)) await files.remove(join(folder, name));
  await files.removeFolder(folder);
}
