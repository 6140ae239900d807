import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { mainWindowId, windowIdPattern } from '../../shared/pageSecurity.ts';
import type { Bounds } from './screenPlace.ts';

/** Where a window wants to be, which is not always where its screens let it stand. */
export interface WindowPlace {
  readonly id: string;
  /** Null: never placed; centered on the first screen. */
  readonly bounds: Bounds | null;
  readonly maximized: boolean;
}

const coordinate = v.pipe(v.number(), v.integer(), v.minValue(-100_000), v.maxValue(100_000));
const extent = v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(20_000));
const placesSchema = v.object({
  version: v.literal(1),
  windows: v.pipe(
    v.array(
      v.object({
        id: v.pipe(v.string(), v.regex(windowIdPattern)),
        bounds: v.nullable(
          v.object({ x: coordinate, y: coordinate, width: extent, height: extent }),
        ),
        maximized: v.boolean(),
      }),
    ),
    v.maxLength(32),
  ),
});

const firstPlace: WindowPlace = { id: mainWindowId, bounds: null, maximized: false };

/** The windows that were open; one main window for a first start. A damaged or newer file is set aside. */
export function readWindowPlaces(file: string, onSetAside: (text: string) => void): WindowPlace[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [firstPlace];
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), placesSchema), text);
  if (parsed.success) {
    const unique = new Map(parsed.output.windows.map((place) => [place.id, place]));
    return unique.size === 0 ? [firstPlace] : [...unique.values()];
  }
  const aside = `${file}.unreadable`;
  try {
    renameSync(file, aside);
    onSetAside(`window places could not be read and were set aside as ${aside}`);
  } catch (error) {
    onSetAside(`window places could not be read: ${String(error)}`);
  }
  return [firstPlace];
}

/** Whole or not at all: a crash leaves the former file. */
export function writeWindowPlaces(file: string, windows: readonly WindowPlace[]): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.next`;
  writeFileSync(next, `${JSON.stringify({ version: 1, windows }, null, 2)}\n`, { flush: true });
  renameSync(next, file);
}
