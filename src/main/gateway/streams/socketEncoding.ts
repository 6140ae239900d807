import { Encoder, decode } from '@msgpack/msgpack';
import type { DeltaRecord } from '../../../shared/gateway/delta.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import type { ServerMessage } from '../../../shared/gateway/wire.ts';
import type { OutboundRecord } from '../hub/clientContract.ts';
import { claimsMoreThanItHas } from './packedClaims.ts';

/** One for all: each has a buffer of its own, and makes it anew. */
const encoder = new Encoder();

export interface OutboundBatch {
  readonly time: number;
  readonly cursor: string;
  readonly records: readonly OutboundRecord[];
  /** Of clients that asked for differences. */
  readonly deltas: readonly DeltaRecord[];
}

export type SocketMessage = Exclude<ServerMessage, { readonly type: 'updates' }>;

/** How a connection writes and reads. Records are spliced in as they were written once for all clients. */
export interface SocketEncoding {
  readonly subprotocol: string;
  readonly isBinary: boolean;
  updates(batch: OutboundBatch): string | Uint8Array;
  message(message: SocketMessage): string | Uint8Array;
  /** Throws on what is no text or MessagePack of this encoding. */
  parse(bytes: Buffer): unknown;
}

export const jsonEncoding: SocketEncoding = {
  subprotocol: 'truetape.v1.json',
  isBinary: false,
  updates: updatesText,
  message: (message) => JSON.stringify(message),
  parse(bytes) {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return value;
  },
};

/** The message `updates` out of the texts of its records. */
export function updatesText({ time, cursor, records, deltas }: OutboundBatch): string {
  const texts = records.map((record) => record.json()).join(',');
  const tail = deltas.length === 0 ? '' : `,"deltas":${JSON.stringify(deltas)}`;
  const head = `{"type":"updates","time":${time},"cursor":${JSON.stringify(cursor)}`;
  return `${head},"updates":[${texts}]${tail}}`;
}

const decodeBounds = {
  maxStrLength: gatewayLimits.maxMessageBytes,
  maxBinLength: 0,
  maxExtLength: 0,
  maxArrayLength: gatewayLimits.maxChannels,
  maxMapLength: 32,
};

export const packedEncoding: SocketEncoding = {
  subprotocol: 'truetape.v1.msgpack',
  isBinary: true,
  updates: updatesPacked,
  message: (message) => encoder.encode(message),
  parse(bytes) {
    if (claimsMoreThanItHas(bytes)) throw new RangeError('claims more elements than it has');
    return decode(bytes, decodeBounds);
  },
};

const updatesKey = encoder.encode('updates');
const deltasKey = encoder.encode('deltas');

function updatesPacked({ time, cursor, records, deltas }: OutboundBatch): Uint8Array {
  // A map of four or five whose last values, the arrays, are put together from what is packed already.
  const head = encoder.encode({ type: 'updates', time, cursor });
  head[0] = 0x80 | (deltas.length === 0 ? 4 : 5);
  const parts: Uint8Array[] = [head, updatesKey, arrayHeader(records.length)];
  for (const record of records) parts.push(record.packed());
  if (deltas.length > 0) parts.push(deltasKey, encoder.encode(deltas));
  return Buffer.concat(parts);
}

function arrayHeader(length: number): Uint8Array {
  if (length < 16) return Uint8Array.of(0x90 | length);
  if (length < 65_536) return Uint8Array.of(0xdc, length >> 8, length & 0xff);
  const header = Buffer.alloc(5);
  header.writeUInt8(0xdd, 0);
  header.writeUInt32BE(length, 1);
  return header;
}
