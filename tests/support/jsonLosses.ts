/** Where a value would come back from JSON as another one: paths, at most twenty. */
export function jsonLosses(value: unknown): readonly string[] {
  const losses: string[] = [];
  look(value, '', losses);
  return losses.slice(0, 20);
}

function look(value: unknown, path: string, losses: string[]): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || Object.is(value, -0)) {
      losses.push(`${path}: ${Object.is(value, -0) ? '-0' : value}`);
    }
  } else if (typeof value === 'object' && value !== null) {
    lookInside(value, path, losses);
  } else if (typeof value !== 'string' && typeof value !== 'boolean' && value !== null) {
    losses.push(`${path}: ${typeof value}`);
  }
}

function lookInside(value: object, path: string, losses: string[]): void {
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) look(each, `${path}[${index}]`, losses);
    return;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    losses.push(`${path}: ${value.constructor.name}`);
    return;
  }
  for (const [key, each] of Object.entries(value)) look(each, `${path}.${key}`, losses);
}
