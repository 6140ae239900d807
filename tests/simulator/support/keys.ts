/** The keys of a JSON text in order, nested ones with their path: what a frame looks like. */
export function keyOrder(text: string): string[] {
  const keys: string[] = [];
  visit(JSON.parse(text), '');
  return keys;

  function visit(value: unknown, path: string): void {
    if (Array.isArray(value)) {
      if (value.length > 0) visit(value[0], `${path}[]`);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      keys.push(`${path}${path === '' ? '' : '.'}${key}:${typeName(inner)}`);
      visit(inner, path === '' ? key : `${path}.${key}`);
    }
  }
}

function typeName(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}
