/** Characters at a time: long enough to be worth a call, short enough to stay in the cache. */
const pieceLength = 16_384;

/** Text as UTF-8, written piece by piece: one long string of many small ones costs several times as much. */
export class TextBytes {
  private bytes: Buffer = Buffer.allocUnsafeSlow(1024 * 1024);
  private length = 0;
  private held = '';

  add(text: string): void {
    this.held += text;
    if (this.held.length >= pieceLength) this.write();
  }

  taken(): Buffer {
    this.write();
    return this.bytes.subarray(0, this.length);
  }

  private write(): void {
    const most = this.held.length * 3;
    if (this.length + most > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(this.bytes.length * 2 + most);
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    this.length += this.bytes.write(this.held, this.length);
    this.held = '';
  }
}
