import type { GapRecord, StreamStatus } from '../../src/shared/feedHealth.ts';
import { instrumentId } from '../../src/shared/market.ts';
import type { TradeValue } from '../../src/shared/values.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import { createFaultSchedule } from '../../src/simulator/faults/schedule.ts';
import type { ScheduledFault } from '../../src/simulator/faults/schedule.ts';
import { EngineOnLinks, tenMarkets } from './engineOnLinks.ts';
import { bookDifference, updateIdNow } from './oracleChecks.ts';
import { tradesNotAccountedFor } from './chaosTrades.ts';
import type { Span } from './chaosTrades.ts';

const venues = ['binance', 'bybit', 'okx'] as const;
const touchedRows = 50;
const fullEveryInputs = 1_000;
/** The longest delay of a reconnect and the time in which all books are valid again (N04, N06). */
const recoveryMs = 30_000 + 20_000;
const mostProblems = 20;
const mostTimers = 20_000;
const freshStatuses: readonly StreamStatus[] = ['live', 'quiet'];

export interface ChaosOptions {
  readonly seed: number;
  /** Virtual seconds of faults; then all is quiet until everything is whole. */
  readonly seconds: number;
  readonly messagesPerSec?: number;
  /** Mean time between two faults; 2 s unless given. */
  readonly everyMs?: number;
  /** In place of the seed's own faults: to narrow a failure down. */
  readonly schedule?: readonly ScheduledFault[];
}

export interface ChaosResult {
  readonly seed: number;
  /** Empty: every invariant held. */
  readonly problems: readonly string[];
  readonly schedule: readonly ScheduledFault[];
  readonly inputs: number;
  readonly comparisons: number;
  readonly trades: number;
  readonly gaps: number;
  readonly reconnects: number;
  readonly resyncs: number;
  /** From the end of the last fault until everything was whole. */
  readonly recoveredAfterMs: number | null;
}

/** Three venues and ten instruments under a seed's faults, in virtual time. */
export function runChaos(options: ChaosOptions): ChaosResult {
  const run = new ChaosRun(options);
  try {
    return run.finish();
  } finally {
    run.engine.close();
  }
}

class ChaosRun {
  readonly engine: EngineOnLinks;
  private readonly options: ChaosOptions;
  private readonly schedule: readonly ScheduledFault[];
  private readonly problems: string[] = [];
  private readonly touched = new Set<string>();
  private readonly trades = new Map<string, TradeValue[]>();
  private readonly gaps = new Map<number, GapRecord>();
  private startedMs = 0;
  private inputs = 0;
  private comparisons = 0;
  private lastFault = 'none';

  constructor(options: ChaosOptions) {
    this.options = options;
    this.schedule =
      options.schedule ??
      createFaultSchedule(options.seed, {
        venues,
        markets: tenMarkets,
        durationMs: options.seconds * 1000,
        everyMs: options.everyMs ?? 2_000,
      });
    this.engine = new EngineOnLinks({
      seed: options.seed,
      messagesPerSec: options.messagesPerSec ?? 300,
      onHandled: () => this.onHandled(),
    });
  }

  finish(): ChaosResult {
    const { engine } = this;
    this.listen();
    engine.want(tenMarkets);
    if (this.waitUntilWhole() === null) this.checkWhole('after the start');
    this.startedMs = engine.links.clock.monotonicMs();
    this.runFaults();
    engine.control({ type: 'restore' });
    const recoveredAfterMs = this.waitUntilWhole();
    if (recoveredAfterMs === null) this.checkWhole(`${recoveryMs} ms after the last fault`);
    this.checkAll();
    this.checkCounts();
    this.checkTrades();
    const health = engine.view.health();
    return {
      seed: this.options.seed,
      problems: this.problems,
      schedule: this.schedule,
      inputs: this.inputs,
      comparisons: this.comparisons,
      trades: [...this.trades.values()].reduce((sum, list) => sum + list.length, 0),
      gaps: health.gapsTotal,
      reconnects: health.reconnectsTotal,
      resyncs: health.resyncsTotal,
      recoveredAfterMs,
    };
  }

