import type { GenericSchema, InferOutput } from 'valibot';
import { safeParse } from 'valibot';
import type { Instrument } from '../../../shared/market.ts';
import { parseUnits, significantDecimals } from '../decimal.ts';
import { DecodeError } from '../errors.ts';
import { checkDecimalText, parseJson } from './guards.ts';
import { parsePrice } from './units.ts';

/** Hears of each listing that was left out because it cannot be read. */
export type SkippedListing = (error: DecodeError) => void;

/** Body to validated value; `DecodeError` names the first thing that is wrong. */
export function readBody<TSchema extends GenericSchema>(
  body: string,
  schema: TSchema,
): InferOutput<TSchema> {
  return readValue(parseJson(body), schema);
}

export function readValue<TSchema extends GenericSchema>(
  value: unknown,
  schema: TSchema,
): InferOutput<TSchema> {
  const result = safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = issue.path?.map((part) => String(part.key)).join('.') ?? 'body';
  throw new DecodeError('unexpected answer', `${path}: ${issue.message}`.slice(0, 200));
}

/**
 * Instruments of the listings that can be read: one odd listing must not hide all the rest. `read` answers null for what is
 * no market of ours, and throws for what it cannot read. Throws itself where nothing at all could be read.
 */
export function readListings<TSchema extends GenericSchema>(
  rows: readonly unknown[],
  schema: TSchema,
  onSkipped: SkippedListing,
  read: (row: InferOutput<TSchema>) => Instrument | null,
): readonly Instrument[] {
  const instruments: Instrument[] = [];
  let skipped = 0;
  for (const row of rows) {
    try {
      const instrument = read(readValue(row, schema));
      if (instrument !== null) instruments.push(instrument);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      skipped += 1;
      onSkipped(error);
    }
  }
  if (skipped > 0 && skipped === rows.length) {
    throw new DecodeError('unexpected answer', 'no row fits');
  }
  return instruments;
}

/** The text of a traded price, checked to be one that can be kept exactly. */
export function checkPrice(value: unknown, field: string): string {
  const text = checkDecimalText(value, field);
  parsePrice(text, significantDecimals(text));
  return text;
}

/** The text of a size or a step, checked to be one that can be kept exactly. */
export function checkExact(value: unknown, field: string): string {
  const text = checkDecimalText(value, field);
  parseUnits(text, significantDecimals(text));
  return text;
}

/** Rows that fit, the others left out. */
export function readRows<TSchema extends GenericSchema>(
  rows: readonly unknown[],
  schema: TSchema,
): InferOutput<TSchema>[] {
  const good: InferOutput<TSchema>[] = [];
  for (const row of rows) {
    const result = safeParse(schema, row);
    if (result.success) good.push(result.output);
  }
  if (good.length === 0 && rows.length > 0)
    throw new DecodeError('unexpected answer', 'no row fits');
  return good;
}

/** Seconds of a `Retry-After` header, in ms; null where it is absent or odd. */
export function retryAfterMs(headers: Readonly<Record<string, string>>): number | null {
  const text = headers['retry-after'];
  if (text === undefined || !/^\d{1,7}$/.test(text)) return null;
  return Number(text) * 1_000;
}
