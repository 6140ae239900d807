import { decode, encode } from '@msgpack/msgpack';
import type { ParsedMessage } from './parseServerMessage.ts';
import { parseServerMessage } from './parseServerMessage.ts';

export type Encoding = 'json' | 'msgpack';

export function encodeMessage(
  message: object,
  encoding: Encoding,
): string | Uint8Array<ArrayBuffer> {
  return encoding === 'json' ? JSON.stringify(message) : encode(message, { ignoreUndefined: true });
}

/** What a frame says; text is JSON and bytes are MessagePack, whatever was agreed. Throws on what is neither. */
export function decodeFrame(frame: unknown): unknown {
  if (typeof frame === 'string') return JSON.parse(frame);
  if (frame instanceof ArrayBuffer || ArrayBuffer.isView(frame)) return decode(frame);
  throw new TypeError('A frame is text or bytes.');
}

export function decodeMessage(frame: unknown): ParsedMessage {
  return parseServerMessage(decodeFrame(frame));
}
