import type { HostLogEntry } from '../../engine/host.ts';

/** What lasts is said once, and again when it is another thing. */
export class LastingProblem {
  readonly #scope: string;
  readonly #log: (entry: HostLogEntry) => void;
  #text = '';

  constructor(scope: string, log: (entry: HostLogEntry) => void) {
    this.#scope = scope;
    this.#log = log;
  }

  get text(): string {
    return this.#text;
  }

  is(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#log({ level: 'error', scope: this.#scope, text });
  }

  over(): void {
    this.#text = '';
  }
}
