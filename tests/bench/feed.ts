/** How long a venue waits for its pong while it floods us. Usage: node tests/bench/feed.ts [FRAMES_PER_SEC] [SECONDS] */
import { runPingFlood } from '../support/pingFlood.ts';

const framesPerSec = Number(process.argv[2] ?? 20_000);
const seconds = Number(process.argv[3] ?? 10);
const flood = await runPingFlood(framesPerSec, seconds * 1_000);
process.stdout.write(
  `pong: slowest ${flood.slowestPongMs.toFixed(1)} ms of ${flood.pongs} at ${Math.round(flood.framesPerSec)} frames/s handled (limit 1,000 ms)\n`,
);
