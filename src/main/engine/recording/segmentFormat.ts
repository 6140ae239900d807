import { crc32 } from 'node:zlib';

/**
 * A segment file: these bytes, then frames of `u32 length, u32 CRC-32 of the body, body`, all little endian. The first byte
 * of a body says what it is. `docs/recording-format.md` describes every byte for a reader in another language.
 */
export const segmentMagic = Buffer.from('TRUETAPE', 'latin1');
export const formatVersion = 1;
/** Magic and version. */
export const preambleBytes = 12;
export const frameHeadBytes = 8;
/** The largest honest frame is a checkpoint of some megabytes; a damaged length must not ask for more memory. */
export const maxFrameBytes = 256 * 1024 * 1024;

export const frameKinds = { header: 1, checkpoint: 2, records: 3, end: 4 } as const;
export type FrameKind = keyof typeof frameKinds;

/** Inside of a records frame: `u32 length` of what follows, then one of these bytes. */
export const recordTypes = {
  name: 0,
  frame: 1,
  tick: 2,
  input: 3,
  effect: 4,
  history: 5,
  lost: 6,
} as const;

/** A records frame begins with its kind and the number of its first input, counted from 1 since the engine started. */
export const recordsHeadBytes = 9;

export function writePreamble(): Buffer {
  const bytes = Buffer.alloc(preambleBytes);
  segmentMagic.copy(bytes);
  bytes.writeUInt32LE(formatVersion, 8);
  return bytes;
}

/** Fills in the eight bytes in front of a body that lies at `frameHeadBytes` of the same buffer. */
export function sealFrame(frame: Buffer): Buffer {
  const body = frame.subarray(frameHeadBytes);
  frame.writeUInt32LE(body.length, 0);
  frame.writeUInt32LE(crc32(body), 4);
  return frame;
}

export function jsonFrame(kind: 'header' | 'end', value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value), 'utf8');
  const frame = Buffer.alloc(frameHeadBytes + 1 + text.length);
  frame[frameHeadBytes] = frameKinds[kind];
  text.copy(frame, frameHeadBytes + 1);
  return sealFrame(frame);
}

/** `packed` is the checkpoint's JSON as zstd; `inputs` handled before it. */
export function checkpointFrame(inputs: number, packed: Buffer): Buffer {
  const frame = Buffer.alloc(frameHeadBytes + recordsHeadBytes + packed.length);
  frame[frameHeadBytes] = frameKinds.checkpoint;
  frame.writeDoubleLE(inputs, frameHeadBytes + 1);
  packed.copy(frame, frameHeadBytes + recordsHeadBytes);
  return sealFrame(frame);
}
