import type { AppendFile, FilesPort } from '../ports/files.ts';
import { buildTimeline } from '../recording/buildTimeline.ts';
import type { RecordedLoss } from '../recording/recordedLosses.ts';
import { noteLosses } from '../recording/recordedLosses.ts';
import type { RecordedSession } from '../recording/recordingLibrary.ts';
import { SessionTimeline } from '../recording/sessionTimeline.ts';

/** Marks and course of a session; what it has none of yet is made of its records. Throws `RecordingError`, and the reason of an abort. */
export async function readTimeline(
  session: RecordedSession,
  losses: readonly RecordedLoss[],
  files: FilesPort,
  signal: AbortSignal,
): Promise<SessionTimeline> {
  const timeline = await SessionTimeline.open(unwritten(files), session.folder);
  if (!timeline.isComplete && session.segments.length > 0) {
    await buildTimeline(session, timeline, { signal });
    signal.throwIfAborted();
  }
  noteLosses(losses, timeline);
  return timeline;
}

/** The file beside the session may have a writer, and an export changes nothing of what it reads. */
function unwritten(files: FilesPort): FilesPort {
  const done = (): Promise<void> => Promise.resolve();
  const nowhere: AppendFile = { write: done, sync: done, close: done };
  return {
    create: () => Promise.resolve(nowhere),
    append: () => Promise.resolve(nowhere),
    ...{ makeFolder: done, rename: done, remove: done, removeFolder: done, syncFolder: done },
    list: (folder) => files.list(folder),
    sizeOf: (path) => files.sizeOf(path),
    read: (path) => files.read(path),
    freeBytes: (folder) => files.freeBytes(folder),
  };
}
