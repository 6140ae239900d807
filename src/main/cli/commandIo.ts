/** Where a command writes: the process's streams, or a test's memory. */
export interface CommandIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** One subcommand of `truetape`. `run` resolves with the exit code. */
export interface CommandRecord {
  readonly name: string;
  readonly summary: string;
  run(args: readonly string[], io: CommandIo): Promise<number>;
}
