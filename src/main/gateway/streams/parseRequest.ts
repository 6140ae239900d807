import type { BaseIssue } from 'valibot';
import * as v from 'valibot';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { GatewayRefusal } from '../../../shared/gateway/errors.ts';

/** The first thing that is wrong, by its name. */
export function requestError(issues: readonly BaseIssue<unknown>[], what: string): GatewayError {
  const [issue] = issues;
  const path = issue === undefined ? null : v.getDotPath(issue);
  const place = path === null ? '' : ` at "${path}"`;
  return {
    code: 'INVALID_REQUEST',
    message: `The ${what} is not understood${place}: ${issue?.message ?? 'it has no known form'}. See /api/asyncapi.json.`,
  };
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
