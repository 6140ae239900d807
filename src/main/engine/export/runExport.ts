import { randomBytes } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import type { EpochMs } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { findSession } from '../hosting/findSession.ts';
import { systemClock } from '../ports/clock.ts';
import { systemFiles } from '../ports/files.ts';
import { RecordingLibrary } from '../recording/recordingLibrary.ts';
import { ExportError, problemOf } from './exportError.ts';
import { fileNameOf } from './exportName.ts';
import type { ExportOptions, ExportProgress } from './exportOptions.ts';
import { exportSession } from './exportSession.ts';
import { checkFileName } from './fileNames.ts';
import { removeLeftParts } from './partFile.ts';

export interface CommandExport {
  /** Folder of the sessions of a profile. */
  readonly recordings: string;
  /** An id in it, or the folder of a session anywhere. */
  readonly session: string;
  readonly request: Omit<ExportOptions['request'], 'from' | 'to'>;
  /** Null: from its start, to its end. */
  readonly from: (startTime: EpochMs) => EpochMs | null;
  readonly to: (startTime: EpochMs) => EpochMs | null;
  readonly venue: VenueId | null;
  /** Null: named by session and content, in the present folder. */
  readonly out: string | null;
  readonly overwrite: boolean;
  readonly appVersion: string;
  /** Where a person watches it; null: nobody does. */
  readonly write: ((text: string) => void) | null;
  readonly signal: AbortSignal;
}

export type CommandResult =
  | { readonly type: 'done'; readonly path: string; readonly rows: number; readonly bytes: number }
  | { readonly type: 'cancelled' }
  | { readonly type: 'failed'; readonly problem: string };

const tellMs = 200;
const clearLine = '\r\u001b[K';

/** `truetape export`: one export in this thread. */
export async function runExport(command: CommandExport): Promise<CommandResult> {
  const { signal, write } = command;
  try {
    const { path, options } = await optionsOf(command);
    const { rows, bytes } = await exportSession(options);
    write?.(clearLine);
    return { type: 'done', path, rows, bytes };
  } catch (error) {
    write?.(clearLine);
    return signal.aborted ? { type: 'cancelled' } : { type: 'failed', problem: problemOf(error) };
  }
}

async function optionsOf(
  command: CommandExport,
): Promise<{ readonly path: string; readonly options: ExportOptions }> {
  const { recordings, request, venue, overwrite, appVersion, signal, write } = command;
  const library = new RecordingLibrary(systemFiles, recordings);
  const { session } = await findSession(library, command.session);
  const from = command.from(session.startTime);
  const to = command.to(session.startTime);
  if (from !== null && to !== null && from >= to) {
    throw new ExportError('Nothing was exported: --from is not before --to.');
  }
  const path = resolve(
    command.out ?? fileNameOf({ ...request, from, to, session: session.id, fileName: null }),
  );
  const fileName = checkFileName(basename(path));
  const folder = dirname(path);
  await removeLeftParts(systemFiles, folder, fileName);
  const tag = randomBytes(4).toString('hex');
  return {
    path: join(folder, fileName),
    options: {
      ...{ session, venue, files: systemFiles, folder, fileName, overwrite, tag, appVersion },
      request: { ...request, from, to },
      onProgress: write === null ? () => undefined : teller(write),
      signal,
    },
  };
}

function teller(write: (text: string) => void): (progress: ExportProgress) => void {
  let toldMs = Number.NEGATIVE_INFINITY;
  return ({ progress, rows, bytes }) => {
    const nowMs = systemClock.monotonicMs();
    if (nowMs - toldMs < tellMs) return;
    toldMs = nowMs;
    const size = (bytes / 1_048_576).toFixed(1);
    write(`${clearLine}${Math.floor(progress * 100)} %, ${rows} rows, ${size} MiB`);
  };
}
