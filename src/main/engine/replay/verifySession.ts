import { systemClock } from '../ports/clock.ts';
import type { RecordedLoss } from '../recording/recordedLosses.ts';
import { readLosses } from '../recording/recordedLosses.ts';
import type { RecordedSession } from '../recording/recordingLibrary.ts';
import type { DamagedSegment } from '../recording/recordingReader.ts';
import { RecordingReader } from '../recording/recordingReader.ts';
import { SessionPlayer } from './sessionPlayer.ts';

export interface Verification {
  readonly inputs: number;
  readonly hashes: readonly string[];
  /** Of the live run at its end; null when it was killed. */
  readonly live: { readonly inputs: number; readonly hash: string } | null;
  readonly damages: readonly DamagedSegment[];
  /** What the recording does not hold: the replays agree without it. */
  readonly losses: readonly RecordedLoss[];
  readonly inputsPerSec: number;
  /** All replays agree, with the live run too where its hash is known. */
  readonly isEqual: boolean;
}

/** Plays a session several times from its start to its end. Throws `RecordingError`. */
export async function verifySession(
  session: RecordedSession,
  rounds: number,
): Promise<Verification> {
  const hashes: string[] = [];
  let inputs = 0;
  let reader = await RecordingReader.open(session.segments.map(({ path }) => path));
  const started = systemClock.monotonicMs();
  let handled = 0;
  for (let round = 0; round < rounds; round += 1) {
    reader = await RecordingReader.open(session.segments.map(({ path }) => path));
    const endTime = Number.POSITIVE_INFINITY;
    const player = new SessionPlayer({ session, reader, endTime, clock: systemClock });
    await player.playThrough(() => {
      handled += 1;
    });
    hashes.push(player.stateHash());
    inputs = player.state.inputs;
    player.close();
  }
  const elapsedMs = systemClock.monotonicMs() - started;
  const live = reader.liveEnd;
  const isSame = hashes.every((hash) => hash === hashes[0]);
  return {
    inputs,
    hashes,
    live,
    damages: reader.damages,
    losses: await readLosses(session),
    inputsPerSec: (handled / elapsedMs) * 1000,
    isEqual: isSame && (live === null || (live.hash === hashes[0] && live.inputs === inputs)),
  };
}
