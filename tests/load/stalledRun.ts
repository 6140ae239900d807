import { setTimeout as pause } from 'node:timers/promises';
import type { CrowdFigures } from './crowd.ts';
import { openDesk } from './desk.ts';
import type { Desk } from './desk.ts';
import type { LoadOptions } from './loadOptions.ts';
import { roomsOf } from './loadOptions.ts';
import { rounded } from './percentiles.ts';
import type { PhaseFigures } from './phase.ts';
import { Phase } from './phase.ts';
import { readMetrics } from './programs.ts';
import type { Verdict } from './report.ts';
import { phaseLines } from './report.ts';

export interface StalledRun {
  /** The others, while those read that stop later. */
  readonly before: PhaseFigures;
  /** The others, from the moment at which those stop to the end of the last one of them. */
  readonly during: PhaseFigures;
  readonly stalled: number;
  readonly evicted: number;
  readonly evictedAfterMs: number | null;
  /** What those saw that read on after it. */
  readonly connections: Readonly<Record<string, number>>;
  readonly told: Readonly<Record<string, number>>;
}

const evictionLimitMs = 120_000;
/** What the kernel kept for them comes first. */
const readOnLimitMs = 20_000;
/** Whole books, so that what the kernel holds for a connection is full within seconds. */
const heavyBooks = { markets: 10, depth: 50 };

/** G01: some clients stop reading. */
export async function runStalled(
  options: LoadOptions,
  count: number,
  say: (line: string) => void,
): Promise<StalledRun> {
  const desk = await openDesk(options);
  const { transport, encoding, clients, ratePerSec, sampleEvery } = options;
  const crowd = { transport, encoding, ratePerSec, keepsPayloads: false };
  const healthy = new Phase(`${clients - count} that read`, desk, {
    ...{ ...crowd, clients: clients - count, sampleEvery, rooms: roomsOf(options) },
    firstAddress: 0,
  });
  const stalled = new Phase(`${count} that stop`, desk, {
    ...{ ...crowd, clients: count, sampleEvery: 10, firstAddress: 6_000 },
    depth: heavyBooks.depth,
    rooms: [
      roomsOf({ markets: heavyBooks.markets, watch: 1, channels: ['orderbook'] }).map(
        (room) => room.at(-1) ?? '',
      ),
    ],
  });
  try {
    await healthy.open();
    await stalled.open();
    say('all of them read');
    const before = await healthy.measure(options.seconds);
    say(`${count} stop reading`);
    await healthy.begin();
    await stalled.crowd.setReading(false);
    const sinceMs = performance.now();
    const evicted = await untilEvicted(desk, count);
    const evictedAfterMs = evicted === count ? performance.now() - sinceMs : null;
    const during = await healthy.end();
    await stalled.crowd.setReading(true);
    const { ended, sample } = await untilEnded(stalled);
    return {
      ...{ before, during, stalled: count, evicted, evictedAfterMs },
      connections: Object.fromEntries(ended),
      told: Object.fromEntries(sample.messageTypes),
    };
  } finally {
    await healthy.crowd.close();
    await stalled.crowd.close();
    await desk.stop();
  }
}

async function untilEvicted({ gateways }: Desk, expected: number): Promise<number> {
  const limitMs = performance.now() + evictionLimitMs;
  for (;;) {
    let evicted = 0;
    for (const gateway of gateways) {
      evicted += (await readMetrics(gateway)).get('truetape_clients_evicted_total') ?? 0;
    }
    if (evicted >= expected || performance.now() > limitMs) return evicted;
    await pause(500);
  }
}

async function untilEnded({ crowd }: Phase): Promise<CrowdFigures> {
  const limitMs = performance.now() + readOnLimitMs;
  for (;;) {
    const figures = await crowd.figures();
    if (figures.isOpenNow === 0 || performance.now() > limitMs) return figures;
    await pause(500);
  }
}

export function stalledLines(run: StalledRun): readonly string[] {
  const words = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([what, count]) => `${what}: ${count}`)
      .join(', ');
  return [
    ...phaseLines(run.before),
    ...phaseLines({ ...run.during, name: 'the same while the others do not read' }),
    `evicted: ${run.evicted} of ${run.stalled}, the last one ${Math.round(run.evictedAfterMs ?? NaN)} ms after they stopped`,
    `ends that they saw when they read on: ${words(run.connections)}`,
    `what they were told: ${words(run.told)}`,
  ];
}

export function stalledVerdicts({
  before,
  during,
  stalled,
  evicted,
}: StalledRun): readonly Verdict[] {
  return [
    ratioVerdict(before, during),
    { what: `${evicted} of ${stalled} evicted`, isMet: evicted === stalled },
    {
      what: `${during.eventsLost} events lost, ${during.eventsDoubled} doubled by the others, ${Object.keys(during.ended).length} kinds of ends`,
      isMet:
        during.eventsLost === 0 &&
        during.eventsDoubled === 0 &&
        Object.keys(during.ended).length === 0,
    },
  ];
}

/** Of the clients that do nothing wrong: at most a tenth slower than before. */
export function ratioVerdict(before: PhaseFigures, during: PhaseFigures): Verdict {
  const from = before.eventMs.p99;
  const to = during.eventMs.p99;
  if (from === null || to === null) return { what: 'no figures', isMet: false };
  const percent = rounded((to / from - 1) * 100, 1);
  return {
    what: `${during.name}: events p99 ${from} -> ${to} ms, ${percent} %, at most 10`,
    isMet: percent <= 10,
  };
}
