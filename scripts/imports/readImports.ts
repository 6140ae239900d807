import { isRecord } from '../json.ts';
import {
  firstArgument,
  isNamed,
  parseSource,
  readLiteral,
  visitNodes,
  type SyntaxNode,
} from '../syntax.ts';

/** One mention of another module in a source file, whatever its syntax and whether for a type or a value. */
export interface ImportMention {
  /** Undefined where the module's name is computed, and so cannot be checked. */
  readonly specifier: string | undefined;
  readonly line: number;
}

/** The bundler's `import.meta.glob(pattern)`. */
function isGlobImport(callee: unknown): boolean {
  if (!isRecord(callee) || callee['type'] !== 'MemberExpression') return false;
  const { object, property } = callee;
  return isRecord(object) && object['type'] === 'MetaProperty' && isNamed(property, 'glob');
}

/** The part of a node that names a module, or undefined for a node that names none. */
function findModuleName(node: SyntaxNode): { readonly name: unknown } | undefined {
  switch (node['type']) {
    case 'ImportDeclaration':
    case 'ImportExpression':
    case 'ExportAllDeclaration':
    case 'TSImportType':
      return { name: node['source'] ?? node['argument'] };
    case 'ExportNamedDeclaration':
      return isRecord(node['source']) ? { name: node['source'] } : undefined;
    case 'TSExternalModuleReference':
      return { name: node['expression'] };
    case 'TSModuleDeclaration': {
      const specifier = readLiteral(node['id']);
      return specifier?.startsWith('.') === true ? { name: node['id'] } : undefined;
    }
    case 'CallExpression':
      if (isGlobImport(node['callee'])) return { name: undefined };
      return isNamed(node['callee'], 'require') ? { name: firstArgument(node) } : undefined;
    case 'NewExpression': {
      // `new Worker(new URL('./x.ts', import.meta.url))` is how a bundler is told of a worker.
      const specifier = isNamed(node['callee'], 'URL') ? readLiteral(firstArgument(node)) : '';
      const namesSource = specifier !== undefined && /^\..*\.[cm]?tsx?$/.test(specifier);
      return namesSource ? { name: firstArgument(node) } : undefined;
    }
    default:
      return undefined;
  }
}

/** Throws where the text is not TypeScript, since a file that cannot be read cannot be checked. */
export function readImports(path: string, text: string): readonly ImportMention[] {
  const mentions: ImportMention[] = [];
  visitNodes(parseSource(path, text), (node) => {
    const found = findModuleName(node);
    if (found === undefined) return;
    const start = typeof node['start'] === 'number' ? node['start'] : 0;
    const line = text.slice(0, start).split('\n').length;
    mentions.push({ specifier: readLiteral(found.name), line });
  });
  return mentions;
}
