function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** `next`, with every part of `previous` that is the same: what did not change keeps its identity. */
export function shareStructure<Value>(previous: unknown, next: Value): Value;
export function shareStructure(previous: unknown, next: unknown): unknown {
  if (Object.is(previous, next)) return previous;
  if (isList(previous) && isList(next)) {
    const shared = next.map((each, at) => shareStructure(previous[at], each));
    const isSame =
      previous.length === next.length && shared.every((each, at) => each === previous[at]);
    return isSame ? previous : shared;
  }
  if (!isPlain(previous) || !isPlain(next)) return next;
  const keys = Object.keys(next);
  const shared = keys.map((key) => [key, shareStructure(previous[key], next[key])] as const);
  const isSame =
    keys.length === Object.keys(previous).length &&
    shared.every(([key, value]) => Object.hasOwn(previous, key) && value === previous[key]);
  return isSame ? previous : Object.fromEntries(shared);
}
