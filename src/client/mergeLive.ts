/**
 * Live values go into a model that is already there: only what changed becomes another object, so that nothing else
 * renders, and nothing that the values do not know is wiped.
 */
export function mergeLive<Row extends object>(
  rows: Readonly<Record<string, Row>>,
  live: Readonly<Record<string, Partial<Row>>>,
): Readonly<Record<string, Row>> {
  let merged: Record<string, Row> | null = null;
  for (const [key, came] of Object.entries(live)) {
    const row = Object.hasOwn(rows, key) ? rows[key] : undefined;
    if (row === undefined || hasAll(row, came)) continue;
    merged ??= { ...rows };
    merged[key] = { ...row, ...came };
  }
  return merged ?? rows;
}

/** As above, and rows that were not there are added. */
export function mergeFigures<Figures extends object>(
  rows: Readonly<Record<string, Figures>>,
  came: Readonly<Record<string, Figures>>,
): Readonly<Record<string, Figures>> {
  const added = Object.entries(came).filter(([key]) => !Object.hasOwn(rows, key));
  const merged = mergeLive(rows, came);
  return added.length === 0 ? merged : { ...merged, ...Object.fromEntries(added) };
}

function hasAll(row: object, came: object): boolean {
  const known = new Map<string, unknown>(Object.entries(row));
  return Object.entries(came).every(
    ([key, value]) => known.has(key) && Object.is(known.get(key), value),
  );
}
