import { basename, dirname, resolve } from 'node:path';
import type { EpochMs } from '../../../shared/market.ts';
import { systemFiles } from '../ports/files.ts';
import { RecordingError } from '../recording/recordingError.ts';
import { RecordingLibrary } from '../recording/recordingLibrary.ts';
import type { RecordedSession } from '../recording/recordingLibrary.ts';
import { RecordingReader } from '../recording/recordingReader.ts';

/** By its id in the profile, or by its folder anywhere. */
export async function findSession(
  library: RecordingLibrary | null,
  name: string,
): Promise<{ readonly session: RecordedSession; readonly library: RecordingLibrary }> {
  const known = (await library?.open(name)) ?? null;
  if (library !== null && known !== null) return { session: known, library };
  const path = resolve(name);
  const elsewhere = new RecordingLibrary(systemFiles, dirname(path));
  const session = await elsewhere.open(basename(path));
  if (session !== null) return { session, library: elsewhere };
  throw new RecordingError(
    `${name} is no recorded session. See what there is with: truetape replay`,
  );
}

/** Of a session whose program was killed. */
export async function lastTimeOf({ segments }: RecordedSession): Promise<EpochMs | null> {
  if (segments.length === 0) return null;
  const reader = await RecordingReader.open(segments.map(({ path }) => path));
  return reader.lastTime();
}
