/** The bytes are not what the writer wrote: the message is dropped as a whole. */
export class DamagedBytesError extends Error {
  override readonly name = 'DamagedBytesError';

  constructor(reason: string) {
    super(`damaged bytes: ${reason}`);
  }
}

const replacementCharacter = 0xfffd;
const charactersPerCall = 4096;

/** Appends values to one growing buffer that is used again for the next message. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  constructor(initialBytes = 65_536) {
    this.#bytes = new Uint8Array(initialBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Forgets everything after the first `length` bytes. */
  truncate(length: number): void {
    if (length < this.#length) this.#length = length;
  }

  /** A tight copy: a view would be cloned with the whole buffer under it. */
  copy(from = 0, to = this.#length): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(from, to);
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** Writes over four bytes that an earlier `u32` left for a length known only now. */
  patchU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }

  /** A safe integer from 0 on, seven bits a byte. */
  varuint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`not an unsigned safe integer: ${value}`);
    }
    this.#reserve(8);
    let rest = value;
    while (rest > 0x7fff_ffff) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  f64s(values: readonly number[]): void {
    this.varuint(values.length);
    for (const value of values) this.f64(value);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** UTF-8 after its length in bytes; a lone surrogate becomes U+FFFD. */
  string(text: string): void {
    this.#reserve(text.length * 3 + 12);
    const start = this.#length;
    const end = this.#putUtf8(text, start + 1);
    const size = end - start - 1;
    const sizeBytes = size < 0x80 ? 1 : size < 0x4000 ? 2 : size < 0x20_0000 ? 3 : 4;
    if (sizeBytes > 1) this.#bytes.copyWithin(start + sizeBytes, start + 1, end);
    this.varuint(size);
    this.#length += size;
  }

  #putUtf8(text: string, from: number): number {
    const bytes = this.#bytes;
    let at = from;
    for (let index = 0; index < text.length; index++) {
      let code = text.charCodeAt(index);
      if (code < 0x80) {
        bytes[at++] = code;
        continue;
      }
      if (code >= 0xd800 && code <= 0xdfff) {
        const low = code < 0xdc00 ? text.charCodeAt(index + 1) : Number.NaN;
        if (low >= 0xdc00 && low <= 0xdfff) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          index++;
        } else {
          code = replacementCharacter;
        }
      }
      if (code < 0x800) {
        bytes[at++] = 0xc0 | (code >> 6);
      } else {
        if (code < 0x10000) {
          bytes[at++] = 0xe0 | (code >> 12);
        } else {
          bytes[at++] = 0xf0 | (code >> 18);
          bytes[at++] = 0x80 | ((code >> 12) & 63);
        }
        bytes[at++] = 0x80 | ((code >> 6) & 63);
      }
      bytes[at++] = 0x80 | (code & 63);
    }
    return at;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Reads what `ByteWriter` wrote; every read is checked against the end and throws `DamagedBytesError`. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position: number;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = 0;
    this.#end = bytes.length;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#end - this.#position;
  }

  /** Ends reading `length` bytes from here, until the returned end is given to `leave`. */
  enter(length: number): number {
    this.#need(length);
    const outerEnd = this.#end;
    this.#end = this.#position + length;
    return outerEnd;
  }

  /** The part entered must have been read to its last byte. */
  leave(outerEnd: number): void {
    if (this.#position !== this.#end) throw new DamagedBytesError('value shorter than its length');
    this.#end = outerEnd;
  }

  skip(length: number): void {
    this.#need(length);
    this.#position += length;
  }

  rest(): Uint8Array {
    const rest = this.#bytes.subarray(this.#position, this.#end);
    this.#position = this.#end;
    return rest;
  }

  u8(): number {
    this.#need(1);
    return this.#view.getUint8(this.#position++);
  }

  u32(): number {
    this.#need(4);
    const value = this.#view.getUint32(this.#position, true);
    this.#position += 4;
    return value;
  }

  varuint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) throw new DamagedBytesError('integer too large');
        return value;
      }
      scale *= 128;
    }
    throw new DamagedBytesError('integer too long');
  }

  /** A number of elements that take at least `elementBytes` each, so that a damaged count cannot ask for memory. */
  count(elementBytes = 1): number {
    const count = this.varuint();
    if (count * elementBytes > this.remaining) throw new DamagedBytesError('count beyond the end');
    return count;
  }

  f64(): number {
    this.#need(8);
    const value = this.#view.getFloat64(this.#position, true);
    this.#position += 8;
    return value;
  }

  f64s(): number[] {
    const values: number[] = [];
    for (let left = this.count(8); left > 0; left--) values.push(this.f64());
    return values;
  }

  string(): string {
    const length = this.varuint();
    this.#need(length);
    const end = this.#position + length;
    let text = '';
    let units: number[] = [];
    while (this.#position < end) {
      const byte = this.#bytes[this.#position] ?? 0;
      const code = byte < 0x80 ? byte : this.#codePoint(end);
      if (byte < 0x80) this.#position++;
      if (code < 0x10000) units.push(code);
      else units.push(0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
      if (units.length >= charactersPerCall) {
        text += String.fromCharCode(...units);
        units = [];
      }
    }
    return text + String.fromCharCode(...units);
  }

  #codePoint(end: number): number {
    const first = this.u8();
    if (first < 0x80) return first;
    const following = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || this.#position + following > end) {
      throw new DamagedBytesError('not UTF-8');
    }
    let code = first & (0x3f >> following);
    for (let left = following; left > 0; left--) {
      const byte = this.u8();
      if ((byte & 0xc0) !== 0x80) throw new DamagedBytesError('not UTF-8');
      code = (code << 6) | (byte & 63);
    }
    if (code > 0x10ffff) throw new DamagedBytesError('not UTF-8');
    return code;
  }

  #need(count: number): void {
    if (count > this.#end - this.#position) throw new DamagedBytesError('it ends too early');
  }
}
