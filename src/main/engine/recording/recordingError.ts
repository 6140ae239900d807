/** The file is missing, damaged, or not a recording. `message` is for a person. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
  /** Venues or market kinds that a person has to choose from; empty: there is no such question. */
  readonly choices: readonly string[];

  constructor(message: string, choices: readonly string[] = []) {
    super(message);
    this.choices = choices;
  }
}
