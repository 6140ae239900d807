import { dirname } from 'node:path';
import { stat } from 'node:fs/promises';
import type { ClockPort } from '../ports/clock.ts';
import { systemFiles } from '../ports/files.ts';
import { describeLosses, readLosses } from '../recording/recordedLosses.ts';
import { RecordingError } from '../recording/recordingError.ts';
import type { RecordedSession } from '../recording/recordingLibrary.ts';
import { RecordingLibrary } from '../recording/recordingLibrary.ts';
import { RecordingReader } from '../recording/recordingReader.ts';
import type { LoopShare } from './loopShare.ts';
import { SessionPlayer } from './sessionPlayer.ts';

/** A session without an end whose newest segment has not grown for so long was killed. */
const silentMs = 10_000;

/**
 * A player at the beginning of a session: finished, killed, or one that is still being recorded, whose end moves on while it is
 * open. `isWritten`: this process writes it, also while it waits for room. Throws `RecordingError` with a text for a person
 * where nothing can be played.
 */
export async function openSessionPlayer(
  session: RecordedSession,
  clock: ClockPort,
  share?: LoopShare,
  isWritten: () => boolean = () => false,
): Promise<SessionPlayer> {
  const { id, name, source } = session;
  const reader = await RecordingReader.open(pathsOf(session));
  const isActive = await isBeingWritten(session, isWritten);
  const endTime = (await reader.lastTime()) ?? session.endTime ?? session.startTime;
  let missing = describeLosses(await readLosses(session));
  let segments = session.segments.length;
  const library = new RecordingLibrary(systemFiles, dirname(session.folder));
  const player = new SessionPlayer({
    session: { id, name, source },
    ...{ reader, endTime, clock, isActive },
    ...(share === undefined ? {} : { share }),
    missing: () => missing,
    growth: async () => {
      const newest = await library.open(id);
      if (newest === null) return { paths: [], isActive: false };
      // What was lost begins a segment.
      if (newest.segments.length !== segments) missing = describeLosses(await readLosses(newest));
      segments = newest.segments.length;
      return { paths: pathsOf(newest), isActive: await isBeingWritten(newest, isWritten) };
    },
  });
  await player.seek(session.startTime);
  const { problem } = player.state;
  if (player.view.sequence === 0 && problem !== null && problem !== missing) {
    player.close();
    throw new RecordingError(problem);
  }
  return player;
}

function pathsOf({ segments }: RecordedSession): readonly string[] {
  return segments.map(({ path }) => path);
}

async function isBeingWritten(
  session: RecordedSession,
  isWritten: () => boolean,
): Promise<boolean> {
  if (session.endTime !== null) return false;
  if (isWritten()) return true;
  const last = session.segments.at(-1);
  if (last === undefined || last.isPacked) return false;
  const written = await stat(last.path).catch(() => null);
  return written !== null && Date.now() - written.mtimeMs < silentMs;
}
