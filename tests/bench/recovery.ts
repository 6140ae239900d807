/**
 * How fast a real engine notices and mends what breaks: sockets on loopback, simulated venues in a process of their own,
 * faults through its control. Usage: node tests/bench/recovery.ts [ROUNDS]
 */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { openMarketEngine } from '../../src/main/engine/hosting/marketEngine.ts';
import type { RunningEngine } from '../../src/main/engine/hosting/runningEngine.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import { venueIds } from '../../src/shared/venues.ts';

const rounds = Number(process.argv[2] ?? 7);
const pollMs = 4;
const giveUpMs = 60_000;
const simulatorEntry = fileURLToPath(new URL('../../src/simulator/main.ts', import.meta.url));
const listening = v.object({
  control: v.string(),
  venues: v.record(v.string(), v.object({ ws: v.string(), rest: v.string() })),
});

const counted = v.record(
  v.string(),
  v.looseObject({ requestsRefused: v.number(), bans: v.number() }),
);

let child: ChildProcess | null = null;
let market: v.InferOutput<typeof listening> = { control: '', venues: {} };

/** Venues count by address: each part begins with venues that have counted nothing yet. */
async function startMarket(): Promise<void> {
  child?.kill();
  child = fork(simulatorEntry, ['--rate', '1000'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const [output] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  market = v.parse(listening, JSON.parse(String(output).split('\n')[0] ?? ''));
}

async function punishments(): Promise<string> {
  const answer = await fetch(`${market.control}/oracle/counters`);
  const venues = Object.values(v.parse(counted, await answer.json()));
  const sum = (read: (venue: (typeof venues)[number]) => number): number =>
    venues.reduce((total, venue) => total + read(venue), 0);
  return `${sum((each) => each.requestsRefused)} requests refused, ${sum((each) => each.bans)} bans`;
}

async function control(command: object): Promise<void> {
  const body = JSON.stringify(command);
  const answer = await fetch(`${market.control}/control`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`refused: ${await answer.text()}`);
}

async function listedMarkets(): Promise<readonly string[]> {
  const answer = await fetch(`${market.control}/oracle/markets?venue=binance`);
  return v.parse(v.array(v.string()), await answer.json());
}

/** An engine with what it says about its sockets. */
class Patient {
  readonly engine: RunningEngine;
  readonly markets: readonly string[];
  readonly #said: { readonly venue: string; readonly text: string; readonly atMs: number }[] = [];

  constructor(markets: readonly string[]) {
    this.markets = markets;
    this.engine = openMarketEngine({
      source: 'simulated',
      endpoints: (venue) => market.venues[venue.id] ?? venue.endpoints,
      log: ({ scope, text }) => {
        this.#said.push({ venue: scope, text, atMs: performance.now() });
      },
    });
    this.engine.command({ type: 'want', markets, books: markets, candles: [] });
  }

  books(venues: readonly VenueId[] = venueIds, markets = this.markets): number {
    let counted = 0;
    for (const each of markets) {
      const request = { market: each, venue: null, group: '0', rows: 1, muted: [] };
      for (const part of this.engine.view.bookView(request).parts) {
        if (part.counted && venues.includes(part.venue)) counted += 1;
      }
    }
    return counted;
  }

  /** When the venue's socket was known to be gone, and when the next one was tried; NaN before. */
  lostAfter(venue: VenueId, fromMs: number): number {
    return this.#firstAfter(venue, fromMs, /^connection \d+/);
  }

  triedAfter(venue: VenueId, fromMs: number): number {
    return this.#firstAfter(venue, fromMs, /#\d+ connecting$/);
  }

  #firstAfter(venue: VenueId, fromMs: number, pattern: RegExp): number {
    const found = this.#said.find(
      (each) => each.venue === venue && each.atMs >= fromMs && pattern.test(each.text),
    );
    return found?.atMs ?? Number.NaN;
  }

  async whole(): Promise<void> {
    await until(() => this.books() === this.markets.length * venueIds.length);
  }
}