  private listen(): void {
    this.engine.view.listen({
      onTrade: (_market, trade) => {
        const list = this.trades.get(trade.instrument);
        if (list === undefined) this.trades.set(trade.instrument, [trade]);
        else list.push(trade);
      },
      onClosedCandle: () => undefined,
      onGap: (gap) => this.gaps.set(gap.id, gap),
      onIncident: () => undefined,
      onDirty: (_kind, market, venue) => this.touched.add(`${venue ?? ''} ${market}`),
    });
  }

  private runFaults(): void {
    const { engine, startedMs } = this;
    let next = 0;
    engine.run(this.options.seconds * 1000, () => {
      const elapsed = engine.links.clock.monotonicMs() - startedMs;
      for (let due = this.schedule[next]; due !== undefined && due.atMs <= elapsed;) {
        this.lastFault = `${due.atMs} ${JSON.stringify(due.command)}`;
        const outcome = engine.simulator.control(due.command);
        if (!outcome.ok) this.report(`command refused: ${outcome.error}`);
        next += 1;
        due = this.schedule[next];
      }
    });
  }

  private onHandled(): void {
    this.inputs += 1;
    if (this.problems.length >= mostProblems) return;
    for (const key of this.touched) {
      const [venue, market = ''] = key.split(' ');
      const known = venues.find((id) => id === venue);
      if (known !== undefined) this.compareBook(known, market, touchedRows);
      this.checkConsolidated(market);
    }
    this.touched.clear();
    if (this.inputs % fullEveryInputs === 0) this.checkAll();
  }

  private checkAll(): void {
    for (const market of tenMarkets) {
      for (const venue of venues) this.compareBook(venue, market, 100_000);
      this.checkConsolidated(market);
      this.checkBookParts(market);
    }
    const timers = this.engine.links.clock.pending;
    if (timers > mostTimers) this.report(`${timers} timers wait`);
  }

  private compareBook(venue: VenueId, market: string, rows: number): void {
    this.comparisons += 1;
    const difference = bookDifference(this.engine.view, this.engine.simulator, venue, market, rows);
    if (difference !== null) this.report(difference);
  }

  /** Whoever weighs something is whole; the value lies among those who weigh. */
  private checkConsolidated(market: string): void {
    const value = this.engine.view.priceOf(market);
    const counted = value.contributors.filter(({ weight }) => weight > 0);
    for (const part of counted) {
      if (part.exclusion !== null || !freshStatuses.includes(part.status)) {
        this.report(
          `${market}: ${part.venue} weighs ${part.weight}, ${part.exclusion} ${part.status}`,
        );
      }
    }
    if (counted.length === 0 || value.price === null) return;
    const prices = counted.map(({ price }) => price ?? Number.NaN);
    const slack = value.price * 1e-9;
    if (!(
      value.price >= Math.min(...prices) - slack && value.price <= Math.max(...prices) + slack
    )) {
      this.report(`${market}: ${value.price} lies outside ${prices.join(', ')}`);
    }
  }

  private checkBookParts(market: string): void {
    const { view } = this.engine;
    const book = view.bookView({ market, venue: null, group: '0', rows: 50, muted: [] });
    for (const [index, part] of book.parts.entries()) {
      const isFresh = freshStatuses.includes(part.streamStatus) && part.status === 'live';
      if (part.counted && !isFresh) {
        this.report(`${market}: ${part.venue} counts, ${part.status} ${part.streamStatus}`);
      }
      const rows = [...book.bids, ...book.asks];
      if (!part.counted && rows.some((row) => (row.sizeUnits[index] ?? 0) !== 0)) {
        this.report(`${market}: ${part.venue} has rows but does not count`);
      }
    }
  }

