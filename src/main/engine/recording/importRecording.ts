import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionSource } from '../../../shared/recordings.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { FilesPort } from '../ports/files.ts';
import type { ImportedLines, LinesImport } from './importLines.ts';
import { importLines } from './importLines.ts';
import { importSegments } from './importSegments.ts';
import { packSegment } from './packSegment.ts';
import { firstContent } from './tardisLines.ts';
import { RecordingError } from './recordingError.ts';
import type { RecordedSession, RecordingLibrary } from './recordingLibrary.ts';
import { segmentName } from './recordingLibrary.ts';
import { segmentMagic } from './segmentFormat.ts';
import { SessionDraft } from './sessionDraft.ts';
import type { SnapshotNote } from './snapshotNotes.ts';
import { baseName } from './snapshotNotes.ts';
import { watchImport } from './watchImport.ts';

export interface ImportOptions {
  /** Files, or the folder of one session. */
  readonly paths: readonly string[];
  /** Null: found from the frames. */
  readonly venue: VenueId | null;
  readonly marketKind: 'spot' | 'linear' | null;
  readonly library: RecordingLibrary;
  readonly files: FilesPort;
  /** Null: after the files. */
  readonly name: string | null;
  readonly appVersion: string;
  /** Beside those that lie next to a file under its name. */
  readonly snapshots?: readonly SnapshotNote[];
  /** From 0 to 1. */
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
  readonly pack?: (path: string) => Promise<void>;
  readonly watch?: LinesImport['watch'];
}

/**
 * Makes a session of recorded files: segments of ours are checked and copied, "TIME FRAME" lines are played through the
 * engine and written as it heard them. Throws `RecordingError` with what to do; then nothing of it stays.
 */
export async function importRecording(options: ImportOptions): Promise<RecordedSession> {
  const paths = options.paths.flatMap((path) => filesAt(path));
  if (paths.length === 0) throw new RecordingError('There is no file to import.');
  const isNative = await areSegments(paths);
  const draft = await told(options, () => SessionDraft.open(options.library, options.files));
  try {
    return await told(options, async () => {
      const made = isNative
        ? {
            ...(await importSegments(paths, draft.folder, options.files, (done) =>
              pause(options, done),
            )),
            problem: null,
          }
        : await importFrames(options, paths, draft.folder);
      pause(options, 1);
      const name = options.name ?? nameOf(paths, isNative);
      // Its time lies before all that was recorded here: the quota would take it first.
      return draft.finish({ ...made, name, pinned: true });
    });
  } catch (error) {
    await draft.discard();
    throw error;
  }
}

async function importFrames(
  options: ImportOptions,
  paths: readonly string[],
  folder: string,
): Promise<ImportedLines & { readonly source: SessionSource }> {
  const { files, appVersion, venue, marketKind } = options;
  const made = await importLines({
    ...{ paths, folder, files, appVersion, hint: { venue, marketKind } },
    snapshots: options.snapshots ?? [],
    pack: options.pack ?? ((path) => packSegment(path, files)),
    onPause: (done) => pause(options, done),
    watch: options.watch ?? watchImport(files),
  });
  return { source: 'imported', ...made };
}

function pause({ signal, onProgress }: ImportOptions, done: number): void {
  if (signal?.aborted === true) throw new RecordingError('The import was cancelled.');
  onProgress?.(Math.min(1, done));
}

/** What the disk says, in words that say what to do. */
async function told<Result>(
  { library }: ImportOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RecordingError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RecordingError(
      `The import into ${library.folder} failed (${reason}). Nothing of it was kept; make room or choose another profile, then import again.`,
    );
  }
}

function filesAt(path: string): readonly string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new RecordingError(`${path}: there is no such file.`);
  if (!found.isDirectory()) return [path];
  const names = readdirSync(path).sort();
  const segments = names.filter((name) => segmentName.test(name));
  if (segments.length === 0) {
    throw new RecordingError(`${path} is a folder without segments; name the files to import.`);
  }
  // While one is packed both are there; the plain one is whole until it is removed.
  const plain = new Set(segments.filter((name) => name.endsWith('.rec')));
  const kept = segments.filter(
    (name) => plain.has(name) || !plain.has(name.replace(/\.(zst|gz)$/, '')),
  );
  return kept.map((name) => join(path, name));
}

/** All of them or none. */
async function areSegments(paths: readonly string[]): Promise<boolean> {
  let native: string | null = null;
  let other: string | null = null;
  for (const path of paths) {
    const begin = await firstContent(path, segmentMagic.length);
    if (begin.equals(segmentMagic)) native = path;
    else other = path;
    if (native !== null && other !== null) {
      throw new RecordingError(
        `${native} is a segment of Truetape, ${other} is not. Import them one after the other.`,
      );
    }
  }
  return native !== null;
}

function nameOf(paths: readonly string[], isNative: boolean): string {
  if (isNative) return '';
  const names = paths.map((path) => baseName(path));
  return names.length <= 2 ? names.join(' + ') : `${names[0] ?? ''} + ${names.length - 1} more`;
}
