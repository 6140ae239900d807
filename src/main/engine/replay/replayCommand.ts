import { basename, dirname, resolve } from 'node:path';
import { systemFiles } from '../ports/files.ts';
import type { RecordedSession } from '../recording/recordingLibrary.ts';
import { RecordingLibrary } from '../recording/recordingLibrary.ts';
import { RecordingError } from '../recording/recordingError.ts';
import type { Verification } from './verifySession.ts';
import { verifySession } from './verifySession.ts';

export interface ReplayRequest {
  /** Of all sessions of a profile. */
  readonly folder: string;
  /** An id in it, or the folder of a session anywhere; null: list them. */
  readonly session: string | null;
  readonly rounds: number;
}

/** `truetape replay`: what was recorded, and whether it plays to the same state each time. Resolves with the exit code. */
export async function runReplay(
  request: ReplayRequest,
  write: (text: string) => void,
): Promise<number> {
  if (request.session === null) {
    const sessions = await new RecordingLibrary(systemFiles, request.folder).list();
    for (const session of sessions) write(`${describe(session)}\n`);
    if (sessions.length === 0) write(`No recordings in ${request.folder}.\n`);
    return 0;
  }
  const session = await find(request.folder, request.session);
  write(`${describe(session)}\n`);
  const verification = await verifySession(session, request.rounds);
  write(report(verification, request.rounds));
  return verification.isEqual && verification.damages.length === 0 ? 0 : 1;
}

async function find(folder: string, name: string): Promise<RecordedSession> {
  const known = await new RecordingLibrary(systemFiles, folder).open(name);
  if (known !== null) return known;
  const path = resolve(name);
  const elsewhere = await new RecordingLibrary(systemFiles, dirname(path)).open(basename(path));
  if (elsewhere !== null) return elsewhere;
  throw new RecordingError(
    `${name} is no recorded session. See what there is with: truetape replay`,
  );
}

function describe({ id, name, startTime, endTime, segments, bytes }: RecordedSession): string {
  const started = new Date(startTime).toISOString().slice(0, 19).replace('T', ' ');
  const length = endTime === null ? 'no end' : `${Math.round((endTime - startTime) / 1000)} s`;
  const size = `${(bytes / 1_048_576).toFixed(1)} MiB in ${segments.length} segments`;
  return `${id}  ${started} UTC, ${length}, ${size}${name === '' ? '' : `, ${name}`}`;
}

function report(verification: Verification, rounds: number): string {
  const { inputs, hashes, live, damages, inputsPerSec, isEqual } = verification;
  const lines = damages.map(
    ({ path, offset, reason }) => `damaged: ${path} at ${offset}, ${reason}`,
  );
  lines.push(`${inputs} inputs, ${Math.round(inputsPerSec)} a second`, `state ${hashes[0] ?? ''}`);
  if (!isEqual) {
    lines.push(live === null ? 'the replays differ:' : 'differs from the live run:');
    lines.push(...hashes.map((hash) => `  ${hash}`));
    if (live !== null) lines.push(`  ${live.hash} after ${live.inputs} inputs, live`);
  } else if (live === null) {
    lines.push(`equal in ${rounds} replays; the session was not ended, so there is no live state`);
  } else lines.push(`equal in ${rounds} replays and in the live run`);
  return `${lines.join('\n')}\n`;
}
