import { PacketError } from './packets.ts';

const deepest = 16;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * MessagePack of strangers. Libraries make room for as many entries as a header announces, and headers nest: a few bytes
 * ask for gigabytes. Here nothing is believed before it is there, and binaries and extensions, which no request has, end it.
 */
export function readPacked(bytes: Uint8Array): unknown {
  const reader = new PackedReader(bytes);
  const value = reader.read(0);
  if (!reader.isAtEnd) throw new PacketError('more than one value');
  return value;
}

class PackedReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.byteLength;
  }

  read(depth: number): unknown {
    if (depth > deepest) throw new PacketError('nested too deeply');
    const head = this.view.getUint8(this.at);
    this.at += 1;
    if (head < 0x80) return head;
    if (head < 0x90) return this.map(head & 0x0f, depth);
    if (head < 0xa0) return this.array(head & 0x0f, depth);
    if (head < 0xc0) return this.text(head & 0x1f);
    if (head >= 0xe0) return head - 0x100;
    return this.long(head, depth);
  }

  private long(head: number, depth: number): unknown {
    switch (head) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return head === 0xc3;
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.text(this.unsigned(1 << (head - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.array(this.unsigned(2 << (head - 0xdc)), depth);
      case 0xde:
      case 0xdf:
        return this.map(this.unsigned(2 << (head - 0xde)), depth);
      case 0xd4:
        return this.absent();
      default:
        return this.number(head);
    }
  }

  /** What the official client writes for `undefined`: an extension of type 0 with one byte. */
  private absent(): undefined {
    if (this.unsigned(2) !== 0) throw new PacketError('extensions are not taken');
    return undefined;
  }

  private number(head: number): number {
    switch (head) {
      case 0xca:
        return this.take(4, (at) => this.view.getFloat32(at));
      case 0xcb:
        return this.take(8, (at) => this.view.getFloat64(at));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.unsigned(1 << (head - 0xcc));
      case 0xcf:
        return this.take(8, (at) => Number(this.view.getBigUint64(at)));
      case 0xd0:
        return this.take(1, (at) => this.view.getInt8(at));
      case 0xd1:
        return this.take(2, (at) => this.view.getInt16(at));
      case 0xd2:
        return this.take(4, (at) => this.view.getInt32(at));
      case 0xd3:
        return this.take(8, (at) => Number(this.view.getBigInt64(at)));
      default:
        throw new PacketError(`values of type ${head.toString(16)} are not taken`);
    }
  }

  private unsigned(size: number): number {
    if (size === 1) return this.take(1, (at) => this.view.getUint8(at));
    if (size === 2) return this.take(2, (at) => this.view.getUint16(at));
    return this.take(4, (at) => this.view.getUint32(at));
  }

  private take(size: number, read: (at: number) => number): number {
    const value = read(this.at);
    this.at += size;
    return value;
  }

  private text(length: number): string {
    const end = this.at + length;
    if (end > this.bytes.byteLength) throw new PacketError('cut off');
    const text = utf8.decode(this.bytes.subarray(this.at, end));
    this.at = end;
    return text;
  }

  private array(length: number, depth: number): unknown[] {
    const values: unknown[] = [];
    for (let index = 0; index < length; index += 1) values.push(this.read(depth + 1));
    return values;
  }

  private map(length: number, depth: number): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    for (let index = 0; index < length; index += 1) {
      const key = this.read(depth + 1);
      if (typeof key !== 'string') throw new PacketError('keys are text');
      entries.push([key, this.read(depth + 1)]);
    }
    return Object.fromEntries(entries);
  }
}
