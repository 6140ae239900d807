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

/** What a file held beside its lines. */
export interface TimelineFindings {
  /** Lines that are none of ours, or torn. */
  damaged: number;
  /** Lines of a type that this version does not know. */
  unknown: number;
}

/** Each line that is one of ours, in order; null for those that are not, so that a reader may rest in between. */
export function* parseTimeline(
  text: string,
  findings: TimelineFindings,
): Generator<TimelineLine | null> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? text.length : end);
    at = end < 0 ? text.length : end + 1;
    yield line.trim() === '' ? null : parseLine(line, findings);
  }
}

function parseLine(line: string, findings: TimelineFindings): TimelineLine | null {
  const value = parseJson(line);
  // A day has thousands of these and few others: the schema takes thirty times as long.
  if (isSample(value)) return value;
  const result = v.safeParse(lineSchema, value);
  if (result.success) return result.output;
  if (hasUnknownType(value)) findings.unknown += 1;
  else findings.damaged += 1;
  return null;
}

type SampleLine = Extract<TimelineLine, { type: 'sample' }>;
const sampleCounts = ['n', 'ms', 'inputs', 'messages', 'bytes', 'live', 'first'] as const;

function isSample(value: unknown): value is SampleLine {
  if (typeof value !== 'object' || value === null) return false;
  if (!('type' in value) || value.type !== 'sample') return false;
  if (!('time' in value) || typeof value.time !== 'number') return false;
  if (!('prices' in value) || !Array.isArray(value.prices)) return false;
  if (!('dropped' in value) || !isCount(value.dropped)) return false;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  if (!sampleCounts.every((name) => isCount(fields[name]))) return false;
  return value.prices.every((price) => price === null || typeof price === 'number');
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0;
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
