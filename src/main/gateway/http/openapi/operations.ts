import { gatewayErrorStatus } from '../../../../shared/gateway/errors.ts';
import type { GatewayErrorCode } from '../../../../shared/gateway/errors.ts';
import { reference } from './jsonSchema.ts';
import type { JsonSchema } from './jsonSchema.ts';

/** One method of one path, in the words of OpenAPI. */
export type Operation = Readonly<Record<string, unknown>>;
/** By path as OpenAPI writes it (`{symbol}`), then by method. */
export type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

interface OperationOptions {
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly JsonSchema[];
  readonly body?: { readonly schema: JsonSchema; readonly optional?: boolean };
  /** Schema of the answer by status; null: no body. A text is its media type. */
  readonly answers: Readonly<Record<number, JsonSchema | string | null>>;
  /** What it is refused with beside what every path can be refused with. */
  readonly refusals?: readonly GatewayErrorCode[];
  readonly isOpen?: boolean;
}

const everywhere: readonly GatewayErrorCode[] = [
  ...(['INVALID_REQUEST', 'FOREIGN_ORIGIN', 'WRONG_HOST', 'URI_TOO_LONG', 'INTERNAL'] as const),
  'HEADERS_TOO_LARGE',
];
const wherePrivate: readonly GatewayErrorCode[] = ['UNAUTHORIZED', 'RATE_LIMITED'];
const whereBody: readonly GatewayErrorCode[] = ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];

export function operation(options: OperationOptions): Operation {
  const { id, tag, summary, description, parameters = [], body, answers } = options;
  const isOpen = options.isOpen ?? false;
  const codes = [
    ...everywhere,
    ...(isOpen ? [] : wherePrivate),
    ...(body === undefined ? [] : whereBody),
    ...(options.refusals ?? []),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.optional !== true,
            content: { 'application/json': { schema: body.schema } },
          },
        }),
    responses: { ...refusalsOf(codes), ...successes(answers) },
    ...(isOpen ? { security: [] } : {}),
  };
}

function successes(answers: OperationOptions['answers']): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)]),
  );
}

function answerOf(answer: JsonSchema | string | null): object {
  if (answer === null) return { description: 'Done; no body.' };
  if (typeof answer === 'string') {
    return { description: 'The answer.', content: { [answer]: { schema: { type: 'string' } } } };
  }
  return { description: 'The answer.', content: { 'application/json': { schema: answer } } };
}

function refusalsOf(codes: readonly GatewayErrorCode[]): Readonly<Record<string, unknown>> {
  const byStatus = new Map<number, string[]>();
  for (const code of new Set(codes)) {
    const status = gatewayErrorStatus[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, found]) => [
      status,
      {
        description: found.join(', '),
        content: { 'application/json': { schema: reference('Refusal') } },
      },
    ]),
  );
}

export function inQuery(name: string, schema: JsonSchema, description: string): JsonSchema {
  return { name, in: 'query', required: false, schema, description };
}

export function requiredInQuery(name: string, schema: JsonSchema, description: string): JsonSchema {
  return { name, in: 'query', required: true, schema, description };
}

export function inPath(name: string, schema: JsonSchema, description: string): JsonSchema {
  return { name, in: 'path', required: true, schema, description };
}

/** `/api/markets/:symbol` as OpenAPI writes it. */
export function templateOf(route: string): string {
  return route.replace(/:(\w+)/g, '{$1}');
}
