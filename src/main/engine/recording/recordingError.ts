/** The file is missing, damaged, or not a recording. `message` is for a person. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}
