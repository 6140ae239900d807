import type { GapRecord } from '../../src/shared/feedHealth.ts';
import { instrumentId } from '../../src/shared/market.ts';
import type { CandleInterval } from '../../src/shared/market.ts';
import type { TradeValue } from '../../src/shared/values.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import { createFaultSchedule } from '../../src/simulator/faults/schedule.ts';
import type { ScheduledFault } from '../../src/simulator/faults/schedule.ts';
import { AnnouncedWaits } from './announcedWaits.ts';
import { ChaosClocks, drawClockEvents } from './chaosClocks.ts';
import type { ClockEvent } from './chaosClocks.ts';
import {
  chaosVenues as venues,
  consolidatedBookProblem,
  openGapProblem,
  priceProblem,
  whatIsNotWhole,
} from './chaosInvariants.ts';
import { coreQueueProblem, shellQueueProblem } from './chaosQueues.ts';
import { tradesNotAccountedFor } from './chaosTrades.ts';
import type { Span } from './chaosTrades.ts';
import { EngineOnLinks, tenMarkets } from './engineOnLinks.ts';
import { seededRandom } from './mutateFrame.ts';
import { compareBook } from './oracleChecks.ts';
import { SlowWindow } from './slowWindow.ts';

const touchedRows = 50;
const allRows = 100_000;
const fullEveryInputs = 1_000;
/** In which all books are valid again once their sockets may be opened (N06). */
const recoveryMs = 20_000;
const longestBackoffMs = 30_000;
const candleWants = [
  { market: 'BTC-USDT', venue: null },
  { market: 'SOL-USDT', venue: 'okx' },
] as const;
const candleIntervals: readonly CandleInterval[] = ['1s', '1m', '5m'];
const mostProblems = 20;

export interface ChaosOptions {
  readonly seed: number;
  /** Virtual seconds of faults; then all is quiet until everything is whole. */
  readonly seconds: number;
  readonly messagesPerSec?: number;
  /** Mean time between two faults; 2 s unless given. */
  readonly everyMs?: number;
  /** In place of the seed's own faults: to narrow a failure down. */
  readonly schedule?: readonly ScheduledFault[];
  /** With `schedule`: in place of the seed's own; absent, the run has neither clock events nor candles. */
  readonly clocks?: readonly ClockEvent[];
}

