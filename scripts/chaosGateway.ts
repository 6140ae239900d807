/**
 * Clients of the gateway under random faults: `npm run chaos:gateway -- [--seed 7] [--events 100000] [--clients 50]
 * [--form local|redis|both]` on virtual time; with `--real [--clients 1000] [--outage-sec 10] [--pause-sec 90]` processes of
 * their own over a real Redis; with `--full` all of it at these sizes.
 */
import { parseArgs } from 'node:util';
import { runGatewayChaos } from '../tests/support/gatewayChaos.ts';
import type { GatewayChaosResult } from '../tests/support/gatewayChaos.ts';
import { runRealChaos } from '../tests/support/gatewayChaosReal.ts';
import type { RealChaosOptions } from '../tests/support/gatewayChaosReal.ts';
import { hasRedis } from '../tests/main/gateway/redis/support/redisServer.ts';

const virtualClients = 50;
const realClients = 1_000;
const forms = { local: [false], redis: [true], both: [false, true] } as const;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function describe(result: GatewayChaosResult, tookMs: number): void {
  const { counts, ground } = result;
  const faults = Object.entries(ground.faults).map(([name, count]) => `${count} ${name}`);
  say(
    `${result.published} events in ${result.virtualSec} virtual seconds, ${result.heard} heard: ` +
      `${result.lost} lost, ${result.doubled} doubled`,
  );
  say(
    `${counts.cuts} cuts (${counts.longCuts} longer than what is kept), ${counts.moves} moves, ${counts.stalls} stalls, ` +
      `${counts.changes} changes of subscriptions, ${counts.renewals} tokens`,
  );
  say(
    `${result.resyncs} gaps were marked; faults behind: ${faults.join(', ')}; ` +
      `${ground.evicted} evicted, ${ground.conflated} values conflated, ` +
      `${result.staleChecks} looks at stale values, markets taken over within ${ground.takenOverMs} ms`,
  );
  say(`log ${result.digest}, ${(tookMs / 1000).toFixed(0)} s`);
}

async function runVirtual(options: {
  readonly seed: number;
  readonly events: number;
  readonly clients: number;
  readonly isShared: boolean;
}): Promise<boolean> {
  const { seed, events, clients, isShared } = options;
  const what = isShared ? 'two gateways over Redis (in memory)' : 'one gateway';
  say(`seed ${seed}, ${events} events, ${clients} clients, ${what}`);
  const started = performance.now();
  const result = await runGatewayChaos({ ...options, onProgress: (line) => say(`  ${line}`) });
  describe(result, performance.now() - started);
  for (const problem of result.problems) say(`  ${problem}`);
  const isWhole = result.problems.length === 0;
  say(isWhole ? 'ok' : `FAILED: the same arguments with --seed ${seed} run it again`);
  return isWhole;
}

async function runReal(options: Omit<RealChaosOptions, 'say'>): Promise<boolean> {
  const { clients, outageSec, pauseSec } = options;
  say(
    `processes over Redis, ${clients} clients, ${outageSec} s without Redis, ${pauseSec} s still`,
  );
  const problems = await runRealChaos({ ...options, say });
  for (const problem of problems) say(`  ${problem}`);
  say(problems.length === 0 ? 'ok' : 'FAILED');
  return problems.length === 0;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '7' },
      events: { type: 'string', default: '100000' },
      clients: { type: 'string' },
      full: { type: 'boolean', default: false },
      form: { type: 'string', default: 'both' },
      real: { type: 'boolean', default: false },
      'outage-sec': { type: 'string', default: '10' },
      'pause-sec': { type: 'string', default: '90' },
    },
  });
  const [seed, events] = [Number(values.seed), Number(values.events)];
  const clients = Number(values.clients ?? (values.real ? realClients : virtualClients));
  const [outageSec = 0, pauseSec = 0] = [values['outage-sec'], values['pause-sec']].map(Number);
  const numbers = [seed, events, clients, outageSec, pauseSec];
  const shared = Object.entries(forms).find(([name]) => name === values.form)?.[1];
  if (!numbers.every((each) => Number.isInteger(each) && each >= 1) || shared === undefined) {
    say('usage: npm run chaos:gateway -- [--full] [--seed N] [--events N] [--clients N]');
    say('       [--form local|redis|both] [--real [--outage-sec S] [--pause-sec S]]');
    return 2;
  }
  if ((values.real || values.full) && !hasRedis) return 2;
  let isWhole = true;
  for (const isShared of values.real ? [] : shared) {
    isWhole = (await runVirtual({ seed, events, clients, isShared })) && isWhole;
  }
  if (values.real || values.full) {
    const real = { clients: values.full ? realClients : clients, outageSec, pauseSec };
    isWhole = (await runReal({ seed, ...real })) && isWhole;
  }
  return isWhole ? 0 : 1;
}

process.exitCode = await main();
