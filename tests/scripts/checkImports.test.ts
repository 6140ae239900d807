import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkImports } from '../../scripts/checkImports.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'truetape-imports-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function plant(files: Readonly<Record<string, string>>): readonly string[] {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkImports(root).map(({ file, line, text }) => `${file}:${line} ${text}`);
}

const host = 'src/main/engine/host.ts';

test.each([
  ['shared imports ours', 'src/shared/a.ts', '../main/engine/host.ts'],
  ['shared imports Node', 'src/shared/a.ts', 'node:fs'],
  ['shared imports React', 'src/shared/a.ts', 'react'],
  ['shared imports a test', 'src/shared/a.ts', '../../tests/support/a.ts'],
  ['client imports the engine', 'src/client/a.ts', '../main/engine/host.ts'],
  ['client imports Node', 'src/client/a.ts', 'node:net'],
  ['shared imports client', 'src/shared/a.ts', '../client/index.ts'],
  ['renderer imports client', 'src/renderer/a.ts', '../client/index.ts'],
  ['renderer imports main', 'src/renderer/a.ts', '../main/engine/core.ts'],
  ['renderer imports preload', 'src/renderer/a.ts', '../preload/index.ts'],
  ['renderer imports Node', 'src/renderer/a.ts', 'node:path'],
  ['renderer imports ws', 'src/renderer/a.ts', 'ws'],
  ['renderer imports electron', 'src/renderer/a.ts', 'electron'],
  ['preload imports Node', 'src/preload/a.ts', 'node:fs'],
  ['preload imports renderer', 'src/preload/a.ts', '../renderer/a.ts'],
  ['simulator imports the engine', 'src/simulator/a.ts', '../main/engine/book/orderBook.ts'],
  ['simulator imports electron', 'src/simulator/a.ts', 'electron'],
  ['engine imports simulator', 'src/main/engine/a.ts', '../../simulator/main.ts'],
  ['engine imports desktop', 'src/main/engine/a.ts', '../desktop/window.ts'],
  ['engine imports gateway', 'src/main/engine/a.ts', '../gateway/server.ts'],
  ['engine imports an entry', 'src/main/engine/a.ts', '../cli.ts'],
  ['engine imports electron', 'src/main/engine/a.ts', 'electron'],
  ['engine imports a browser package', 'src/main/engine/a.ts', 'zustand'],
  ['desktop imports the core', 'src/main/desktop/a.ts', '../engine/core.ts'],
  ['desktop imports gateway', 'src/main/desktop/a.ts', '../gateway/server.ts'],
  ['gateway imports the core', 'src/main/gateway/a.ts', '../engine/core.ts'],
  ['gateway imports desktop', 'src/main/gateway/a.ts', '../desktop/window.ts'],
  ['gateway imports electron', 'src/main/gateway/a.ts', 'electron'],
  ['the headless entry imports desktop', 'src/main/cli.ts', './desktop/window.ts'],
  ['an entry imports electron', 'src/main/index.ts', 'electron'],
  ['an entry imports simulator', 'src/main/index.ts', '../simulator/main.ts'],
  ['a venue imports another', 'src/main/engine/venues/okx/a.ts', '../bybit/parse.ts'],
  ['a simulated venue imports another', 'src/simulator/venues/okx/a.ts', '../bybit/rest.ts'],
  ['a panel imports another', 'src/renderer/panels/tape/A.tsx', '../ladder/Ladder.tsx'],
  ['a package that no row names', 'src/main/engine/a.ts', 'left-pad'],
  ['a built-in without its prefix', 'src/main/engine/a.ts', 'fs'],
])('refuses: %s', (_name, file, specifier) => {
  expect(plant({ [file]: `\nimport { x } from '${specifier}';\n` })).toEqual([
    expect.stringMatching(new RegExp(`^${file}:2 imports `)),
  ]);
});

