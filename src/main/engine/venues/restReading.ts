import type { GenericSchema, InferOutput } from 'valibot';
import { safeParse } from 'valibot';
import { DecodeError } from '../errors.ts';
import { parseJson } from './guards.ts';

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

/** Rows that fit, the others left out: one odd listing must not hide all the rest. */
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
