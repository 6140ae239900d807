import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const example = join(root, 'examples/react-dashboard');

test('the example dashboard fits the types of the client', () => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', example], { cwd: root, encoding: 'utf8' });
});

test('the example dashboard builds without a network, and its page holds no key', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'truetape-example-'));
  const key = 'a-key-that-must-stay-in-the-server';
  process.env['TRUETAPE_KEY'] = key;
  try {
    await build({
      configFile: join(example, 'vite.config.ts'),
      logLevel: 'error',
      build: { outDir: folder, emptyOutDir: true },
    });
    const names = readdirSync(join(folder, 'assets'));
    expect(names.filter((name) => /\.(js|css)$/.test(name)).length).toBeGreaterThanOrEqual(2);
    for (const name of names)
      expect(readFileSync(join(folder, 'assets', name), 'utf8')).not.toContain(key);
  } finally {
    delete process.env['TRUETAPE_KEY'];
    rmSync(folder, { recursive: true });
  }
});
