import { Encoder } from '@msgpack/msgpack';
import type { OutboundUpdates } from '../hub/clientContract.ts';

/** As in JSON an absent value has no key. One writer: each has a buffer of its own. */
const encoder = new Encoder({ ignoreUndefined: true });

export function pack(value: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(value);
}

const mapOfFour = 0x84;
const updatesKey = pack('updates');

/** A payload of an event that is written already, for all clients of its shape: it goes into the packet as it is. */
export class WrittenPayload {
  readonly json: () => string;
  readonly packed: () => Uint8Array;

  constructor(json: () => string, packed: () => Uint8Array) {
    this.json = json;
    this.packed = packed;
  }
}

/** `UpdatesMessage` with the records as the hub wrote them. */
export function writtenUpdates({ time, cursor, records }: OutboundUpdates): WrittenPayload {
  return new WrittenPayload(
    () => {
      let text = `{"type":"updates","time":${time},"cursor":${JSON.stringify(cursor)},"updates":[`;
      let separator = '';
      for (const record of records) {
        text += separator + record.json();
        separator = ',';
      }
      return `${text}]}`;
    },
    () => {
      // A map of four whose last value, the array, is put together from what is packed already.
      const head = pack({ type: 'updates', time, cursor });
      head[0] = mapOfFour;
      return Buffer.concat([
        head,
        updatesKey,
        packedArrayHead(records.length),
        ...records.map((record) => record.packed()),
      ]);
    },
  );
}

export function packedArrayHead(length: number): Uint8Array {
  if (length < 16) return Uint8Array.of(0x90 | length);
  if (length < 65_536) return Uint8Array.of(0xdc, length >> 8, length & 0xff);
  const head = Buffer.allocUnsafe(5);
  head[0] = 0xdd;
  head.writeUInt32BE(length, 1);
  return head;
}
