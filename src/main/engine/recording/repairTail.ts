import type { FileHandle } from 'node:fs/promises';
import { open, truncate } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { SegmentDamage } from './readSegment.ts';
import { readSegment } from './readSegment.ts';
import { RecordingError } from './recordingError.ts';
import { frameHeadBytes, frameKinds, segmentMagic } from './segmentFormat.ts';

/** A kill leaves less than the recorder holds back; what is longer was not torn by one. */
const maxTailBytes = 256 * 1024 * 1024;
/** Frames behind a damage are looked for up to this length: blocks are a quarter of it. */
const maxSoughtBytes = 1024 * 1024;
/** Sums over so many times the tail may be made; more ask only bytes that were written to cost time. */
const effort = 16;

export interface TailRepair extends SegmentDamage {
  /** False: whole frames lie behind the damage, so that nothing was taken. */
  readonly isCut: boolean;
}

/**
 * Cuts a plain segment that a kill has left behind its last whole frame, where no whole frame follows the damage. Null: it was whole.
 * Throws `RecordingError` for what is no plain segment, which is left alone.
 */
export async function repairTail(path: string): Promise<TailRepair | null> {
  await refusePacked(path);
  const found: { damage: SegmentDamage | null } = { damage: null };
  const frames = readSegment(path, (damage) => {
    found.damage = damage;
  });
  for await (const frame of frames) void frame;
  if (found.damage === null) return null;
  const isCut = await isTorn(path, found.damage.offset);
  if (isCut) await truncate(path, found.damage.offset);
  return { ...found.damage, isCut };
}

/** Places in a packed file are not those of its bytes. */
export async function refusePacked(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    const begin = await readFrom(handle, 0, segmentMagic.length);
    if (begin.equals(segmentMagic)) return;
  } finally {
    await handle.close();
  }
  throw new RecordingError(`${path} does not begin as a plain segment of Truetape.`);
}

async function isTorn(path: string, offset: number): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size - offset > maxTailBytes) return false;
    return !holdsFrame(await readFrom(handle, offset, size - offset));
  } finally {
    await handle.close();
  }
}

/** True also where it would take too long to be sure. */
function holdsFrame(tail: Buffer): boolean {
  // One whose bytes are right, though nobody knows its kind, is of a newer version.
  if (isFrame(tail, 0, tail.length)) return true;
  // The length of a frame that is wrong elsewhere leads to the next one, however long that is.
  const next = tail.length < frameHeadBytes ? 0 : frameHeadBytes + tail.readUInt32LE(0);
  if (next > frameHeadBytes && isFrame(tail, next, tail.length)) return true;
  let left = effort * (tail.length + maxSoughtBytes);
  for (let at = 1; at + frameHeadBytes < tail.length; at += 1) {
    const kind = tail[at + frameHeadBytes] ?? 0;
    if (kind < frameKinds.header || kind > frameKinds.end) continue;
    const length = tail.readUInt32LE(at);
    if (length > maxSoughtBytes || at + frameHeadBytes + length > tail.length) continue;
    left -= length;
    if (left < 0 || isFrame(tail, at, maxSoughtBytes)) return true;
  }
  return false;
}

function isFrame(bytes: Buffer, at: number, longest: number): boolean {
  if (at + frameHeadBytes >= bytes.length) return false;
  const length = bytes.readUInt32LE(at);
  const end = at + frameHeadBytes + length;
  if (length === 0 || length > longest || end > bytes.length) return false;
  return crc32(bytes.subarray(at + frameHeadBytes, end)) === bytes.readUInt32LE(at + 4);
}

async function readFrom(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await handle.read(bytes, read, length - read, offset + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}
