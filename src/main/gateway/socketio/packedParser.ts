import { EventEmitter } from 'node:events';
import { readPacked } from './packedReader.ts';
import type { Packet } from './packets.ts';
import { PacketError, isRecord, parsePacket } from './packets.ts';
import { WrittenPayload, pack, packedArrayHead } from './writtenPayload.ts';

const keys = {
  type: pack('type'),
  nsp: pack('nsp'),
  id: pack('id'),
  data: pack('data'),
};

/** The wire format of `socket.io-msgpack-parser`: a packet is one map. */
export class PackedPacketEncoder {
  encode({ type, nsp, id, data }: Packet): Buffer[] {
    const parts: Uint8Array[] = [keys.type, pack(type), keys.nsp, pack(nsp)];
    if (id !== undefined) parts.push(keys.id, pack(id));
    if (data !== undefined) parts.push(keys.data, ...packedData(data));
    const entries = 2 + (id === undefined ? 0 : 1) + (data === undefined ? 0 : 1);
    return [Buffer.concat([Uint8Array.of(0x80 | entries), ...parts])];
  }
}

function packedData(data: unknown): readonly Uint8Array[] {
  if (!Array.isArray(data)) return [pack(data)];
  return [packedArrayHead(data.length), ...data.map((part) => packedPart(part))];
}

function packedPart(part: unknown): Uint8Array {
  return part instanceof WrittenPayload ? part.packed() : pack(part);
}

export class PackedPacketDecoder extends EventEmitter {
  /** Throws; the library closes the connection then. */
  add(frame: unknown): void {
    if (!(frame instanceof Uint8Array)) throw new PacketError('only MessagePack is taken here');
    const packet = readPacked(frame);
    if (!isRecord(packet)) throw new PacketError('no packet');
    const { type, nsp, data, id } = packet;
    this.emit('decoded', parsePacket(type, nsp, withoutNull(data), withoutNull(id)));
  }

  destroy(): void {
    this.removeAllListeners();
  }
}

/** Some writers have no `undefined`. */
function withoutNull(value: unknown): unknown {
  return value === null ? undefined : value;
}