/** The moment at which it became true; NaN when it did not within a minute. */
async function until(isTrue: () => boolean): Promise<number> {
  const giveUpAt = performance.now() + giveUpMs;
  while (performance.now() < giveUpAt) {
    if (isTrue()) return performance.now();
    await pause(pollMs);
  }
  return Number.NaN;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const samples = {
  noticed: [] as number[],
  replaced: [] as number[],
  firstTry: [] as number[],
  validBook: [] as number[],
  together: [] as number[],
};

/** Each round is a new engine: one that was dropped before waits longer by design. */
async function measureDrops(markets: readonly string[]): Promise<void> {
  const patient = new Patient(markets);
  await patient.whole();
  await pause(1_000);
  for (const venue of venueIds) {
    const [watched = 'BTC-USDT'] = markets;
    const from = performance.now();
    await control({ type: 'reset', venue });
    // With the next socket tried, what was valid before is not: a book that counts then is whole again.
    const validAt = await until(
      () => patient.triedAfter(venue, from) > 0 && patient.books([venue], [watched]) === 1,
    );
    samples.validBook.push(validAt - from);
    samples.firstTry.push(patient.triedAfter(venue, from) - patient.lostAfter(venue, from));
  }
  patient.engine.close();
}

async function measureSilence(markets: readonly string[], venue: VenueId): Promise<void> {
  const patient = new Patient(markets);
  await patient.whole();
  await pause(5_000);
  const [watched = 'BTC-USDT'] = markets;
  const from = performance.now();
  await control({ type: 'halfOpen', venue, durationMs: 15_000 });
  samples.noticed.push((await until(() => patient.books([venue], [watched]) === 0)) - from);
  await until(() => patient.triedAfter(venue, from) > 0);
  samples.replaced.push(patient.triedAfter(venue, from) - from);
  patient.engine.close();
  await control({ type: 'restore', venue });
}

async function measureTogether(markets: readonly string[]): Promise<void> {
  const patient = new Patient(markets);
  await patient.whole();
  await pause(1_000);
  const from = performance.now();
  await Promise.all(venueIds.map((venue) => control({ type: 'reset', venue })));
  await until(() => venueIds.every((venue) => patient.triedAfter(venue, from) > 0));
  await patient.whole();
  samples.together.push(performance.now() - from);
  patient.engine.close();
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function line(name: string, values: readonly number[], share: number, limitMs: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number): number => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? NaN;
  const judged = at(share);
  const verdict = judged <= limitMs ? 'within' : 'BEYOND';
  const what = share === 1 ? 'longest' : `p${share * 100}`;
  return (
    `${name.padEnd(34)} p50 ${at(0.5).toFixed(0).padStart(6)}  ${what} ${judged.toFixed(0)} ms, ` +
    `${verdict} ${limitMs} ms, ${values.length} times`
  );
}

try {
  await startMarket();
  const all = (await listedMarkets()).slice(0, 30);
  const ten = all.slice(0, 10);
  for (let round = 0; round < 2; round += 1) {
    if (round > 0) await startMarket();
    await measureTogether(all);
    say(`${all.length} books of each venue lost together: ${await punishments()}`);
  }
  say(line(`${all.length} books x 3 venues lost together`, samples.together, 1, 20_000));
  await startMarket();
  for (const venue of venueIds) await measureSilence(ten, venue);
  say(line('silent socket noticed', samples.noticed, 1, 3_000));
  say(line('silent socket replaced', samples.replaced, 1, 10_000));
  for (let round = 0; round < rounds; round += 1) {
    await startMarket();
    await measureDrops(ten);
  }
  say(line('drop -> first try', samples.firstTry, 1, 250));
  say(line('drop -> valid book', samples.validBook, 0.95, 1_500));
} finally {
  child?.kill();
}
