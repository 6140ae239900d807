import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
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

test('the built core is one import in plain Node, without React, with the names of its source', async () => {
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
  } finally {
    rmSync(folder, { recursive: true });
  }
});
