/** Bad message: count it, keep the stream. `reason` is a short fixed text for counters, `detail` the specifics. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly reason: string;

  constructor(reason: string, detail = '') {
    super(detail === '' ? reason : `${reason}: ${detail}`);
    this.reason = reason;
  }
}
