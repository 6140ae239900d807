/** Segments of ours, and lines in the form of Tardis, plain or packed. */
const names = /\.(rec|ndjson)(\.(zst|gz))?$/i;

/** For the chooser of a browser, which knows last endings only. */
export const recordingFileTypes = '.rec,.ndjson,.zst,.gz';

export const recordingFileWords =
  'Recordings end in .rec, .rec.zst or .rec.gz, lines of Tardis in .ndjson, .ndjson.gz or .ndjson.zst.';

/** Null: it may be one. What the file really is, its bytes tell the host. */
export function recordingFileProblem(file: Pick<File, 'name' | 'size'>): string | null {
  if (!names.test(file.name)) return `${file.name} is no recording. ${recordingFileWords}`;
  if (file.size === 0) return `${file.name} is empty: nothing can be read from it.`;
  return null;
}
