import { expect } from 'vitest';
import { systemClock } from '../../src/main/engine/ports/clock.ts';
import type { RecordedSession } from '../../src/main/engine/recording/recordingLibrary.ts';
import { RecordingReader } from '../../src/main/engine/recording/recordingReader.ts';
import { SessionPlayer } from '../../src/main/engine/replay/sessionPlayer.ts';
import { verifySession } from '../../src/main/engine/replay/verifySession.ts';

/** Three replays, and seeks to times drawn from a seed, have the state of the run that was written down. */
export async function expectSameStates(
  session: RecordedSession,
  seeks: number,
  seed: number,
): Promise<void> {
  const verification = await verifySession(session, 3);
  expect(verification.damages).toEqual([]);
  expect(verification.live).not.toBeNull();
  expect(verification.hashes).toHaveLength(3);
  expect(new Set([verification.live?.hash, ...verification.hashes]).size).toBe(1);
  const sought = await seekAround(session, seeks, seed);
  await expectOnTheWay(session, sought);
}

/** State hash by the number of inputs that are in it. */
async function seekAround(
  session: RecordedSession,
  seeks: number,
  seed: number,
): Promise<ReadonlyMap<number, string>> {
  const player = await openPlayer(session);
  const hashes = new Map<number, string>();
  const { startTime, endTime } = player.state;
  let draw = seed;
  for (let count = 0; count < seeks; count += 1) {
    draw = (draw * 48_271) % 2_147_483_647;
    await player.seek(startTime + ((endTime - startTime) * draw) / 2_147_483_647);
    hashes.set(player.state.inputs, player.stateHash());
  }
  player.close();
  return hashes;
}

async function expectOnTheWay(
  session: RecordedSession,
  hashes: ReadonlyMap<number, string>,
): Promise<void> {
  const player = await openPlayer(session);
  let compared = 0;
  await player.playThrough(() => {
    const hash = hashes.get(player.state.inputs);
    if (hash === undefined) return;
    expect(player.stateHash()).toBe(hash);
    compared += 1;
  });
  player.close();
  expect(compared).toBe(hashes.has(0) ? hashes.size - 1 : hashes.size);
}

export async function openPlayer(session: RecordedSession): Promise<SessionPlayer> {
  const reader = await RecordingReader.open(session.segments.map(({ path }) => path));
  const endTime = session.endTime ?? Number.POSITIVE_INFINITY;
  return new SessionPlayer({ session, reader, endTime, clock: systemClock });
}
