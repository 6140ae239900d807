import { RecordingError } from '../recording/recordingError.ts';

/** Nothing was exported. `message` is for a person, and says what to do. */
export class ExportError extends RecordingError {}

const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Make room or choose another folder',
  EDQUOT: 'the disk quota is used up. Make room or choose another folder',
  EACCES: 'access is denied. Choose another folder',
  EPERM: 'access is denied. Choose another folder',
  EROFS: 'the disk is read-only. Choose another folder',
  ENOENT: 'the folder does not exist. Create it or choose another one',
  ENOTDIR: 'the folder is a file. Choose another one',
  ENAMETOOLONG: 'the name is too long. Choose a shorter one',
};

/** One sentence for whatever went wrong with the files. */
export function problemOf(error: unknown): string {
  if (error instanceof RecordingError) return error.message;
  if (!(error instanceof Error)) return `Nothing was exported: ${String(error)}.`;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const [line = ''] = error.message.split('\n', 1);
  return `Nothing was exported: ${advice[code] ?? line.replace(/\.$/, '')}.`;
}
