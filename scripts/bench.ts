/** Runs the benchmarks one after another: `npm run bench [-- NAME...]`. Ratios count; milliseconds are this machine's. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const peersFolder = fileURLToPath(new URL('../tests/bench/peers', import.meta.url));

interface Benchmark {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly needsFixtures: boolean;
  readonly needsPeers: boolean;
}

const benchmarks: readonly Benchmark[] = [
  { name: 'decode', script: 'decode.ts', args: [], needsFixtures: true, needsPeers: false },
  { name: 'peers', script: 'peers/compare.mjs', args: [], needsFixtures: true, needsPeers: true },
  { name: 'delivery', script: 'delivery.ts', args: [], needsFixtures: false, needsPeers: false },
  {
    name: 'pipeline',
    script: 'pipeline.ts',
    args: ['5000', '20'],
    needsFixtures: false,
    needsPeers: false,
  },
  {
    name: 'recovery',
    script: 'recovery.ts',
    args: [],
    needsFixtures: false,
    needsPeers: false,
  },
  { name: 'recorder', script: 'recorder.ts', args: [], needsFixtures: true, needsPeers: false },
  { name: 'replay', script: 'replay.ts', args: [], needsFixtures: true, needsPeers: false },
  { name: 'export', script: 'export.ts', args: [], needsFixtures: false, needsPeers: false },
  { name: 'feed', script: 'feed.ts', args: [], needsFixtures: false, needsPeers: false },
  {
    name: 'flood',
    script: 'pipeline.ts',
    args: ['50000', '20'],
    needsFixtures: false,
    needsPeers: false,
  },
];

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function hasPeers(): boolean {
  if (existsSync(`${peersFolder}/node_modules`)) return true;
  say('Installing the peers once, into tests/bench/peers/node_modules.');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--ignore-scripts'], { cwd: peersFolder, stdio: 'inherit' });
  return result.status === 0;
}

function whyNot(benchmark: Benchmark): string | null {
  if (benchmark.needsFixtures && process.env['TRUETAPE_FIXTURES'] === undefined) {
    return 'set TRUETAPE_FIXTURES to the folder of the recorded frames';
  }
  if (benchmark.needsPeers && !hasPeers()) return 'the peers could not be installed';
  return null;
}

function main(names: readonly string[]): number {
  const unknown = names.find((name) => benchmarks.every((benchmark) => benchmark.name !== name));
  if (unknown !== undefined) {
    say(`No benchmark ${unknown}; there are ${benchmarks.map(({ name }) => name).join(', ')}.`);
    return 2;
  }
  let failed = 0;
  for (const benchmark of benchmarks) {
    if (names.length > 0 && !names.includes(benchmark.name)) continue;
    say(`\n${benchmark.name}`);
    const reason = whyNot(benchmark);
    if (reason !== null) {
      say(`skipped: ${reason}`);
      continue;
    }
    const args = [`tests/bench/${benchmark.script}`, ...benchmark.args];
    const result = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
    if (result.status !== 0) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
