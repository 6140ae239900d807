import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'out/client');

/** What other programs import as `truetape/client`: plain modules for browsers and Node; React is the program's own. */
export async function buildClient(outDir: string = folder): Promise<void> {
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      // Programs minify as a whole; stack traces stay readable until then.
      minify: false,
      lib: {
        entry: {
          index: join(root, 'src/client/index.ts'),
          core: join(root, 'src/client/core.ts'),
        },
        formats: ['es'],
      },
      rolldownOptions: { external: [/^react(-dom)?(\/|$)/, /^zustand(\/|$)/] },
    },
  });
  writeFileSync(join(outDir, 'package.json'), `${JSON.stringify(describePackage(), null, 2)}\n`);
}

/**
 * The folder is a package of its own, to be packed: one that is linked into a program would take React from here, and two
 * Reacts in one page cannot share a hook.
 */
function describePackage(): object {
  const own: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { version, license } = v.parse(v.object({ version: v.string(), license: v.string() }), own);
  const entry = (name: string): object => ({
    types: `./types/client/${name}.d.ts`,
    default: `./${name}.js`,
  });
  return {
    ...{ name: 'truetape', version, license, type: 'module', sideEffects: false },
    exports: {
      './client': entry('index'),
      './client/core': entry('core'),
      './package.json': './package.json',
    },
    engines: { node: '>=22' },
    // The core needs neither.
    peerDependencies: { react: '>=19', zustand: '>=5' },
    peerDependenciesMeta: { react: { optional: true }, zustand: { optional: true } },
  };
}

/** Declarations beside the modules. They name each other as sources do, which compilers take for declarations too. */
function buildTypes(): void {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const types = join(folder, 'types');
  rmSync(types, { recursive: true, force: true });
  const tsconfig = join(root, 'src/client/tsconfig.types.json');
  execFileSync(process.execPath, [compiler, '-p', tsconfig, '--outDir', types], {
    cwd: root,
    stdio: 'inherit',
  });
}

/** Starting the workstation builds as well, and has no use for the package: what is made already stays. */
function isUpToDate(): boolean {
  const made = join(folder, 'types/client/index.d.ts');
  if (!existsSync(made) || !existsSync(join(folder, 'package.json'))) return false;
  const madeMs = statSync(made).mtimeMs;
  const sources = globSync(
    ['src/{client,shared}/**/*', 'package-lock.json', 'scripts/buildClient.ts'],
    {
      cwd: root,
    },
  );
  return sources.every((name) => statSync(join(root, name)).mtimeMs < madeMs);
}

if (import.meta.main && !isUpToDate()) {
  await buildClient();
  buildTypes();
}
