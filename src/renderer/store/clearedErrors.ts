import type { FeedError } from '../../shared/feedHealth.ts';

/** Up to where a person has cleared the engine's errors: errors carry no number, so the last one is known by what it says. */
export interface ClearedErrors {
  readonly lastKey: string;
  /** Which of those that say the same. */
  readonly occurrence: number;
}

function keyOf(error: FeedError): string {
  return JSON.stringify([error.time, error.venue, error.type, error.code, error.detail]);
}

export function clearErrors(errors: readonly FeedError[]): ClearedErrors | null {
  const last = errors.at(-1);
  if (last === undefined) return null;
  const lastKey = keyOf(last);
  return { lastKey, occurrence: errors.filter((error) => keyOf(error) === lastKey).length };
}

/** What is left to show. An error that came after the clearing is never hidden, also where the list has moved on since. */
export function withoutCleared(
  errors: readonly FeedError[],
  cleared: ClearedErrors | null,
): readonly FeedError[] {
  if (cleared === null) return errors;
  let seen = 0;
  for (const [index, error] of errors.entries()) {
    if (keyOf(error) !== cleared.lastKey) continue;
    seen += 1;
    if (seen === cleared.occurrence) return errors.slice(index + 1);
  }
  return errors;
}
