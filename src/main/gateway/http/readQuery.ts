import type { FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { GatewayRefusal } from '../../../shared/gateway/errors.ts';

type QueryEntries = v.ObjectEntries;

/** The query as its schema has it; what does not fit is refused by the name of the parameter, and what it takes. */
export function readQuery<const TEntries extends QueryEntries>(
  entries: TEntries,
  request: FastifyRequest,
): v.InferOutput<v.StrictObjectSchema<TEntries, undefined>> {
  const parsed = v.safeParse(v.strictObject(entries), request.query);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new GatewayRefusal({
    code: 'INVALID_REQUEST',
    message: complaint(v.getDotPath(issue) ?? '', issue, Object.keys(entries)),
  });
}

function complaint(
  key: string,
  issue: { readonly message: string; readonly expected: string | null },
  known: readonly string[],
): string {
  if (issue.expected === 'never') {
    const names = known.length === 0 ? 'none' : known.join(', ');
    return `There is no parameter "${printable(key)}" here. Known: ${names}.`;
  }
  return `The parameter "${printable(key)}" ${issue.message}.`;
}

/** Words of a request quoted back: short, and nothing that could be markup or move a cursor. */
export function printable(text: string): string {
  return text.slice(0, 40).replace(/[^\p{L}\p{N} ._:@/+-]/gu, '?');
}

/** A whole number as text. */
export function wholeNumber(least: number, most: number) {
  const message = `is a whole number from ${least} to ${most}`;
  return v.pipe(
    v.string(message),
    v.regex(/^\d{1,16}$/, message),
    v.transform(Number),
    v.minValue(least, message),
    v.maxValue(most, message),
  );
}

export function oneOf<const TOptions extends readonly string[]>(options: TOptions) {
  return v.picklist(options, `is one of ${options.join(', ')}`);
}

/** Epoch milliseconds, or a time in the form of RFC 3339. */
export function timeText() {
  const message = 'is a time: milliseconds since 1970, or like 2026-11-21T14:40:00Z';
  return v.pipe(
    v.string(message),
    v.transform((text) => (/^\d{1,15}$/.test(text) ? Number(text) : parseTime(text))),
    v.number(message),
    v.finite(message),
  );
}

const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

function parseTime(text: string): number {
  return timePattern.test(text) ? Date.parse(text) : Number.NaN;
}

export function shortText(most: number) {
  const message = `is a text of 1 to ${most} characters`;
  return v.pipe(v.string(message), v.minLength(1, message), v.maxLength(most, message));
}
