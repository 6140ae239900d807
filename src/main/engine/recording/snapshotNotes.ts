import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';
import { RecordingError } from './recordingError.ts';
import { readRecordedText } from './tardisLines.ts';

/** A REST answer that a book was joined from. */
export interface SnapshotNote {
  readonly symbol: string;
  /** Absent: the one that has the symbol. */
  readonly venue?: VenueId | undefined;
  readonly file: string;
  /** Lines before it; the answer came before the next one. */
  readonly atLine: number;
}

const notesSchema = v.object({
  version: v.literal(1),
  snapshots: v.pipe(
    v.array(
      v.object({
        symbol: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
        venue: v.optional(v.picklist(venueIds)),
        /** In the same folder. */
        file: v.pipe(v.string(), v.regex(/^[^/\\\0]{1,200}$/)),
        atLine: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      }),
    ),
    v.maxLength(100_000),
  ),
});
export type SnapshotNotes = v.InferOutput<typeof notesSchema>;

/** `btcusdt.ndjson.gz`: `btcusdt`. */
export function baseName(file: string): string {
  return basename(file).replace(/(\.ndjson|\.jsonl|\.txt)?(\.gz|\.zst)?$/, '');
}

export function notesPath(file: string): string {
  return join(dirname(file), `${baseName(file)}.snapshots.json`);
}

/** Those that were written beside a recording; empty where there are none. */
export async function readSnapshotNotes(file: string): Promise<readonly SnapshotNote[]> {
  const path = notesPath(file);
  if (path === file || !existsSync(path)) return [];
  const text = await readRecordedText(path);
  try {
    const { snapshots } = v.parse(notesSchema, JSON.parse(text));
    return snapshots.map((note) => ({ ...note, file: join(dirname(file), note.file) }));
  } catch {
    throw new RecordingError(
      `${path} does not name snapshots as Truetape writes them. Move it away to import without.`,
    );
  }
}
