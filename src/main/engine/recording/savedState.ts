import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import type { CoreSaved } from '../core.ts';
import { coreStateVersion } from '../core.ts';
import { RecordingError } from './recordingError.ts';
import { maxFrameBytes } from './segmentFormat.ts';

const decompress = promisify(zstdDecompress);
/** One step where a state is of usual size. */
const chunkSize = 4 * 1024 * 1024;
/** As many as a frame may have: one that is larger was not written by a recorder. */
const maxOutputLength = maxFrameBytes;

/** The JSON of a checkpoint, as it was written. Throws `RecordingError`. */
export async function unpackStateText(packed: Buffer): Promise<Buffer> {
  try {
    return await decompress(packed, { chunkSize, maxOutputLength });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RecordingError(`A state in this recording cannot be unpacked: ${reason}.`);
  }
}

export async function unpackState(packed: Buffer): Promise<CoreSaved> {
  return parseState((await unpackStateText(packed)).toString('utf8'));
}

/** Its shape is that of the core of one version: another one is refused here. */
export function parseState(text: string): CoreSaved {
  const value = readJson(text);
  if (typeof value === 'object' && value !== null && isState(value)) return value;
  throw new RecordingError(
    'This was recorded by another version of Truetape, whose engine this one cannot go on from. ' +
      'Its frames can still be taken out: truetape export SESSION --table frames.',
  );
}

/** Undefined: it is none. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isState(value: object): value is CoreSaved {
  return 'version' in value && value.version === coreStateVersion;
}

/** What the live run says of its end; null: it was not stopped there. */
export function readEnd(value: unknown): { readonly inputs: number; readonly hash: string } | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!('inputs' in value) || !('hash' in value)) return null;
  const { inputs, hash } = value;
  return typeof inputs === 'number' && typeof hash === 'string' ? { inputs, hash } : null;
}
