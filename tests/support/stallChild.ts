import { spawnSync } from 'node:child_process';
import { watchForStalls } from '../../src/main/stall/watchForStalls.ts';

/** A program that hangs in the way of its first argument, watched as the hosts are; its profile is the second. */
const [, , way = '', profile = ''] = process.argv;

watchForStalls({
  thread: new URL('../../src/main/stall/stallThread.ts', import.meta.url),
  profile,
  log: ({ text }) => process.stderr.write(`${text}\n`),
  // A busy machine keeps a whole program waiting at times.
  times: { lookMs: 100, looks: way === 'idle' ? 20 : 5, pauseLooks: 1_000 },
});

function turnForEver(): never {
  for (let count = 0; ; count += 1) if (count < 0) throw new Error('never');
}

async function resolveForEver(): Promise<never> {
  for (;;) await Promise.resolve();
}

setTimeout(() => {
  if (way === 'loop') turnForEver();
  if (way === 'promises') void resolveForEver();
  if (way === 'platform') spawnSync('sleep', ['3']);
}, 300);
setTimeout(() => process.stderr.write('went on\n'), way === 'idle' ? 5_000 : 400);
