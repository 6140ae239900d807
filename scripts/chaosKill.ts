import { parseArgs } from 'node:util';
import { killRecorder } from '../tests/support/killRecorder.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '10' },
    rate: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
  },
});
const kills = Number(values.kills);
const rate = Number(values.rate);
let state = Number(values.seed);
const write = (line: string): boolean => process.stdout.write(`${line}\n`);

if (![kills, rate, state].every((value) => Number.isInteger(value) && value >= 1)) {
  write('usage: npm run chaos:kill -- --kills N [--rate MESSAGES_PER_SEC] [--seed N]');
  process.exitCode = 2;
} else {
  let failed = 0;
  let longest = 0;
  for (let kill = 1; kill <= kills; kill += 1) {
    state = (state * 48_271) % 2_147_483_647;
    const result = await killRecorder(100 + (state % 2_400), rate);
    longest = Math.max(longest, result.lostMs);
    if (result.problems.length > 0) failed += 1;
    write(
      `kill ${kill} after ${result.killedAfterMs} ms: ${result.given} given, ${result.readBack} read back, ` +
        `lost ${result.lostMs.toFixed(0)} ms, torn end of ${result.tornBytes} bytes`,
    );
    for (const problem of result.problems) write(`  ${problem}`);
  }
  write(`${kills - failed} of ${kills} whole; at most ${longest.toFixed(0)} ms lost (may: 1000)`);
  process.exitCode = failed === 0 ? 0 : 1;
}
