#!/usr/bin/env node
// Nothing may be imported statically here: an older Node would fail on it before it could be told why.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `truetape: Node 24 or newer is needed, this is ${process.versions.node}. In this folder, npm run and npx use the right one.\n`,
  );
  process.exitCode = 1;
} else {
  // Name resolution and file sync share libuv's threads; four of them let one slow disk hold up every connect.
  process.env['UV_THREADPOOL_SIZE'] ??= '16';
  const { runProgram } = await import('./cli/program.ts');
  await runProgram(process.argv.slice(2));
}

export {};
