import { execFileSync } from 'node:child_process';
import { existsSync, globSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  if (!existsSync(made)) return false;
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
