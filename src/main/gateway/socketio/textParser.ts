import { EventEmitter } from 'node:events';
import type { Packet } from './packets.ts';
import { PacketError, parsePacket } from './packets.ts';
import { WrittenPayload } from './writtenPayload.ts';

/** The default wire format of Socket.IO, where payloads that are written already are not written again. */
export class TextPacketEncoder {
  encode({ type, nsp, id, data }: Packet): string[] {
    const namespace = nsp === '/' ? '' : `${nsp},`;
    return [`${type}${namespace}${id ?? ''}${data === undefined ? '' : textOf(data)}`];
  }
}

function textOf(data: unknown): string {
  if (!Array.isArray(data)) return JSON.stringify(data);
  return `[${data.map((part) => partText(part)).join(',')}]`;
}

function partText(part: unknown): string {
  if (part instanceof WrittenPayload) return part.json();
  return part === undefined ? 'null' : JSON.stringify(part);
}

/** Type, namespace where it is not the main one, number of an acknowledgement; the rest is JSON. */
const packetHead = /^([0-4])(?:(\/[^,]{0,64})(?:,|$))?(\d{1,15})?/;

export class TextPacketDecoder extends EventEmitter {
  /** Throws `PacketError`; the library closes the connection then. */
  add(frame: unknown): void {
    if (typeof frame !== 'string') throw new PacketError('only text is taken here');
    const head = packetHead.exec(frame);
    if (head === null) throw new PacketError('no packet');
    const [whole, type, nsp = '/', id] = head;
    const json = frame.slice(whole.length);
    this.emit(
      'decoded',
      parsePacket(
        Number(type),
        nsp,
        json === '' ? undefined : parseJson(json),
        id === undefined ? undefined : Number(id),
      ),
    );
  }

  destroy(): void {
    this.removeAllListeners();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PacketError('no JSON', { cause: error });
  }
}
