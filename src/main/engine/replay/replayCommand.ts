import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { systemFiles } from '../ports/files.ts';
import type { ImportOptions } from '../recording/importRecording.ts';
import { importRecording } from '../recording/importRecording.ts';
import { RecordingError } from '../recording/recordingError.ts';
import { describeLoss } from '../recording/recordedLosses.ts';
import type { RecordedSession } from '../recording/recordingLibrary.ts';
import { RecordingLibrary } from '../recording/recordingLibrary.ts';
import type { Verification } from './verifySession.ts';
import { verifySession } from './verifySession.ts';

/** How files are to be read, as `importRecording` wants it. */
export type ReadFiles = Pick<
  ImportOptions,
  'venue' | 'marketKind' | 'snapshots' | 'appVersion' | 'signal'
>;

export interface OpenedRecording {
  readonly session: RecordedSession;
  /** What was imported for it alone goes. */
  close(): Promise<void>;
}

type Write = (text: string) => void;

/** `truetape replay`: what was recorded in a profile. */
export async function listSessions(folder: string, write: Write): Promise<void> {
  const sessions = await new RecordingLibrary(systemFiles, folder).list();
  for (const session of sessions) write(`${describe(session)}\n`);
  if (sessions.length === 0) write(`No recordings in ${folder}.\n`);
}

/** `truetape replay --verify`: whether it plays to the same state each time. Resolves with the exit code. */
export async function verifyRecording(
  session: RecordedSession,
  rounds: number,
  write: Write,
): Promise<number> {
  write(`${describe(session)}\n`);
  const verification = await verifySession(session, rounds);
  write(report(verification, rounds));
  const { isEqual, damages, losses } = verification;
  // What the recorder told as lost is no fault of the files.
  const isReadable = damages.length === 0 && losses.every(({ reason }) => reason !== 'unreadable');
  return isEqual && isReadable ? 0 : 1;
}

/** `truetape import`: files into the recordings of a profile. */
export async function importFiles(
  paths: readonly string[],
  folder: string,
  how: ReadFiles & Pick<ImportOptions, 'name' | 'onProgress'>,
  write: Write,
): Promise<void> {
  const library = new RecordingLibrary(systemFiles, folder);
  const session = await importRecording({ ...how, paths, library, files: systemFiles });
  write(`${describe(session)}\n`);
}

/** A session by its id or folder, or files, which are imported for this once. Throws `RecordingError`. */
export async function openRecording(
  folder: string,
  names: readonly [string, ...string[]],
  how: ReadFiles,
): Promise<OpenedRecording> {
  const [only] = names;
  if (names.length === 1) {
    const session = await findSession(folder, only);
    if (session !== null) return { session, close: () => Promise.resolve() };
  }
  const missing = names.find((name) => !existsSync(name));
  if (missing !== undefined) {
    throw new RecordingError(
      `${missing} is no recorded session and no file. See what there is with: truetape replay`,
    );
  }
  const own = await mkdtemp(join(tmpdir(), 'truetape-replay-'));
  const close = (): Promise<void> => rm(own, { recursive: true, force: true });
  try {
    const library = new RecordingLibrary(systemFiles, own);
    const paths = names.map((name) => resolve(name));
    const session = await importRecording({
      ...{ ...how, paths, library, files: systemFiles, name: null },
    });
    return { session, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Null: neither an id of the profile nor the folder of a session. */
async function findSession(folder: string, name: string): Promise<RecordedSession | null> {
  const known = await new RecordingLibrary(systemFiles, folder).open(name);
  if (known !== null) return known;
  const path = resolve(name);
  return new RecordingLibrary(systemFiles, dirname(path)).open(basename(path));
}

function describe({ id, name, startTime, endTime, segments, bytes }: RecordedSession): string {
  const started = new Date(startTime).toISOString().slice(0, 19).replace('T', ' ');
  const length = endTime === null ? 'no end' : `${Math.round((endTime - startTime) / 1000)} s`;
  const size = `${(bytes / 1_048_576).toFixed(1)} MiB in ${segments.length} segments`;
  return `${id}  ${started} UTC, ${length}, ${size}${name === '' ? '' : `, ${name}`}`;
}

function report(verification: Verification, rounds: number): string {
  const { inputs, hashes, live, damages, losses, inputsPerSec, isEqual } = verification;
  const lines = damages.map(
    ({ path, offset, reason }) => `damaged: ${path} at ${offset}, ${reason}`,
  );
  for (const loss of losses) {
    const [from, to] = [loss.from, loss.to].map((time) => new Date(time).toISOString());
    lines.push(`missing: ${from} to ${to}, ${describeLoss(loss)}`);
  }
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
