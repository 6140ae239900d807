/** The newest of a stream, newest first, never more than the limit; each list is a new one and never changes. */
export function withNewest<Entry>(
  list: readonly Entry[],
  came: Entry,
  limit: number,
): readonly Entry[] {
  return [came, ...list.slice(0, limit - 1)];
}
