import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import * as core from '../../src/client/core.ts';
import { buildClient } from '../../scripts/buildClient.ts';

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
  } finally {
    rmSync(folder, { recursive: true });
  }
});
