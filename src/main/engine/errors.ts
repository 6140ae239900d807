/** Bad message: count it, keep the stream. `reason` is a short fixed text for counters, `detail` the specifics. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly reason: string;

  constructor(reason: string, detail = '') {
    super(detail === '' ? reason : `${reason}: ${detail}`);
    this.reason = reason;
  }
}

/** Book update does not continue the book: resync. */
export class SequenceGapError extends Error {
  override readonly name = 'SequenceGapError';
  readonly lastSequence: number;
  readonly receivedSequence: number;

  constructor(lastSequence: number, receivedSequence: number) {
    super(`sequence gap: had ${lastSequence}, received ${receivedSequence}`);
    this.lastSequence = lastSequence;
    this.receivedSequence = receivedSequence;
  }
}
