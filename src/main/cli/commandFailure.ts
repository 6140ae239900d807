/** Ends a command: `message` is the one line that a person reads, and says what to do. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A wrong command line: exit code 2, as shells expect. */
export function usageFailure(message: string): CommandFailure {
  return new CommandFailure(message, 2);
}
