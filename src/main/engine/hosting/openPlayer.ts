import type { ClockPort } from '../ports/clock.ts';
import type { RecordedSession } from '../recording/recordingLibrary.ts';
import { RecordingReader } from '../recording/recordingReader.ts';
import { SessionPlayer } from '../replay/sessionPlayer.ts';

export async function openSessionPlayer(
  session: RecordedSession,
  clock: ClockPort,
): Promise<SessionPlayer> {
  const reader = await RecordingReader.open(session.segments.map(({ path }) => path));
  return new SessionPlayer({
    id: session.id,
    reader,
    endTime: session.endTime ?? clock.wallMs(),
    clock,
  });
}
