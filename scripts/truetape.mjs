#!/usr/bin/env node
// The command of the package: it is there before the first build, and says what is missing.
import { existsSync } from 'node:fs';

const cli = new URL('../out/main/cli.js', import.meta.url);

if (existsSync(cli)) {
  await import(cli.href);
} else {
  process.stderr.write('Truetape is not built yet: run `npm run build` first.\n');
  process.exitCode = 1;
}
