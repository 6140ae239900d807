import { basename } from 'node:path';
import { RecordingError } from '../recording/recordingError.ts';
import type { DamagedSegment } from '../recording/recordingReader.ts';

/** Why a replay cannot go on, for a person. */
export function describeFailure(error: unknown): string {
  if (error instanceof RecordingError) return error.message;
  const reason = error instanceof Error ? error.message : String(error);
  return `The replay cannot go on here: ${reason}. Jump to another time to go on.`;
}

/** Null: everything that was read so far is whole. */
export function describeDamages(damages: readonly DamagedSegment[]): string | null {
  const [first] = damages;
  if (first === undefined) return null;
  const place = `${basename(first.path)} is damaged at byte ${first.offset} (${first.reason})`;
  const others = damages.length === 1 ? '' : ` There are ${damages.length} such places.`;
  return `${place}; what follows it there is missing, and the replay goes on with the next segment.${others}`;
}
