import type { ClientClock } from './clientClock.ts';
import { systemClientClock } from './clientClock.ts';

export interface RetryOptions {
  /** In all. Default 3. */
  readonly tries?: number;
  /** Before the second try; doubles. Default 1,000. */
  readonly initialMs?: number;
  readonly clock?: Pick<ClientClock, 'after'>;
  /** Ends the waiting, and is thrown. */
  readonly signal?: AbortSignal;
  readonly onFailure?: (cause: unknown, attempt: number) => void;
}

/** Runs it until it succeeds, at most three times; then throws what was thrown last. */
export async function retry<Value>(
  run: (attempt: number) => Promise<Value> | Value,
  options: RetryOptions = {},
): Promise<Value> {
  const { tries = 3, initialMs = 1_000, clock = systemClientClock, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await run(attempt);
    } catch (cause) {
      options.onFailure?.(cause, attempt);
      if (attempt >= tries) throw cause;
    }
    await pause(initialMs * 2 ** (attempt - 1), clock, signal);
  }
}

function pause(
  delayMs: number,
  clock: Pick<ClientClock, 'after'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel();
      reject(new Error('The waiting was ended.', { cause: signal?.reason }));
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}
