import { systemFiles } from '../ports/files.ts';
import { importRecording } from '../recording/importRecording.ts';
import { RecordingError } from '../recording/recordingError.ts';
import type { RecordedSession, RecordingLibrary } from '../recording/recordingLibrary.ts';
import type { UploadedFile } from './uploads.ts';

export interface ImportTarget {
  readonly library: RecordingLibrary;
  readonly appVersion: string;
  readonly signal: AbortSignal;
}

/** A session of a file that a page sent. Throws `RecordingError` in words that name the file as the person does. */
export async function importUpload(
  { path, fileName, name, venue, marketKind }: UploadedFile,
  { library, appVersion, signal }: ImportTarget,
): Promise<RecordedSession> {
  try {
    return await importRecording({
      ...{ paths: [path], venue, marketKind, library, files: systemFiles, appVersion, signal },
      // A segment of ours is named by its number, which says nothing.
      name: /^\d{6}$/.test(name) ? '' : name,
    });
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    const words = error.message.replaceAll(path, fileName).replace(/ with --\w+/, '');
    throw new RecordingError(words, error.choices);
  }
}
