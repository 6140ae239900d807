import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCycles } from './imports/findCycles.ts';
import { readImports } from './imports/readImports.ts';

type PackageKind = 'neutral' | 'node' | 'browser' | 'electron';

interface FolderRule {
  /** The longest prefix that fits a file decides. */
  readonly from: string;
  /** Prefixes of our own files that it may import. */
  readonly ours: readonly string[];
  readonly except?: readonly string[];
  readonly packages: readonly PackageKind[];
}

const host = 'src/main/engine/host.ts';

// prettier-ignore
const folderRules: readonly FolderRule[] = [
  { from: 'src/shared/',       ours: ['src/shared/'],                               packages: ['neutral'] },
  { from: 'src/client/',       ours: ['src/client/', 'src/shared/'],                packages: ['neutral', 'browser'] },
  { from: 'src/renderer/',     ours: ['src/renderer/', 'src/shared/', 'docs/'],     packages: ['neutral', 'browser'] },
  { from: 'src/preload/',      ours: ['src/preload/', 'src/shared/'],               packages: ['neutral', 'electron'] },
  { from: 'src/simulator/',    ours: ['src/simulator/', 'src/shared/'],             packages: ['neutral', 'node'] },
  { from: 'src/main/engine/',  ours: ['src/main/engine/', 'src/shared/'],           packages: ['neutral', 'node'] },
  { from: 'src/main/desktop/', ours: ['src/main/desktop/', host, 'src/shared/'],    packages: ['neutral', 'node', 'electron'] },
  { from: 'src/main/gateway/', ours: ['src/main/gateway/', host, 'src/shared/'],    packages: ['neutral', 'node'] },
  { from: 'src/main/index.ts', ours: ['src/main/', 'src/shared/'],                  packages: ['neutral', 'node'] },
  // The headless host has no Electron, so nothing that it loads may reach the desktop.
  { from: 'src/main/',         ours: ['src/main/', 'src/shared/'], except: ['src/main/desktop/'], packages: ['neutral', 'node'] },
];

/** Folders whose subfolders never import each other. */
const separateSiblings: readonly string[] = [
  'src/main/engine/venues/',
  'src/renderer/panels/',
  'src/simulator/venues/',
];

const packagePatterns: Readonly<Record<PackageKind, readonly RegExp[]>> = {
  neutral: [/^valibot$/, /^@msgpack\/msgpack$/, /^eventsource-parser$/],
  node: [
    /^node:/,
    /^ws$/,
    /^fastify$/,
    /^@fastify\//,
    /^fflate$/,
    /^hyparquet-writer$/,
    /^socket\.io$/,
    /^socket\.io-(msgpack-)?parser$/,
    /^@socket\.io\//,
    /^redis$/,
    /^jose$/,
    /^prom-client$/,
  ],
  browser: [
    /^react(-dom)?$/,
    /^dockview-react$/,
    /^ag-grid-(community|react)$/,
    /^lightweight-charts$/,
    /^zustand$/,
    /^lucide-react$/,
    /^cmdk$/,
    /^@fontsource-variable\//,
  ],
  electron: [/^electron$/],
};

export interface ImportFault {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

function findPackageKind(specifier: string): PackageKind | undefined {
  const parts = specifier.split('/');
  const name = specifier.startsWith('node:')
    ? specifier
    : parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  for (const kind of ['neutral', 'node', 'browser', 'electron'] as const) {
    if (packagePatterns[kind].some((pattern) => pattern.test(name))) return kind;
  }
  return undefined;
}

function findRule(file: string): FolderRule | undefined {
  return folderRules
    .filter((rule) => file.startsWith(rule.from))
    .toSorted((left, right) => right.from.length - left.from.length)[0];
}

/** The project's path of a relative specifier; without an extension, the file that it would mean. */
function resolveOurs(root: string, file: string, specifier: string): string {
  const bare = specifier.replace(/[?#].*$/, '');
  const path = posix.join(posix.dirname(file), bare);
  const candidates = [path, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`, `${path}/index.tsx`];
  const found = candidates.find(
    (candidate) => /\.\w+$/.test(candidate) && existsSync(join(root, candidate)),
  );
  return found ?? path;
}

function findSibling(folder: string, path: string): string | undefined {
  if (!path.startsWith(folder)) return undefined;
  const [sibling, ...rest] = path.slice(folder.length).split('/');
  return rest.length > 0 ? sibling : undefined;
}

function judgeOurs(rule: FolderRule, file: string, imported: string): string | undefined {
  for (const folder of separateSiblings) {
    const from = findSibling(folder, file);
    const to = findSibling(folder, imported);
    if (from !== undefined && to !== undefined && from !== to) {
      return `imports ${imported}: the folders in ${folder} never import each other.`;
    }
  }
  const isAllowed = rule.ours.some((prefix) => imported.startsWith(prefix));
  const isExcepted = rule.except?.some((prefix) => imported.startsWith(prefix)) === true;
  if (isAllowed && !isExcepted) return undefined;
  const except = rule.except === undefined ? '' : ` except ${rule.except.join(', ')}`;
  return `imports ${imported}: ${rule.from} imports only ${rule.ours.join(', ')}${except}.`;
}

function judgePackage(rule: FolderRule, specifier: string): string | undefined {
  const kind = findPackageKind(specifier);
  if (kind === undefined) {
    return `imports ${specifier}, which is in no row of packagePatterns in scripts/checkImports.ts.`;
  }
  if (rule.packages.includes(kind)) return undefined;
  return `imports ${specifier}: ${rule.from} may use ${rule.packages.join(', ')} packages, not ${kind} ones.`;
}

interface FileReport {
  readonly faults: readonly ImportFault[];
  readonly imported: readonly string[];
}

function checkFile(root: string, file: string): FileReport {
  const rule = findRule(file);
  if (rule === undefined) {
    const text = 'lies in no folder of the table in scripts/checkImports.ts.';
    return { faults: [{ file, line: 1, text }], imported: [] };
  }
  const faults: ImportFault[] = [];
  const imported: string[] = [];
  for (const { specifier, line } of readImports(file, readFileSync(join(root, file), 'utf8'))) {
    let text: string | undefined;
    if (specifier === undefined) {
      text = 'imports a computed name, which cannot be checked.';
    } else if (specifier.startsWith('.')) {
      const path = resolveOurs(root, file, specifier);
      imported.push(path);
      text = judgeOurs(rule, file, path);
    } else {
      text = judgePackage(rule, specifier);
    }
    if (text !== undefined) faults.push({ file, line, text });
  }
  return { faults, imported };
}

/** Checks every source file below `root`/src; the rules are those of the tables above. */
export function checkImports(root: string): readonly ImportFault[] {
  const files = globSync('src/**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}', { cwd: root }).map((file) =>
    file.replaceAll('\\', '/'),
  );
  const faults: ImportFault[] = [];
  const importsByFile = new Map<string, readonly string[]>();
  for (const file of files.toSorted()) {
    try {
      const report = checkFile(root, file);
      faults.push(...report.faults);
      importsByFile.set(file, report.imported);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      faults.push({ file, line: 1, text: `cannot be read: ${error.message}` });
    }
  }
  for (const cycle of findCycles(importsByFile)) {
    faults.push({ file: cycle[0] ?? '', line: 1, text: `import cycle: ${cycle.join(' -> ')}` });
  }
  return faults;
}

if (import.meta.main) {
  const faults = checkImports(fileURLToPath(new URL('..', import.meta.url)));
  for (const { file, line, text } of faults) process.stderr.write(`${file}:${line} ${text}\n`);
  if (faults.length > 0) process.exitCode = 1;
}
