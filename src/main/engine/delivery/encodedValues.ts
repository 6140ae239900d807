import { ByteWriter } from '../../../shared/bytes.ts';

const firstBytes = 16 * 1024;

/** The bytes of immutable values that many windows are told: the same value is encoded once. */
export class EncodedValues<Value extends object> {
  readonly #bytes = new WeakMap<Value, Uint8Array>();

  bytesOf(value: Value, encode: (writer: ByteWriter, value: Value) => void): Uint8Array {
    let bytes = this.#bytes.get(value);
    if (bytes === undefined) {
      const writer = new ByteWriter(firstBytes);
      encode(writer, value);
      bytes = writer.copy();
      this.#bytes.set(value, bytes);
    }
    return bytes;
  }
}
