import { setTimeout as pause } from 'node:timers/promises';
import type { Attack, AttackTarget, Outcomes } from './attacks.ts';
import { attacks } from './attacks.ts';
import { openDesk } from './desk.ts';
import type { LoadOptions } from './loadOptions.ts';
import { roomsOf } from './loadOptions.ts';
import { percentilesOf, rounded } from './percentiles.ts';
import type { PhaseFigures } from './phase.ts';
import { Phase } from './phase.ts';
import { readProcess } from './processFigures.ts';
import type { LoadedGateway } from './programs.ts';
import type { Verdict } from './report.ts';
import { phaseLines, table } from './report.ts';
import { ratioVerdict } from './stalledRun.ts';

interface AttackFigures {
  readonly name: string;
  /** Of the clients that do nothing wrong. */
  readonly during: PhaseFigures;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly addedMib: number;
  /** Of the attacker, which runs on the same cores. */
  readonly attackerCpuShare: number;
}

export interface FloodRun {
  readonly before: PhaseFigures;
  readonly attacks: readonly AttackFigures[];
}

const maxAddedMib = 100;
const looksMs = 100;

/** G06: what hostile clients can take from the others. */
export async function runFlood(
  options: LoadOptions,
  say: (line: string) => void,
): Promise<FloodRun> {
  const desk = await openDesk(options, ['--compress']);
  const { transport, encoding, clients, ratePerSec, sampleEvery } = options;
  const healthy = new Phase(`${clients} clients`, desk, {
    ...{ transport, encoding, clients, ratePerSec, sampleEvery, rooms: roomsOf(options) },
    ...{ firstAddress: 0, keepsPayloads: false },
  });
  try {
    await healthy.open();
    const before = await healthy.measure(options.seconds);
    const done: AttackFigures[] = [];
    const [target] = desk.gateways;
    for (const attack of target === undefined ? [] : attacks) {
      if (target === undefined) break;
      say(attack.name);
      done.push(await underAttack(attack, target, healthy));
      await pause(2_000);
    }
    return { before, attacks: done };
  } finally {
    await healthy.crowd.close();
    await desk.stop();
  }
}

async function underAttack(
  attack: Attack,
  target: LoadedGateway,
  healthy: Phase,
): Promise<AttackFigures> {
  const outcomes: Outcomes = new Map();
  const memory: number[] = [];
  const look = (): void => void memory.push(readProcess(target.pid)?.rssMib ?? 0);
  look();
  const timer = setInterval(look, looksMs);
  await healthy.begin();
  const cpu = process.cpuUsage();
  const sinceMs = performance.now();
  const { origin, key } = target;
  const localAddress = `127.0.0.${200 + attacks.indexOf(attack)}`;
  const own: AttackTarget = { origin, key, localAddress };
  await attack.run(own, sinceMs + attack.seconds * 1_000, outcomes);
  const { user, system } = process.cpuUsage(cpu);
  const tookMs = performance.now() - sinceMs;
  const during = await healthy.end();
  clearInterval(timer);
  return {
    name: attack.name,
    during: { ...during, name: attack.name },
    outcomes: Object.fromEntries(outcomes),
    addedMib: rounded((percentilesOf(memory).max ?? 0) - (memory[0] ?? 0), 1),
    attackerCpuShare: rounded((user + system) / 1_000 / tookMs),
  };
}

export function floodLines({ before, attacks: done }: FloodRun): readonly string[] {
  const rows = done.map(({ name, during, outcomes, addedMib, attackerCpuShare }) => [
    name,
    String(addedMib),
    `${during.eventMs.p50 ?? '-'} / ${during.eventMs.p99 ?? '-'}`,
    String(during.gatewayCpuShare),
    String(attackerCpuShare),
    Object.entries(outcomes)
      .map(([what, count]) => `${what}: ${count}`)
      .join(', '),
  ]);
  return [
    ...phaseLines(before),
    ...table(
      ['attack', 'MiB more', 'others p50 / p99', 'gateway', 'attacker', 'what came of it'],
      rows,
    ),
  ];
}

export function floodVerdicts({ before, attacks: done }: FloodRun): readonly Verdict[] {
  return done.flatMap(({ name, during, addedMib }) => [
    ratioVerdict(before, during),
    {
      what: `${name}: ${addedMib} MiB more, at most ${maxAddedMib}`,
      isMet: addedMib <= maxAddedMib,
    },
    {
      what: `${name}: the others lost ${during.eventsLost} events, ${Object.keys(during.ended).length} kinds of ends`,
      isMet: during.eventsLost === 0 && Object.keys(during.ended).length === 0,
    },
  ]);
}
