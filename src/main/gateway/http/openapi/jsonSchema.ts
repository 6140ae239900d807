/** A JSON Schema (2020-12), as both documents carry them. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export const text: JsonSchema = { type: 'string' };
export const number: JsonSchema = { type: 'number' };
export const integer: JsonSchema = { type: 'integer' };
export const truth: JsonSchema = { type: 'boolean' };
/** Milliseconds since 1970-01-01 UTC, perhaps with a fraction. */
export const time: JsonSchema = { type: 'number', description: 'Milliseconds since 1970, UTC.' };

export function described(schema: JsonSchema, description: string): JsonSchema {
  return { ...schema, description };
}

export function nullable(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] };
}

export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

export function oneWord(words: readonly string[]): JsonSchema {
  return { type: 'string', enum: words };
}

export function exactly(word: string): JsonSchema {
  return { type: 'string', const: word };
}

export function anyOf(...schemas: readonly JsonSchema[]): JsonSchema {
  return { anyOf: schemas };
}

export function reference(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** Nothing else than these keys; all of them are there, but for those named in `optional`. */
export function object(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((key) => !optional.includes(key));
  return {
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}
