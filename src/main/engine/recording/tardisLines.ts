import type { Readable } from 'node:stream';
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { EpochMs } from '../../../shared/market.ts';
import { RecordingError } from './recordingError.ts';

/** One frame of a recording: receive time, one space, the frame as received. */
export interface TardisLine {
  /** 0-based within the file. */
  readonly line: number;
  /** Epoch ms with a microsecond fraction. */
  readonly receivedTime: EpochMs;
  readonly text: string;
  /** An empty line: the connection ended here. It has the time of the line before. */
  readonly isBreak?: true;
}

const newline = 10;
const space = 32;
const carriageReturn = 13;
const maxLineBytes = 64 * 1024 * 1024;
/** Far more than the deepest book: what is longer is no answer of a venue. */
const maxTextBytes = 64 * 1024 * 1024;

/**
 * Frames of a plain, gzip or zstd recording, in portions as they come off the disk, so that reading costs no promise per
 * frame. Throws `RecordingError`, also after some portions when the damage lies further in.
 */
export async function* tardisLines(file: string): AsyncGenerator<readonly TardisLine[]> {
  const stream = await openContent(file);
  let rest: Buffer | null = null;
  let line = 0;
  let lastTime = 0;
  try {
    for await (const chunk of stream) {
      const bytes: Buffer =
        rest === null ? asBuffer(chunk) : Buffer.concat([rest, asBuffer(chunk)]);
      const end = bytes.lastIndexOf(newline);
      rest = bytes.subarray(end + 1);
      if (rest.length > maxLineBytes)
        throw new RecordingError(`${file}: line ${line + 1} is too long.`);
      if (end < 0) continue;
      const portion = splitLines(file, bytes.subarray(0, end + 1), line, lastTime);
      line += portion.length;
      lastTime = portion.at(-1)?.receivedTime ?? lastTime;
      yield portion;
    }
  } catch (error) {
    if (error instanceof RecordingError) throw error;
    throw new RecordingError(`${file} is damaged after line ${line}: ${messageOf(error)}.`);
  } finally {
    stream.destroy();
  }
  if (rest !== null && rest.length > 0) {
    const last = Buffer.concat([rest, Buffer.of(newline)]);
    yield splitLines(file, last, line, lastTime);
  }
}

/** A whole small file, unpacked where it is packed: REST bodies of snapshots. */
export async function readRecordedText(file: string): Promise<string> {
  const stream = await openContent(file);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      const bytes = asBuffer(chunk);
      chunks.push(bytes);
      length += bytes.length;
      if (length <= maxTextBytes) continue;
      throw new RecordingError(`${file} holds more than 64 MiB: it is no answer of a venue.`);
    }
  } catch (error) {
    if (error instanceof RecordingError) throw error;
    throw new RecordingError(`${file} is damaged: ${messageOf(error)}.`);
  } finally {
    stream.destroy();
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The first bytes of what a file holds, unpacked where it is packed; fewer where there are no more. */
export async function firstContent(file: string, count: number): Promise<Buffer> {
  const stream = await openContent(file);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      const bytes = asBuffer(chunk);
      chunks.push(bytes);
      length += bytes.length;
      if (length >= count) break;
    }
  } catch (error) {
    throw new RecordingError(`${file} is damaged: ${messageOf(error)}.`);
  } finally {
    stream.destroy();
  }
  return Buffer.concat(chunks).subarray(0, count);
}

function splitLines(
  file: string,
  bytes: Buffer,
  firstLine: number,
  timeBefore: EpochMs,
): TardisLine[] {
  if (!isUtf8(bytes)) {
    throw new RecordingError(
      `${file}: what follows line ${firstLine} is not UTF-8; a frame would not be kept as it was received.`,
    );
  }
  const lines: TardisLine[] = [];
  let start = 0;
  let lastTime = timeBefore;
  while (start < bytes.length) {
    const stop = bytes.indexOf(newline, start);
    const line = firstLine + lines.length;
    const last = stop > start && bytes[stop - 1] === carriageReturn ? stop - 1 : stop;
    if (last === start) {
      lines.push({ line, receivedTime: lastTime, text: '', isBreak: true });
      start = stop + 1;
      continue;
    }
    const gap = bytes.indexOf(space, start);
    const receivedTime =
      gap > start && gap < stop ? parseIsoTime(bytes.toString('latin1', start, gap)) : null;
    if (receivedTime === null) {
      throw new RecordingError(
        `${file}: line ${line + 1} does not begin with a receive time; recordings hold "TIME FRAME" lines.`,
      );
    }
    lastTime = receivedTime;
    lines.push({
      line,
      receivedTime,
      text: bytes.toString('utf8', gap + 1, Math.max(last, gap + 1)),
    });
    start = stop + 1;
  }
  return lines;
}

const isoTime = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/;

/** UTC with up to nine digits of a second, in epoch ms; null for anything else. */
export function parseIsoTime(text: string): EpochMs | null {
  const match = isoTime.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction = ''] = match;
  const days = daysSinceEpoch(Number(year), Number(month), Number(day));
  const seconds = ((days * 24 + Number(hour)) * 60 + Number(minute)) * 60 + Number(second);
  return seconds * 1_000 + Number(fraction.padEnd(9, '0').slice(0, 6)) / 1_000;
}

/** As the lines have it: UTC with six digits of a second. */
export function formatIsoTime(time: EpochMs): string {
  const micros = Math.round(time * 1_000);
  const seconds = Math.floor(micros / 1_000_000);
  const fraction = String(micros - seconds * 1_000_000).padStart(6, '0');
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** Gregorian calendar by 400-year eras, years beginning in March. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

async function openContent(file: string): Promise<Readable> {
  const magic = await firstBytes(file);
  const source = createReadStream(file, { highWaterMark: 256 * 1024 });
  if (magic.length >= 2 && magic[0] === 0x1f && magic[1] === 0x8b) {
    return pipeline(source, createGunzip(), ignoreResult);
  }
  if (magic.length >= 4 && magic.readUInt32LE(0) === 0xfd2fb528) {
    return pipeline(source, createZstdDecompress(), ignoreResult);
  }
  return source;
}

/** The reader of the stream sees its error; the callback is only there because `pipeline` wants one. */
function ignoreResult(): void {
  return;
}

async function firstBytes(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      const buffer = Buffer.alloc(4);
      const { bytesRead } = await handle.read(buffer, 0, 4, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new RecordingError(`cannot read ${file}: ${messageOf(error)}.`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'it is a folder',
  EACCES: 'access is denied',
  Z_BUF_ERROR: 'the packed data ends too early',
  Z_DATA_ERROR: 'the packed data is not whole',
};

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return reasons[code] ?? error.message;
}

function asBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  throw new RecordingError('a stream of bytes was expected.');
}
