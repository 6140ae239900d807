import type { Command, CommandAnswers, CommandResult } from '../../shared/bridge.ts';

type Settle = (result: CommandResult<never>) => void;

const notConnected: CommandResult<never> = {
  ok: false,
  code: 'not-available',
  message: 'Not connected to the engine. The page is reconnecting; try again then.',
  candidates: [],
};

/** Commands on their way; each is answered exactly once. */
export class PendingCommands {
  readonly #settle = new Map<number, Settle>();
  #lastId = 0;

  start<C extends Command>(
    _command: C,
  ): { id: number; result: Promise<CommandResult<CommandAnswers[C['type']]>> } {
    this.#lastId++;
    const id = this.#lastId;
    const result = new Promise<CommandResult<CommandAnswers[C['type']]>>((resolve) => {
      this.#settle.set(id, resolve);
    });
    return { id, result };
  }

  /** The host is of the same schema version, so its answer has the command's own type. */
  answer(id: number, result: CommandResult<never>): void {
    const settle = this.#settle.get(id);
    this.#settle.delete(id);
    settle?.(result);
  }

  fail(id: number): void {
    this.answer(id, notConnected);
  }

  failAll(): void {
    for (const id of [...this.#settle.keys()]) this.fail(id);
  }
}