test.each([
  ['a type import', `import type { X } from '../electronApi.ts';`],
  ['an inline type import', `import { type X } from '../electronApi.ts';`],
  ['an import type', `export type Y = import('../electronApi.ts').X;`],
  ['a typeof import', `export type Y = typeof import('../electronApi.ts');`],
  ['an import for its effect', `import '../electronApi.ts';`],
  ['a re-export of everything', `export * from '../electronApi.ts';`],
  ['a re-export of a namespace', `export * as all from '../electronApi.ts';`],
  ['a re-export of a type', `export type { X } from '../electronApi.ts';`],
  ['a dynamic import', `export const x = await import('../electronApi.ts');`],
  ['a dynamic import by template', 'export const x = await import(`../electronApi.ts`);'],
  ['an import without extension', `import { x } from '../electronApi';`],
  ['an import with a query', `import text from '../electronApi.ts?raw';`],
  ['a require', `const x = require('../electronApi.ts');`],
  ['an import by assignment', `import x = require('../electronApi.ts');`],
  ['a worker', `new Worker(new URL('../electronApi.ts', import.meta.url));`],
  ['an augmentation', `declare module '../electronApi.ts' { interface X { readonly y: 1 } }`],
])('sees through %s', (_name, text) => {
  const files = { 'src/shared/a.ts': text, 'src/electronApi.ts': 'export interface X {}' };
  expect(plant(files)).toContainEqual(
    expect.stringMatching(/^src\/shared\/a\.ts:1 imports src\/electronApi\.ts: /),
  );
});

test.each([
  ['a computed import', 'const x = await import(name);'],
  ['a bundler glob', `const all = import.meta.glob('../main/**/*.ts');`],
])('refuses %s, which it cannot follow', (_name, text) => {
  expect(plant({ 'src/renderer/a.ts': text })).toEqual([
    'src/renderer/a.ts:1 imports a computed name, which cannot be checked.',
  ]);
});

test('reports a cycle with its whole path, also one of types only', () => {
  expect(
    plant({
      'src/shared/a.ts': `import { b } from './b.ts'; export const a = b;`,
      'src/shared/b.ts': `import type { C } from './c.ts'; export const b: C = 1;`,
      'src/shared/c.ts': `export type C = typeof import('./a.ts').a;`,
      'src/shared/d.ts': `export { a } from './a.ts';`,
    }),
  ).toEqual([
    'src/shared/a.ts:1 import cycle: src/shared/a.ts -> src/shared/b.ts -> src/shared/c.ts -> src/shared/a.ts',
  ]);
});

test('refuses a source file outside of the known folders and one that cannot be parsed', () => {
  expect(plant({ 'src/helpers/a.ts': '', 'src/shared/b.ts': 'import {' })).toEqual([
    'src/helpers/a.ts:1 lies in no folder of the table in scripts/checkImports.ts.',
    expect.stringMatching(/^src\/shared\/b\.ts:1 cannot be read: /),
  ]);
});

test('lets innocent imports pass', () => {
  const faults = plant({
    'src/shared/market.ts': `import * as v from 'valibot'; // import '../main/engine/core.ts'`,
    'src/client/index.ts': `import { useState } from 'react'; export * from '../shared/market.ts';`,
    'src/renderer/main.tsx': `import './main.css'; import type { A } from '../shared/market.ts';`,
    'src/renderer/panels/registry.ts': `import { Tape } from './tape/Tape.tsx';`,
    'src/renderer/panels/tape/Tape.tsx': `import '@fontsource-variable/inter/wght.css';
      import { Row } from './Row.tsx'; import { Panel } from '../panel.ts';
      export const text = "import x from '../ladder/Ladder.tsx'";`,
    'src/renderer/panels/tape/Row.tsx': '',
    'src/renderer/panels/panel.ts': '',
    'src/preload/index.ts': `import { ipcRenderer } from 'electron'; import '../shared/market.ts';`,
    'src/simulator/main.ts': `import { WebSocketServer } from 'ws'; import '../shared/market.ts';`,
    [host]: `import { core } from './core.ts'; import { DatabaseSync } from 'node:sqlite';`,
    'src/main/engine/venues/registry.ts': `import './okx/parse.ts'; import './bybit/parse.ts';`,
    'src/main/engine/venues/okx/parse.ts': `import type { Venue } from '../venue.ts';`,
    'src/main/desktop/window.ts': `import { app } from 'electron'; import '../engine/host.ts';`,
    'src/main/gateway/server.ts': `import fastify from 'fastify'; import '../engine/host.ts';
      const page = new URL('../renderer/index.html', import.meta.url);`,
    'src/main/index.ts': `import './desktop/window.ts'; import './engine/host.ts';`,
    'src/main/cli.ts': `import './gateway/server.ts'; import { inspect } from './cli/inspect.ts';`,
    'src/main/cli/inspect.ts': `import { core } from '../engine/core.ts';`,
  });
  expect(faults).toEqual([]);
});
