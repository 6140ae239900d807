import type { Command, CommandResult } from '../../../shared/bridge.ts';
import { refusal } from './pageMessage.ts';

const maxRunning = 64;

export interface CommandRunnerOptions {
  readonly run: (command: Command) => Promise<CommandResult<unknown>>;
  readonly answer: (id: number, result: CommandResult<unknown>) => void;
  readonly report: (text: string) => void;
}

/** Runs a page's commands, a bounded number at a time; each is answered, also one that fails. */
export class CommandRunner {
  readonly #options: CommandRunnerOptions;
  #running = 0;

  constructor(options: CommandRunnerOptions) {
    this.#options = options;
  }

  run(id: number, command: Command): void {
    const { answer, report } = this.#options;
    if (this.#running >= maxRunning) {
      answer(id, refusal('not-available', 'Too many commands at once; try again in a moment.'));
      return;
    }
    this.#running++;
    this.#options.run(command).then(
      (result) => {
        this.#running--;
        answer(id, result);
      },
      (error: unknown) => {
        this.#running--;
        report(`command ${command.type} failed: ${String(error)}`);
        answer(id, refusal('internal', 'The command failed; the log says why.'));
      },
    );
  }
}
