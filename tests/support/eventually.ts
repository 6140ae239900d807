import { vi } from 'vitest';

/** Ends what hangs. No limit of the product: a machine may be as busy as it likes. */
export const patienceMs = 100_000;

/** Until what is asserted holds. */
export function eventually<Value>(assertion: () => Value | Promise<Value>): Promise<Value> {
  return vi.waitFor(assertion, { timeout: patienceMs, interval: 10 });
}
