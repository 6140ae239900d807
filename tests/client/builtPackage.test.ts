import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import { build } from 'vite';
import { expect, test } from 'vitest';
import * as core from '../../src/client/core.ts';
import { buildClient } from '../../scripts/buildClient.ts';

const packageSchema = v.object({
  exports: v.looseObject({
    './client': v.object({ default: v.string() }),
    './client/core': v.object({ default: v.string() }),
  }),
  peerDependencies: v.record(v.string(), v.string()),
});

/** What a program's bundle grows by that uses this name alone. */
async function bytesOf(folder: string, name: string): Promise<number> {
  const entry = join(folder, 'program.js');
  writeFileSync(entry, `import { ${name} } from './index.js'; console.log(${name});`);
  const built = await build({
    ...{ configFile: false, root: folder, logLevel: 'silent' },
    build: {
      ...{ write: false, lib: { entry, formats: ['es'] } },
      rolldownOptions: { external: [/^react/, /^zustand/] },
    },
  });
  const outputs = [built].flat().flatMap((each) => ('output' in each ? each.output : []));
  return outputs.reduce((sum, each) => sum + (each.type === 'chunk' ? each.code.length : 0), 0);
}

test('the built core is one import in plain Node with the names of its source, and a program pays for what it uses', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'truetape-client-'));
  try {
    await buildClient(folder);
    const address = pathToFileURL(join(folder, 'core.js')).href;
    // Beside no node_modules: what it needs is in it.
    const names = execFileSync(
      process.execPath,
      [
        ...['--input-type=module', '-e'],
        `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(address)}))))`,
      ],
      { cwd: folder, encoding: 'utf8' },
    );
    const built: unknown = JSON.parse(names);
    expect(built).toEqual(Object.keys(core).toSorted());
    // The folder is packed as it is: what its package names has to be there, and React is the program's own.
    const described: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const { exports: entries, peerDependencies } = v.parse(packageSchema, described);
    for (const entry of [entries['./client'], entries['./client/core']]) {
      expect(existsSync(join(folder, entry.default))).toBe(true);
    }
    expect(Object.keys(peerDependencies)).toEqual(['react', 'zustand']);
    const page = readFileSync(join(folder, 'index.js'), 'utf8');
    expect(page).toMatch(/from "react"/);
    expect(await bytesOf(folder, 'EventBus')).toBeLessThan(20_000);
    expect(await bytesOf(folder, 'createTruetapeClient')).toBeLessThan(150_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
