import type { BaseIssue } from 'valibot';
import * as v from 'valibot';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { GatewayRefusal } from '../../../shared/gateway/errors.ts';
import { printable } from '../http/readQuery.ts';

/** The first thing that is wrong, by its name. */
export function requestError(issues: readonly BaseIssue<unknown>[], what: string): GatewayError {
  const [issue] = issues;
  const path = issue === undefined ? null : v.getDotPath(issue);
  const place = path === null ? '' : ` at ${quoted(path)}`;
  const document = what === 'message' ? '/api/asyncapi.json' : '/api/openapi.json';
  return {
    code: 'INVALID_REQUEST',
    message: `The ${what} is not understood${place}: ${problem(issue)}. See ${document}.`,
  };
}

/** Of a key that is too much or missing the library tells only what it expects. */
function problem(issue: BaseIssue<unknown> | undefined): string {
  if (issue === undefined) return 'it has no known form';
  if (issue.type === 'strict_object' && issue.expected === 'never') return 'there is no such name';
  if (issue.type === 'strict_object' && issue.received === 'undefined') return 'it is missing';
  // The library quotes what it got, as it was written.
  return issue.message.replace(/ but received "(.*)"$/s, (_, text: string) => {
    return ` but received ${quoted(text)}`;
  });
}

const quotedLength = 40;

/** What is long may be a token in the wrong place, and is not quoted at all. */
export function quoted(text: string): string {
  return text.length > quotedLength ? `${text.length} characters` : `"${printable(text)}"`;
}

/** The typed request, or a refusal that names what is wrong with it. */
export function parseRequest<const Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) throw new GatewayRefusal(requestError(parsed.issues, what));
  return parsed.output;
}
