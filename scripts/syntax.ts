import { parseSync } from 'vite';
import { isRecord } from './json.ts';

export type SyntaxNode = Readonly<Record<string, unknown>>;

/** The text of a string, of a literal type, or of a template without holes. */
export function readLiteral(node: unknown): string | undefined {
  if (!isRecord(node)) return undefined;
  if (typeof node['value'] === 'string') return node['value'];
  const { quasis, expressions, literal } = node;
  if (literal !== undefined) return readLiteral(literal);
  const hasOnePart =
    Array.isArray(quasis) && Array.isArray(expressions) && expressions.length === 0;
  const part: unknown = hasOnePart ? quasis[0] : undefined;
  const text = isRecord(part) ? part['value'] : undefined;
  return isRecord(text) && typeof text['cooked'] === 'string' ? text['cooked'] : undefined;
}

export function isNamed(node: unknown, name: string): boolean {
  return isRecord(node) && node['type'] === 'Identifier' && node['name'] === name;
}

export function firstArgument(node: SyntaxNode): unknown {
  return Array.isArray(node['arguments']) ? node['arguments'][0] : undefined;
}

export function visitNodes(value: unknown, visit: (node: SyntaxNode) => void): void {
  if (Array.isArray(value)) {
    for (const element of value) visitNodes(element, visit);
  } else if (isRecord(value)) {
    if (typeof value['type'] === 'string') visit(value);
    for (const child of Object.values(value)) visitNodes(child, visit);
  }
}

/** Throws where the text is not TypeScript. */
export function parseSource(path: string, text: string): unknown {
  const { program, errors } = parseSync(path, text);
  const [firstError] = errors;
  if (firstError !== undefined) throw new SyntaxError(`${path}: ${firstError.message}`);
  return program;
}