  private waitUntilWhole(): number | null {
    const { clock } = this.engine.links;
    const started = clock.monotonicMs();
    while (clock.monotonicMs() - started < recoveryMs) {
      this.engine.run(250);
      if (this.whatIsNotWhole() === null) return clock.monotonicMs() - started;
    }
    return null;
  }

  private checkWhole(when: string): void {
    const missing = this.whatIsNotWhole();
    if (missing !== null) this.report(`not whole ${when}: ${missing}`);
  }

  private whatIsNotWhole(): string | null {
    const { view, simulator } = this.engine;
    const health = view.health();
    for (const { connection, status, reason } of health.connections) {
      if (status !== 'live') return `${connection} is ${status} ${reason}`;
    }
    for (const { connection, channel, topic, status, note } of health.streams) {
      // Until its first trade nobody can say more of a subscription.
      if (channel === 'trade' && status === 'subscribing') continue;
      if (!freshStatuses.includes(status)) return `${connection} ${topic} is ${status}: ${note}`;
    }
    for (const market of tenMarkets) {
      const value = view.priceOf(market);
      const out = value.contributors.find(({ exclusion }) => exclusion !== null);
      if (out !== undefined) return `${market}: ${out.venue} is out: ${out.exclusion}`;
      for (const venue of venues) {
        const [part] = view.bookView({ market, venue, group: '0', rows: 1, muted: [] }).parts;
        if (part?.counted !== true) return `${venue} ${market}: book ${part?.status} ${part?.note}`;
        const behind = updateIdNow(simulator, venue, market) - part.sequence;
        if (Math.abs(behind) > 10_000) return `${venue} ${market}: ${behind} numbers behind`;
      }
    }
    return null;
  }

  private checkCounts(): void {
    for (const [venue, counters] of Object.entries(this.engine.simulator.oracle.counters())) {
      if (counters.limitBreaches > 0) this.report(`${venue}: ${counters.limitBreaches} breaches`);
      if (counters.bans > 0) this.report(`${venue}: ${counters.bans} bans`);
    }
    const health = this.engine.view.health();
    if (health.errors.length > 1_000) this.report(`${health.errors.length} errors kept`);
    if (this.engine.view.gaps().length > 2_000) this.report('more gaps kept than allowed');
  }

  private checkTrades(): void {
    const gaps = [...this.gaps.values()].filter(
      ({ channel, repairedBy, missing }) =>
        channel === 'trade' && repairedBy === null && missing !== 0,
    );
    for (const venue of venues) {
      for (const market of tenMarkets) {
        const instrument = instrumentId(venue, market);
        const problem = tradesNotAccountedFor(
          this.engine.simulator.oracle.trades(venue, market),
          this.trades.get(instrument) ?? [],
          [...gaps.filter((gap) => gap.instrument === instrument), ...this.withheld(venue, market)],
          venue === 'okx',
          this.zeroTime(),
        );
        if (problem !== null) this.report(`${instrument}: ${problem}`);
      }
    }
  }

  /** Bybit's trade ids are not consecutive: what it keeps back on a living socket leaves no trace. */
  private withheld(venue: VenueId, market: string): readonly Span[] {
    if (venue !== 'bybit') return [];
    const zeroTime = this.zeroTime();
    return this.schedule.flatMap(({ atMs, command }) => {
      if (command.type !== 'silence' || command.venue !== venue) return [];
      if (command.market !== undefined && command.market !== market) return [];
      const from = zeroTime + atMs;
      return [{ from, to: from + command.durationMs, firstId: null, lastId: null }];
    });
  }

  /** Venue time of the schedule's zero. */
  private zeroTime(): number {
    const { simulator, links } = this.engine;
    return simulator.now() - links.clock.monotonicMs() + this.startedMs;
  }

  private report(problem: string): void {
    if (this.problems.length >= mostProblems) return;
    const at = this.engine.links.clock.monotonicMs() - this.startedMs;
    this.problems.push(`${at.toFixed(0)} ms: ${problem} (last fault ${this.lastFault})`);
  }
}
