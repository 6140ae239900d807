import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { EpochMs } from '../../../shared/market.ts';
import type { SessionSource } from '../../../shared/recordings.ts';
import { sessionSources } from '../../../shared/recordings.ts';
import type { FilesPort } from '../ports/files.ts';
import { parseOrigin } from './recordingOrigin.ts';
import type { SegmentDamage } from './readSegment.ts';
import { readSegment } from './readSegment.ts';
import { RecordingError } from './recordingError.ts';
import { recordTypes } from './segmentFormat.ts';
import { zstdMagic } from './zstdFrames.ts';

interface CheckedSegment {
  readonly path: string;
  readonly number: number;
  readonly source: SessionSource;
  readonly origin: string;
  readonly session: string;
  readonly inputs: number;
  readonly startTime: EpochMs;
  readonly endTime: EpochMs;
}

export interface ImportedSegments {
  readonly source: SessionSource;
  readonly startTime: EpochMs;
  readonly endTime: EpochMs;
}

/**
 * Reads each segment to its end, then copies them byte for byte. A torn end stays as evidence: whoever plays it is told.
 * Throws `RecordingError` where they are no segments of one session.
 */
export async function importSegments(
  paths: readonly string[],
  folder: string,
  files: FilesPort,
  onPause: (done: number) => void,
): Promise<ImportedSegments> {
  const segments: CheckedSegment[] = [];
  for (const [index, path] of paths.entries()) {
    segments.push(await check(path, () => onPause((0.5 * index) / paths.length)));
  }
  segments.sort((a, b) => a.number - b.number);
  refuseMixture(segments);
  for (const [index, { path, number }] of segments.entries()) {
    const target = join(folder, `${String(number).padStart(6, '0')}.rec${await endingOf(path)}`);
    await copy(path, target, files, () => onPause(0.5 + (0.5 * index) / paths.length));
  }
  await copyTimeline(paths, folder, files, () => onPause(1));
  const [first] = segments;
  if (first === undefined) throw new RecordingError('There is no segment to import.');
  const endTime = Math.max(...segments.map((segment) => segment.endTime));
  return { source: first.source, startTime: first.startTime, endTime };
}

/** By its bytes: a person may have called the file anything. */
async function endingOf(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.readUInt32LE(0) === zstdMagic) return '.zst';
    return buffer.readUInt16LE(0) === gzipMagic ? '.gz' : '';
  } finally {
    await handle.close();
  }
}

const gzipMagic = 0x8b1f;

async function check(path: string, onPause: () => void): Promise<CheckedSegment> {
  let head: Omit<CheckedSegment, 'endTime'> | null = null;
  let endTime = Number.NEGATIVE_INFINITY;
  let hasState = false;
  let names = 0;
  const onDamage = ({ isForeign }: SegmentDamage): void => {
    if (isForeign === true) throw foreignRecord(path);
  };
  for await (const frame of readSegment(path, onDamage)) {
    onPause();
    if (head === null) head = frame.type === 'header' ? readHeader(path, frame.value) : null;
    if (head === null) break;
    if (frame.type === 'checkpoint') hasState = true;
    if (frame.type === 'records') {
      names = countNames(path, frame.body, names);
      endTime = Math.max(endTime, newestTime(path, frame.body));
    }
  }
  if (head === null || !hasState) {
    throw new RecordingError(
      `${path} ends before its first state: nothing of it can be played. Leave it out.`,
    );
  }
  return { ...head, endTime: Math.max(endTime, head.startTime) };
}

function readHeader(path: string, value: unknown): Omit<CheckedSegment, 'endTime'> {
  const header: Readonly<Record<string, unknown>> =
    typeof value === 'object' && value !== null ? { ...value } : {};
  const { segment, startTime, inputs, session } = header;
  const source = sessionSources.find((known) => known === header['source']);
  if (
    !isWhole(segment, 1, lastSegment) ||
    !isTime(startTime) ||
    !isWhole(inputs, 0, Number.MAX_SAFE_INTEGER) ||
    source === undefined
  ) {
    throw new RecordingError(`${path}: its header is not of this version of Truetape.`);
  }
  const origin = JSON.stringify(originOf(path, header['origin']));
  const name = typeof session === 'string' ? session : '';
  return { path, number: segment, startTime, inputs, source, origin, session: name };
}

/** The name of its file has six digits. */
const lastSegment = 999_999;
/** Names of sessions have four digits of a year. */
const lastTime = Date.UTC(9999, 11, 31);

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

function isTime(value: unknown): value is EpochMs {
  return typeof value === 'number' && value >= 0 && value <= lastTime;
}

function originOf(path: string, value: unknown): unknown {
  try {
    return parseOrigin(value);
  } catch {
    throw new RecordingError(
      `${path} was imported by another version of Truetape; import the original files again.`,
    );
  }
}

/** The times of all but names stand at the same place. */
function newestTime(path: string, body: Buffer): EpochMs {
  let newest = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < body.length; at += 4 + body.readUInt32LE(at)) {
    if (!isTimed(body, at)) continue;
    const time = body.readDoubleLE(at + 5);
    if (!isTime(time)) throw foreignRecord(path);
    newest = Math.max(newest, time);
  }
  return newest;
}

function isTimed(body: Buffer, at: number): boolean {
  return body[at + 4] !== recordTypes.name && body.readUInt32LE(at) >= 9;
}

/** Connections are numbered from 0 on in the order in which they are named. */
function countNames(path: string, body: Buffer, known: number): number {
  let names = known;
  for (let at = 0; at < body.length; at += 4 + body.readUInt32LE(at)) {
    if (body[at + 4] !== recordTypes.name) continue;
    const number = body.readUInt32LE(at + 5);
    if (number > names) throw foreignRecord(path);
    names = Math.max(names, number + 1);
  }
  return names;
}

function foreignRecord(path: string): RecordingError {
  return new RecordingError(`${path} holds a record that was not written by Truetape.`);
}

function refuseMixture(segments: readonly CheckedSegment[]): void {
  for (const [index, segment] of segments.entries()) {
    const before = segments[index - 1];
    if (before === undefined) continue;
    const isOther =
      segment.number === before.number ||
      segment.source !== before.source ||
      segment.origin !== before.origin ||
      segment.session !== before.session ||
      segment.inputs < before.inputs ||
      segment.startTime < before.startTime;
    if (!isOther) continue;
    throw new RecordingError(
      `${before.path} and ${segment.path} are not of one session. Import the sessions one after the other.`,
    );
  }
}

/** Marks and density of the session, where the whole folder is imported. */
async function copyTimeline(
  paths: readonly string[],
  folder: string,
  files: FilesPort,
  onPause: () => void,
): Promise<void> {
  const folders = new Set(paths.map((path) => dirname(path)));
  const [only] = folders;
  if (folders.size !== 1 || only === undefined) return;
  const names = await files.list(only).catch((): readonly string[] => []);
  if (!names.includes(timelineName)) return;
  await copy(join(only, timelineName), join(folder, timelineName), files, onPause);
}

const timelineName = 'timeline.ndjson';

async function copy(
  from: string,
  to: string,
  files: FilesPort,
  onPause: () => void,
): Promise<void> {
  const target = await files.create(to);
  try {
    for await (const chunk of createReadStream(from, { highWaterMark: 1024 * 1024 })) {
      onPause();
      if (!Buffer.isBuffer(chunk)) throw new RecordingError(`${basename(from)} is no file.`);
      await target.write(chunk);
    }
    await target.sync();
  } catch (error) {
    // The first failure is the one to tell; the draft goes as a whole.
    await target.close().catch(() => undefined);
    throw error;
  }
  await target.close();
}
