import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..', '..');
export const builtMain = join(root, 'out', 'main');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child with what it has said so far. */
export class Program {
  readonly child: ChildProcess;
  output = '';
  errors = '';
  /** Once all that it said is here. */
  readonly ended: Promise<Ended>;
  private readonly listeners = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      for (const listener of this.listeners) listener();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.errors += error.message;
        resolve({ code: null, signal: null });
      });
      child.once('close', (code, signal) => {
        resolve({ code, signal });
      });
    });
  }

  /** The first group of the pattern, once the program has printed it. */
  async says(pattern: RegExp, limitMs = 60_000): Promise<string> {
    let listener = (): void => undefined;
    let timer: NodeJS.Timeout | undefined;
    const found = new Promise<string>((resolve, reject) => {
      listener = () => {
        const match = pattern.exec(this.output);
        if (match !== null) resolve(match[1] ?? match[0]);
      };
      const fail = (why: string): void => {
        reject(
          new Error(`${why} without saying ${String(pattern)}:\n${this.output}${this.errors}`),
        );
      };
      timer = setTimeout(() => {
        fail(`${limitMs} ms passed`);
      }, limitMs);
      void this.ended.then(() => {
        listener();
        fail('the program ended');
      });
    });
    this.listeners.add(listener);
    listener();
    try {
      return await found;
    } finally {
      clearTimeout(timer);
      this.listeners.delete(listener);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    // Ends what hangs: how long a program may take is asserted where it is promised.
    const killing = setTimeout(() => {
      this.child.kill('SIGKILL');
    }, 40_000);
    try {
      return await this.ended;
    } finally {
      clearTimeout(killing);
    }
  }
}
