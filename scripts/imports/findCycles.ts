/** Each circle of imports that a depth-first walk closes, its first file repeated at the end. */
export function findCycles(
  importsByFile: ReadonlyMap<string, readonly string[]>,
): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  const finished = new Set<string>();
  const path: string[] = [];

  function visit(file: string): void {
    const start = path.indexOf(file);
    if (start >= 0) {
      cycles.push([...path.slice(start), file]);
      return;
    }
    if (finished.has(file)) return;
    path.push(file);
    for (const imported of importsByFile.get(file) ?? []) visit(imported);
    path.pop();
    finished.add(file);
  }

  for (const file of importsByFile.keys()) visit(file);
  return cycles;
}