export interface ChaosResult {
  readonly seed: number;
  /** Empty: every invariant held. */
  readonly problems: readonly string[];
  readonly schedule: readonly ScheduledFault[];
  readonly clocks: readonly ClockEvent[];
  readonly inputs: number;
  /** Of books that count. */
  readonly comparisons: number;
  readonly trades: number;
  readonly gaps: number;
  readonly reconnects: number;
  readonly resyncs: number;
  /** From the end of the last fault until everything was whole. */
  readonly recoveredAfterMs: number | null;
  /** Virtual time of the first problem since the schedule's zero. */
  readonly failedAtMs: number | null;
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
  private readonly clockEvents: readonly ClockEvent[];
  private readonly clocks: ChaosClocks;
  /** With the times at which they really began: those of the schedule leave out sleep. */
  private readonly begun: ScheduledFault[] = [];
  private readonly waits = new AnnouncedWaits();
  private readonly problems: string[] = [];
  private readonly touched = new Set<string>();
  private readonly trades = new Map<string, TradeValue[]>();
  private readonly gaps = new Map<number, GapRecord>();
  private startedMs = 0;
  private inputs = 0;
  private comparisons = 0;
  private lastFault = 'none';
  private failedAtMs: number | null = null;
  private readonly window: SlowWindow;

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
    const durationMs = options.seconds * 1000;
    const ownClocks =
      options.schedule === undefined ? drawClockEvents(options.seed, durationMs) : [];
    this.clockEvents = options.clocks ?? ownClocks;
    this.engine = new EngineOnLinks({
      seed: options.seed,
      messagesPerSec: options.messagesPerSec ?? 300,
      onHandled: () => this.onHandled(),
      ports: (links) => this.waits.watch(links),
    });
    this.clocks = new ChaosClocks(this.engine);
    const random = seededRandom(options.seed);
    this.window = new SlowWindow(this.engine, tenMarkets, () => 16 + 3_000 * random() ** 6);
  }

  finish(): ChaosResult {
    const { engine } = this;
    this.listen();
    this.want();
    if (this.waitUntilWhole(recoveryMs) === null) this.reportPart('after the start');
    this.startedMs = engine.links.clock.monotonicMs();
    this.runFaults();
    engine.control({ type: 'restore' });
    const limitMs = recoveryMs + this.announcedWait();
    const recoveredAfterMs = this.waitUntilWhole(limitMs);
    if (recoveredAfterMs === null) this.reportPart(`${limitMs} ms after the last fault`);
    this.checkAll();
    this.checkCounts();
    this.checkTrades();
    const health = engine.view.health();
    return {
      seed: this.options.seed,
      problems: this.problems,
      schedule: this.schedule,
      clocks: this.clockEvents,
      inputs: this.inputs,
      comparisons: this.comparisons,
      trades: [...this.trades.values()].reduce((sum, list) => sum + list.length, 0),
      gaps: health.gapsTotal,
      reconnects: health.reconnectsTotal,
      resyncs: health.resyncsTotal,
      recoveredAfterMs,
      failedAtMs: this.failedAtMs,
    };
  }

  private want(): void {
    const { schedule, clocks } = this.options;
    const hasCandles = schedule === undefined || clocks !== undefined;
    const candles = candleWants.flatMap((want) =>
      candleIntervals.map((interval) => ({ ...want, interval })),
    );
    this.engine.want(tenMarkets, tenMarkets, hasCandles ? candles : []);
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

  /** The seconds of the schedule are those in which we are awake. */
  private runFaults(): void {
    const { engine, clocks } = this;
    const faults = [...this.schedule];
    const clockEvents = [...this.clockEvents];
    const awakeMs = (): number => this.elapsedMs() - clocks.sleptMs;
    const onStep = (): void => {
      for (const { atMs, command } of takeDue(faults, awakeMs())) {
        this.lastFault = `${atMs} ${JSON.stringify(command)}`;
        this.begun.push({ atMs: this.elapsedMs(), command });
        const outcome = engine.simulator.control(command);
        if (!outcome.ok) this.report(`command refused: ${outcome.error}`);
      }
      for (const event of takeDue(clockEvents, awakeMs())) {
        this.lastFault = JSON.stringify(event);
        clocks.apply(event);
      }
    };
    const totalMs = this.options.seconds * 1000;
    while (totalMs - awakeMs() >= 1) engine.run(totalMs - awakeMs(), onStep);
  }

  /** Since the schedule's zero. */
  private elapsedMs(): number {
    return this.engine.links.clock.monotonicMs() - this.startedMs;
  }

  private onHandled(): void {
    this.inputs += 1;
    if (this.problems.length >= mostProblems) return;
    for (const key of this.touched) {
      const [venue, market = ''] = key.split(' ');
      const known = venues.find((id) => id === venue);
      if (known !== undefined) this.compareBook(known, market, touchedRows);
      this.reportUnless(priceProblem(this.engine.view, market));
    }
    this.touched.clear();
    if (this.inputs % fullEveryInputs === 0) this.checkAll();
  }

  private checkAll(): void {
    const { view, core, shell } = this.engine;
    for (const market of tenMarkets) {
      for (const venue of venues) this.compareBook(venue, market, allRows);
      this.reportUnless(priceProblem(view, market));
      this.reportUnless(consolidatedBookProblem(view, market));
    }
    this.reportUnless(coreQueueProblem(core.save()));
    this.reportUnless(shellQueueProblem(shell.queues));
    this.reportUnless(this.window.problem());
  }

  private compareBook(venue: VenueId, market: string, rows: number): void {
    const { view, simulator } = this.engine;
    const { isCompared, difference } = compareBook(view, simulator, venue, market, rows);
    if (isCompared) this.comparisons += 1;
    this.reportUnless(difference);
  }

  /**
   * How long from now the venues have asked to be left alone, an open circuit keeps questions back, or a socket waits for its
   * next try: that grows with what failed before, to 30 s and no further (N04, N05).
   */
  private announcedWait(): number {
    const nowMs = this.engine.links.clock.monotonicMs();
    const { time, connections } = this.engine.view.health();
    const tries = connections.map(({ nextAttemptTime }) =>
      Math.min(longestBackoffMs, (nextAttemptTime ?? time) - time),
    );
    const circuits = this.engine.core
      .save()
      .feeds.map(([, { rest }]) => (rest.circuit.state === 'open' ? rest.circuit.openUntilMs : 0));
    const held = circuits.map((untilMs) => untilMs - nowMs);
    return Math.max(this.waits.remainingMs(nowMs), ...held, ...tries);
  }

  private waitUntilWhole(limitMs: number): number | null {
    const { clock } = this.engine.links;
    const started = clock.monotonicMs();
    while (clock.monotonicMs() - started < limitMs) {
      this.engine.run(250);
      if (this.missingPart() === null) return clock.monotonicMs() - started;
    }
    return null;
  }

  private missingPart(): string | null {
    const { view, simulator } = this.engine;
    return whatIsNotWhole(view, simulator, tenMarkets) ?? openGapProblem(view, this.gaps.values());
  }

  private reportPart(when: string): void {
    const missing = this.missingPart();
    if (missing !== null) this.report(`not whole ${when}: ${missing}`);
  }

  private checkCounts(): void {
    for (const [venue, counters] of Object.entries(this.engine.simulator.oracle.counters())) {
      if (counters.limitBreaches > 0) this.report(`${venue}: ${counters.limitBreaches} breaches`);
      if (counters.bans > 0) this.report(`${venue}: ${counters.bans} bans`);
    }
  }

  private checkTrades(): void {
    const gaps = [...this.gaps.values()]
      .filter(
        ({ channel, repairedBy, missing }) =>
          channel === 'trade' && repairedBy === null && missing !== 0,
      )
      .map((gap) => ({
        ...gap,
        from: this.clocks.trueTime(gap.from),
        to: gap.to === null ? null : this.clocks.trueTime(gap.to),
      }));
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
    return this.begun.flatMap(({ atMs, command }) => {
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

  private reportUnless(problem: string | null): void {
    if (problem !== null) this.report(problem);
  }

  private report(problem: string): void {
    if (this.problems.length >= mostProblems) return;
    const at = this.elapsedMs();
    this.failedAtMs ??= at;
    this.problems.push(`${at.toFixed(0)} ms: ${problem} (last fault ${this.lastFault})`);
  }
}

/** Takes what is due from the front of a list in order of time. */
function takeDue<Each extends { readonly atMs: number }>(list: Each[], elapsedMs: number): Each[] {
  const later = list.findIndex(({ atMs }) => atMs > elapsedMs);
  return list.splice(0, later < 0 ? list.length : later);
}
