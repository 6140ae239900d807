/**
 * A packed segment is a row of zstd frames, each of whole segment frames, so that one can be unpacked without those before
 * it. At the end stand two skippable frames, which every zstd tool steps over: our index as JSON, then the seek table of
 * zstd's own seekable format.
 */
export const zstdMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
const seekTableMagic = 0x184d2a5e;
const seekFooterMagic = 0x8f92eab1;
export const indexMagic = 0x184d2a57;
export const skippableHeadBytes = 8;
export const seekFooterBytes = 9;
const seekEntryBytes = 8;

/** One zstd frame of a packed segment. */
export interface PackedFrame {
  readonly fileOffset: number;
  readonly fileBytes: number;
  /** In the unpacked segment. */
  readonly offset: number;
  readonly bytes: number;
}

export function skippableFrame(magic: number, content: Buffer): Buffer {
  const head = Buffer.alloc(skippableHeadBytes);
  head.writeUInt32LE(magic, 0);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content]);
}

export function seekTable(frames: readonly PackedFrame[]): Buffer {
  const content = Buffer.alloc(frames.length * seekEntryBytes + seekFooterBytes);
  let at = 0;
  for (const { fileBytes, bytes } of frames) {
    at = content.writeUInt32LE(fileBytes, at);
    at = content.writeUInt32LE(bytes, at);
  }
  at = content.writeUInt32LE(frames.length, at);
  at = content.writeUInt8(0, at);
  content.writeUInt32LE(seekFooterMagic, at);
  return skippableFrame(seekTableMagic, content);
}

/** Length of the whole seek table by the last bytes of a file; null: there is none. */
export function seekTableBytes(footer: Buffer): number | null {
  if (footer.length < seekFooterBytes) return null;
  const at = footer.length - seekFooterBytes;
  if (footer.readUInt32LE(at + 5) !== seekFooterMagic || footer[at + 4] !== 0) return null;
  return skippableHeadBytes + footer.readUInt32LE(at) * seekEntryBytes + seekFooterBytes;
}

/** Null: not a table, or not that of a file whose frames take `dataBytes`. */
export function readSeekTable(table: Buffer): readonly PackedFrame[] | null {
  if (table.length < skippableHeadBytes || table.readUInt32LE(0) !== seekTableMagic) return null;
  const frames: PackedFrame[] = [];
  let fileOffset = 0;
  let offset = 0;
  const end = table.length - seekFooterBytes;
  for (let at = skippableHeadBytes; at + seekEntryBytes <= end; at += seekEntryBytes) {
    const fileBytes = table.readUInt32LE(at);
    const bytes = table.readUInt32LE(at + 4);
    frames.push({ fileOffset, fileBytes, offset, bytes });
    fileOffset += fileBytes;
    offset += bytes;
  }
  return frames;
}

export interface ZstdSpan {
  readonly offset: number;
  readonly bytes: number;
  readonly isSkippable: boolean;
}

/** Where zstd frames lie in a file that has no table; the last may be cut short. */
export function findZstdFrames(file: Buffer): readonly ZstdSpan[] {
  const spans: ZstdSpan[] = [];
  for (let at = 0; at + 8 <= file.length;) {
    const magic = file.readUInt32LE(at);
    const isSkippable = (magic & 0xfffffff0) >>> 0 === skippableMagic;
    if (!isSkippable && magic !== zstdMagic) break;
    const bytes = isSkippable
      ? skippableHeadBytes + file.readUInt32LE(at + 4)
      : zstdFrameBytes(file, at);
    spans.push({ offset: at, bytes: Math.min(bytes, file.length - at), isSkippable });
    at += bytes;
  }
  return spans;
}

const dictionaryBytes = [0, 1, 2, 4];
const contentSizeBytes = [0, 2, 4, 8];

/** RFC 8878: header, blocks of a 3-byte head each, an optional checksum. */
function zstdFrameBytes(file: Buffer, start: number): number {
  const descriptor = file[start + 4] ?? 0;
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 && isSingle ? 1 : (contentSizeBytes[sizeFlag] ?? 0);
  let at = start + 5 + (isSingle ? 0 : 1) + (dictionaryBytes[descriptor & 3] ?? 0) + sizeBytes;
  for (let isLast = false; !isLast && at + 3 <= file.length;) {
    const head = file.readUIntLE(at, 3);
    isLast = (head & 1) === 1;
    // A block of one repeated byte holds that byte alone.
    at += 3 + (((head >> 1) & 3) === 1 ? 1 : head >> 3);
  }
  return at + ((descriptor & 4) === 0 ? 0 : 4) - start;
}
