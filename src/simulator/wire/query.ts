/** A REST path taken apart: `/api/v3/depth?symbol=X` to path and parameters. */
export interface ParsedPath {
  readonly path: string;
  readonly query: URLSearchParams;
}

export function parsePath(pathWithQuery: string): ParsedPath {
  const cut = pathWithQuery.indexOf('?');
  if (cut < 0) return { path: pathWithQuery, query: new URLSearchParams() };
  return {
    path: pathWithQuery.slice(0, cut),
    query: new URLSearchParams(pathWithQuery.slice(cut + 1)),
  };
}

/** A whole number parameter; `fallback` if absent, undefined if it is not one. */
export function wholeNumber(
  query: URLSearchParams,
  name: string,
  fallback: number,
): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return fallback;
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Undefined where the text is not JSON. */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isStringArray(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((element) => typeof element === 'string');
}
