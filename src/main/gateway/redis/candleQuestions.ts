import * as v from 'valibot';
import { candleIntervals } from '../../../shared/market.ts';
import type { CandlePage } from '../../../shared/values.ts';
import { venueIds } from '../../../shared/venues.ts';
import type { CandleRequest } from '../hub/marketFeed.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';

export const askTopic = (ingester: string): string => `ask:${ingester}`;
export const answerTopic = (gateway: string): string => `answer:${gateway}`;

const market = v.pipe(v.string(), v.minLength(1), v.maxLength(60));
const interval = v.picklist(candleIntervals);
const venue = v.nullable(v.picklist(venueIds));
const time = v.pipe(v.number(), v.finite());
const number = v.pipe(v.number(), v.integer(), v.minValue(0));

const questionSchema = v.strictObject({
  id: number,
  gateway: v.pipe(v.string(), v.regex(/^[\w-]{1,40}$/)),
  market,
  venue,
  interval,
  before: v.nullable(time),
  limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)),
});
export type CandleQuestion = v.InferOutput<typeof questionSchema>;

const candleSchema = v.object({
  openTime: time,
  open: time,
  high: time,
  low: time,
  close: time,
  volume: time,
  quoteVolume: time,
  trades: number,
  closed: v.boolean(),
  origin: v.picklist(['venue', 'trades', 'consolidated']),
  outlier: v.exactOptional(v.boolean()),
});

const answerSchema = v.strictObject({
  id: number,
  page: v.strictObject({
    market,
    venue,
    interval,
    candles: v.pipe(v.array(candleSchema), v.maxLength(10_000)),
    gaps: v.pipe(
      v.array(v.object({ from: time, to: time, cause: v.pipe(v.string(), v.maxLength(200)) })),
      v.maxLength(10_000),
    ),
    complete: v.boolean(),
    problem: v.nullable(v.pipe(v.string(), v.maxLength(500))),
    without: v.exactOptional(v.array(v.picklist(venueIds))),
  }),
});
export type CandleAnswer = v.InferOutput<typeof answerSchema>;

export function writeQuestion(question: CandleQuestion): Uint8Array {
  return Buffer.from(JSON.stringify(question), 'utf8');
}

export function parseQuestion(bytes: Uint8Array): CandleQuestion | null {
  return parsed(questionSchema, bytes, 2_048);
}

/** A page that is too large for one message becomes one that says so. */
export function writeAnswer(id: number, page: CandlePage): Uint8Array {
  const bytes = Buffer.from(JSON.stringify({ id, page }), 'utf8');
  if (bytes.length <= scaleOutLimits.maxValueBytes) return bytes;
  const problem = 'These are too many candles at once. Ask for fewer.';
  return writeAnswer(id, emptyPage(page, problem));
}

export function parseAnswer(bytes: Uint8Array): CandleAnswer | null {
  return parsed(answerSchema, bytes, scaleOutLimits.maxValueBytes);
}

export function emptyPage(
  request: Pick<CandleRequest, 'market' | 'venue' | 'interval'>,
  problem: string,
): CandlePage {
  return {
    market: request.market,
    venue: request.venue,
    interval: request.interval,
    candles: [],
    gaps: [],
    complete: false,
    problem,
  };
}

function parsed<Schema extends v.GenericSchema>(
  schema: Schema,
  bytes: Uint8Array,
  maxBytes: number,
): v.InferOutput<Schema> | null {
  if (bytes.length > maxBytes) return null;
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const result = v.safeParse(schema, content);
  return result.success ? result.output : null;
}
