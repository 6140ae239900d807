import { setTimeout as pause } from 'node:timers/promises';
import { openDesk } from './desk.ts';
import type { LoadOptions } from './loadOptions.ts';
import { roomsOf } from './loadOptions.ts';
import type { PhaseFigures } from './phase.ts';
import { Phase } from './phase.ts';
import type { Ended } from './programs.ts';
import type { Verdict } from './report.ts';
import { phaseLines } from './report.ts';

export interface StopRun {
  readonly before: PhaseFigures;
  readonly ended: readonly Ended[];
  /** How the clients' connections ended, and what those that are read in full were told last. */
  readonly connections: Readonly<Record<string, number>>;
  readonly told: Readonly<Record<string, number>>;
}

const limitMs = 5_000;

/** G09: a stop signal while all clients are served. */
export async function runStop(options: LoadOptions, say: (line: string) => void): Promise<StopRun> {
  const desk = await openDesk(options);
  const { transport, encoding, clients, ratePerSec, sampleEvery } = options;
  const phase = new Phase(`${clients} clients`, desk, {
    ...{ transport, encoding, clients, ratePerSec, sampleEvery, rooms: roomsOf(options) },
    ...{ firstAddress: 0, keepsPayloads: false },
  });
  let ended: readonly Ended[] = [];
  try {
    await phase.open();
    const before = await phase.measure(Math.min(options.seconds, 5));
    say('the stop signal');
    ended = await desk.stop();
    await pause(500);
    const { ended: connections, sample } = await phase.crowd.figures();
    return {
      ...{ before, ended, connections: Object.fromEntries(connections) },
      told: Object.fromEntries(sample.messageTypes),
    };
  } finally {
    await phase.crowd.close();
    if (ended.length === 0) await desk.stop();
  }
}

export function stopLines({ before, ended, connections, told }: StopRun): readonly string[] {
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([what, count]) => `${what}: ${count}`)
      .join(', ');
  return [
    ...phaseLines(before),
    ...ended.map(
      ({ code, tookMs }) => `gateway ended with ${code ?? 'a signal'} in ${Math.round(tookMs)} ms`,
    ),
    `connections ended: ${counts(connections)}`,
    `those read in full were told: ${counts(told)}`,
  ];
}

export function stopVerdicts({ before, ended, connections }: StopRun): readonly Verdict[] {
  const closed = Object.values(connections).reduce((sum, count) => sum + count, 0);
  return [
    ...ended.map(({ code, tookMs }) => ({
      what: `code ${code ?? 'none'} after ${Math.round(tookMs)} ms, at most ${limitMs}`,
      isMet: code === 0 && tookMs <= limitMs,
    })),
    {
      what: `${closed} of ${before.opened} connections ended`,
      isMet: closed === before.opened,
    },
  ];
}
