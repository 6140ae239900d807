import * as v from 'valibot';
import { markKinds } from '../../../shared/marks.ts';
import { venueIds } from '../../../shared/venues.ts';

const time = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.minValue(0), v.finite());
const venue = v.nullable(v.picklist(venueIds));
const id = v.pipe(v.string(), v.regex(/^[0-9a-z-]{1,64}$/));
const market = v.pipe(v.string(), v.maxLength(48));

const markSchema = v.object({
  id,
  kind: v.picklist(markKinds),
  time,
  toTime: v.nullable(time),
  venue,
  market: v.nullable(market),
  text: v.string(),
});

/** The lines of `timeline.ndjson`. Lines of other types are of a newer version and stepped over. */
const lineSchema = v.variant('type', [
  v.object({ type: v.literal('timeline'), version: v.number() }),
  /** Names for the places of prices in samples, from `first` on. */
  v.object({ type: v.literal('markets'), first: count, markets: v.array(market) }),
  v.object({
    type: v.literal('sample'),
    /** Counts up: a line that was written twice is taken once. */
    n: count,
    time,
    /** How much time before `time` it is about, on a clock that nobody sets. */
    ms: count,
    inputs: count,
    messages: count,
    bytes: count,
    live: count,
    first: count,
    prices: v.array(v.nullable(v.number())),
    dropped: v.optional(count, 0),
  }),
  /** Made, or changed where the id is known. */
  v.object({ type: v.literal('mark'), mark: markSchema }),
  v.object({ type: v.literal('removed'), id }),
  /** A time without data of a venue, or more of a known one. */
  v.object({ type: v.literal('gap'), id, venue, from: time, to: v.nullable(time) }),
  /** What stands before was made by a look at the records that did not come to its end. */
  v.object({ type: v.literal('building') }),
  v.object({ type: v.literal('built') }),
]);
export type TimelineLine = v.InferOutput<typeof lineSchema>;

const knownTypes: ReadonlySet<unknown> = new Set([
  ...['timeline', 'markets', 'sample', 'mark', 'removed', 'gap', 'building', 'built'],
]);

export interface TimelineText {
  readonly lines: readonly TimelineLine[];
  /** Lines that are none of ours, or torn. */
  readonly damaged: number;
  /** Lines of a type that this version does not know. */
  readonly unknown: number;
  /** Its last line has no end: what follows starts on a new one. */
  readonly isTorn: boolean;
}

export function parseTimeline(text: string): TimelineText {
  const lines: TimelineLine[] = [];
  let damaged = 0;
  let unknown = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const value = parseJson(line);
    const result = v.safeParse(lineSchema, value);
    if (result.success) lines.push(result.output);
    else if (hasUnknownType(value)) unknown += 1;
    else damaged += 1;
  }
  return { lines, damaged, unknown, isTorn: text !== '' && !text.endsWith('\n') };
}

export function formatLine(line: TimelineLine): string {
  return `${JSON.stringify(line)}\n`;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function hasUnknownType(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  return typeof value.type === 'string' && !knownTypes.has(value.type);
}
