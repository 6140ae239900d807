import { readFileSync, writeFileSync } from 'node:fs';
import type { ScheduledFault } from '../../src/simulator/faults/schedule.ts';
import type { ClockEvent } from './chaosClocks.ts';

const file = new URL('../fixtures/chaos/seeds.json', import.meta.url);

/** A run that failed once. Its faults are kept with it: seeds draw others as soon as there are new kinds of faults. */
export interface ChaosFixture {
  readonly seed: number;
  readonly seconds: number;
  /** What was wrong, in one line. */
  readonly found: string;
  readonly schedule: readonly ScheduledFault[];
  /** Absent in runs that had no clock events, and no candles either. */
  readonly clocks?: readonly ClockEvent[];
}

export function readChaosFixtures(): readonly ChaosFixture[] {
  const fixtures: readonly ChaosFixture[] = JSON.parse(readFileSync(file, 'utf8'));
  return fixtures;
}

export function addChaosFixture(fixture: ChaosFixture): void {
  const others = readChaosFixtures().filter(({ seed }) => seed !== fixture.seed);
  const all = [...others, fixture].sort((a, b) => a.seed - b.seed);
  const lines = all.map(({ schedule, ...rest }) => {
    const faults = schedule.map((fault) => `    ${JSON.stringify(fault)}`).join(',\n');
    return `  ${JSON.stringify(rest).slice(0, -1)},"schedule":[\n${faults}\n  ]}`;
  });
  writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`);
}
