/** Clients on a real gateway: `npm run load -- --clients 1000`. What it measures, and what two cores distort: docs/performance.md. */
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assertNever } from '../src/shared/assert.ts';
import { floodLines, floodVerdicts, runFlood } from '../tests/load/floodRun.ts';
import { parseLoadOptions } from '../tests/load/loadOptions.ts';
import type { LoadOptions } from '../tests/load/loadOptions.ts';
import { runMeasure } from '../tests/load/measureRun.ts';
import { runLines, verdictsOf, writeReport } from '../tests/load/report.ts';
import type { Verdict } from '../tests/load/report.ts';
import { runStalled, stalledLines, stalledVerdicts } from '../tests/load/stalledRun.ts';
import { runStop, stopLines, stopVerdicts } from '../tests/load/stopRun.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Result {
  readonly figures: object;
  readonly lines: readonly string[];
  readonly verdicts: readonly Verdict[];
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function describeMachine(): string {
  const [load = 0] = loadavg();
  const cores = availableParallelism();
  return (
    `${cores} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}, load average before the run ${load.toFixed(2)}. ` +
    'Gateway, simulated venues and all clients share these cores: the figures measure the clients and whatever else runs here too.'
  );
}

async function run(options: LoadOptions): Promise<Result> {
  const { scenario } = options;
  const tell = (line: string): void => say(`... ${line}`);
  switch (scenario.type) {
    case 'measure': {
      const figures = await runMeasure(options, tell);
      return {
        figures,
        lines: runLines(figures),
        verdicts: verdictsOf(figures.judged, options.ratePerSec),
      };
    }
    case 'stalled': {
      const figures = await runStalled(options, scenario.stalled, tell);
      return { figures, lines: stalledLines(figures), verdicts: stalledVerdicts(figures) };
    }
    case 'flood': {
      const figures = await runFlood(options, tell);
      return { figures, lines: floodLines(figures), verdicts: floodVerdicts(figures) };
    }
    case 'stop': {
      const figures = await runStop(options, tell);
      return { figures, lines: stopLines(figures), verdicts: stopVerdicts(figures) };
    }
    default:
      return assertNever(scenario);
  }
}

async function main(): Promise<number> {
  const options = parseLoadOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    say(options);
    return 2;
  }
  if (!existsSync(join(root, 'out', 'main', 'cli.js'))) {
    say('The program is not built. Run: npm run build');
    return 2;
  }
  const machine = describeMachine();
  say(machine);
  const result = await run(options);
  for (const line of result.lines) say(line);
  for (const { what, isMet } of result.verdicts) say(`${isMet ? 'ok    ' : 'MISSED'} ${what}`);
  const { figures, verdicts } = result;
  const file = writeReport(join(root, 'test-results'), { options, machine, verdicts, figures });
  say(`written to ${relative(root, file)}`);
  return verdicts.every(({ isMet }) => isMet) ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(130));
}
process.exitCode = await main();
