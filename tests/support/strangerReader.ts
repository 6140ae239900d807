import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, gunzipSync, zstdDecompressSync } from 'node:zlib';

// Written from docs/recording-format.md and nothing else: it proves that the page is enough.

export interface StrangeRecord {
  readonly type: number;
  readonly receivedTime: number;
  readonly monotonicMs: number;
  /** Of frames: connection, generation and text; of others their JSON. */
  readonly content: unknown;
}

export interface StrangeSegment {
  readonly header: Readonly<Record<string, unknown>>;
  readonly end: Readonly<Record<string, unknown>> | null;
  /** Inputs that each checkpoint contains, and its state. */
  readonly checkpoints: readonly { readonly inputs: number; readonly state: unknown }[];
  /** Each with the number that its frame gives it; null: it does not count. */
  readonly records: readonly (StrangeRecord & { readonly number: number | null })[];
  readonly damageAt: number | null;
}

export function readStrangeSession(folder: string): readonly StrangeSegment[] {
  const names = readdirSync(folder).filter((name) => /^\d{6}\.rec(\.zst|\.gz)?$/.test(name));
  const wanted = names.filter(
    (name) => name.endsWith('.rec') || !names.includes(name.slice(0, 10)),
  );
  return wanted.sort().map((name) => readStrangeSegment(unpacked(join(folder, name))));
}

function unpacked(path: string): Buffer {
  const bytes = readFileSync(path);
  if (path.endsWith('.zst')) return Buffer.concat(zstdFrames(bytes));
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

/** By the seek table at the end: number of frames, then their sizes in front of it. */
function zstdFrames(bytes: Buffer): readonly Buffer[] {
  if (bytes.readUInt32LE(bytes.length - 4) !== 0x8f92eab1) throw new Error('no seek table');
  const count = bytes.readUInt32LE(bytes.length - 9);
  const frames: Buffer[] = [];
  let offset = 0;
  for (let index = 0; index < count; index += 1) {
    const entry = bytes.length - 9 - 8 * (count - index);
    const packed = bytes.subarray(offset, offset + bytes.readUInt32LE(entry));
    const frame = zstdDecompressSync(packed);
    if (frame.length !== bytes.readUInt32LE(entry + 4)) throw new Error('of another length');
    frames.push(frame);
    offset += packed.length;
  }
  return frames;
}

export function readStrangeSegment(bytes: Buffer): StrangeSegment {
  if (bytes.toString('latin1', 0, 8) !== 'TRUETAPE') throw new Error('not a segment');
  if (bytes.readUInt32LE(8) !== 1) throw new Error('of another version');
  let header: Readonly<Record<string, unknown>> = {};
  let end: StrangeSegment['end'] = null;
  const checkpoints: { inputs: number; state: unknown }[] = [];
  const records: StrangeSegment['records'][number][] = [];
  const names: string[] = [];
  let at = 12;
  while (at + 8 <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (length === 0 || body.length < length || crc32(body) !== bytes.readUInt32LE(at + 4)) break;
    if (body[0] === 1) header = JSON.parse(body.toString('utf8', 1));
    else if (body[0] === 4) end = JSON.parse(body.toString('utf8', 1));
    else if (body[0] === 2) {
      const state: unknown = JSON.parse(zstdDecompressSync(body.subarray(9)).toString('utf8'));
      checkpoints.push({ inputs: body.readDoubleLE(1), state });
    } else if (body[0] === 3) readRecords(body, names, records);
    at += 8 + length;
  }
  return { header, end, checkpoints, records, damageAt: at === bytes.length ? null : at };
}

function readRecords(
  body: Buffer,
  names: string[],
  into: StrangeSegment['records'][number][],
): void {
  let number = body.readDoubleLE(1);
  for (let at = 9; at < body.length;) {
    const record = body.subarray(at + 4, at + 4 + body.readUInt32LE(at));
    at += 4 + record.length;
    const type = record[0] ?? -1;
    if (type === 0) names[record.readUInt32LE(1)] = record.toString('utf8', 5);
    if (type < 1 || type > 6) continue;
    const [receivedTime, monotonicMs] = [record.readDoubleLE(1), record.readDoubleLE(9)];
    const content: unknown =
      type === 1
        ? {
            connection: names[record.readUInt32LE(17)],
            generation: record.readUInt32LE(21),
            text: record.toString('utf8', 25),
          }
        : type === 2
          ? null
          : JSON.parse(record.toString('utf8', 17));
    into.push({ type, receivedTime, monotonicMs, content, number: type <= 3 ? number : null });
    if (type <= 3) number += 1;
  }
}
