import { runControl } from './control.ts';
import type { ControlCommand, ControlResult } from './control.ts';
import { FaultBoard } from './faults/faultBoard.ts';
import { ControlError } from './faults/faultRecord.ts';
import type { FaultStage } from './faults/faultRecord.ts';
import { Market } from './market/market.ts';
import type { MarketListener } from './market/market.ts';
import { Random } from './market/random.ts';
import { simVenueIds } from './market/venueProfiles.ts';
import type { SimVenueId } from './market/venueProfiles.ts';
import { Oracle } from './oracle.ts';
import { BinanceDialect } from './venues/binance/dialect.ts';
import { BybitDialect } from './venues/bybit/dialect.ts';
import { OkxDialect } from './venues/okx/dialect.ts';
import { emptyCounters } from './wire/counters.ts';
import type { VenueCounters } from './wire/counters.ts';
import type { VenueDialect } from './wire/dialect.ts';
import { Scheduler } from './wire/scheduler.ts';
import type { DialectHost, VenueContext } from './wire/venueContext.ts';

export type { ControlCommand, ControlResult } from './control.ts';
export type { SimVenueId } from './market/venueProfiles.ts';
export type { Oracle, OracleBook, OracleCounters, OracleTrade } from './oracle.ts';
export type { SimConnection, SimLink, VenueDialect } from './wire/dialect.ts';

const defaultMessagesPerSec = 300;
const defaultHistoryDays = 180;
const highestMessagesPerSec = 50_000;

export interface SimulatorOptions {
  readonly seed: number;
  /** Epoch ms of the virtual clock at the start. */
  readonly startTime: number;
  /**
   * Frames per second of one client with the usual streams of everything; 300 unless given, up to
   * 50,000. The order flow is steered to it, so that it holds on average and not in each second.
   */
  readonly messagesPerSec?: number;
  /** `BTC`, `ETH`, ...; all known ones unless given. */
  readonly assets?: readonly string[];
  readonly venues?: readonly SimVenueId[];
  /** Whether the venues' rate limits are enforced; true unless given. */
  readonly limits?: boolean;
  /** Days of minute bars before the start. */
  readonly historyDays?: number;
}

export interface Simulator {
  /** Virtual epoch ms. */
  now(): number;
  /** Runs market and dialect timers in deterministic order up to and including `timeMs`. */
  advanceTo(timeMs: number): void;
  /** When something is next due. */
  nextEventTime(): number;
  venue(id: SimVenueId): VenueDialect;
  readonly oracle: Oracle;
  /** As `POST /control`. */
  control(command: ControlCommand): ControlResult;
  /** The same for a command of unknown shape. */
  controlUnknown(command: unknown): ControlResult;
  /** Cuts every connection and stops the clock. */
  close(): void;
}

export function createSimulator(options: SimulatorOptions): Simulator {
  return new LocalSimulator(options);
}

class LocalSimulator implements Simulator {
  readonly oracle: Oracle;
  private readonly market: Market;
  private readonly scheduler = new Scheduler();
  private readonly dialects = new Map<SimVenueId, VenueDialect & DialectHost>();
  private readonly boards = new Map<SimVenueId, FaultBoard>();
  private readonly counters = new Map<SimVenueId, VenueCounters>();
  private readonly stage: FaultStage;
  private time: number;
  private isClosed = false;

  constructor(options: SimulatorOptions) {
    checkOptions(options);
    this.time = options.startTime;
    const venues = simVenueIds.filter((id) => (options.venues ?? simVenueIds).includes(id));
    this.market = new Market({
      seed: options.seed,
      startTime: options.startTime,
      messagesPerSec: options.messagesPerSec ?? defaultMessagesPerSec,
      assets: options.assets ?? [],
      venues,
      historyDays: options.historyDays ?? defaultHistoryDays,
    });
    for (const id of venues) {
      this.boards.set(id, new FaultBoard());
      this.counters.set(id, emptyCounters());
      this.dialects.set(id, makeDialect(this.contextOf(id, options)));
    }
    this.stage = this.makeStage(options.seed);
    this.oracle = new Oracle(this.market, this.dialects, this.counters, () => this.time);
  }

  now(): number {
    return this.time;
  }

  nextEventTime(): number {
    return this.isClosed ? Infinity : Math.min(this.market.nextTime(), this.scheduler.nextTime());
  }

  advanceTo(timeMs: number): void {
    while (!this.isClosed) {
      const marketTime = this.market.nextTime();
      const timerTime = this.scheduler.nextTime();
      if (Math.min(marketTime, timerTime) > timeMs) break;
      if (timerTime <= marketTime) {
        this.time = Math.max(this.time, timerTime);
        this.scheduler.runNext();
      } else {
        this.time = Math.max(this.time, marketTime);
        this.market.runNext();
      }
    }
    this.time = Math.max(this.time, timeMs);
  }

  venue(id: SimVenueId): VenueDialect {
    const dialect = this.dialects.get(id);
    if (dialect === undefined) throw new RangeError(`this simulator has no venue "${id}"`);
    return dialect;
  }

  control(command: ControlCommand): ControlResult {
    return this.controlUnknown(command);
  }

  controlUnknown(command: unknown): ControlResult {
    return runControl(command, this.stage);
  }

  close(): void {
    if (this.isClosed) return;
    for (const dialect of this.dialects.values()) dialect.connections.terminateAll();
    this.isClosed = true;
  }

  private contextOf(id: SimVenueId, options: SimulatorOptions): VenueContext {
    const faults = this.boards.get(id);
    const counters = this.counters.get(id);
    if (faults === undefined || counters === undefined) throw new RangeError(`no venue "${id}"`);
    return {
      id,
      instruments: this.market.instruments(id),
      faults,
      counters,
      limits: options.limits ?? true,
      random: new Random(`${options.seed}:dialect:${id}`),
      now: () => this.time,
      schedule: (time, run) => this.scheduler.at(time, run),
      listen: (listener: MarketListener) => this.market.listen(id, listener),
    };
  }

  private makeStage(seed: number): FaultStage {
    const random = new Random(`${seed}:faults`);
    const board = (venue: SimVenueId): FaultBoard => {
      const found = this.boards.get(venue);
      if (found === undefined) throw new ControlError(`this simulator has no venue "${venue}"`);
      return found;
    };
    return {
      now: () => this.time,
      schedule: (time, run) => {
        this.scheduler.at(time, run);
      },
      draw: () => random.next(),
      board,
      host: (venue) => {
        const host = this.dialects.get(venue);
        if (host === undefined) throw new ControlError(`this simulator has no venue "${venue}"`);
        return host;
      },
      markets: (venue) => this.market.instruments(venue).map(({ market }) => market),
      instrument: (venue, market) => {
        const instrument = this.market.find(venue, market);
        if (instrument === undefined) throw new ControlError(`${venue} has no market "${market}"`);
        return instrument;
      },
      hasMarket: (venue, market) => this.market.find(venue, market) !== undefined,
      printOutlier: (venue, market, factor) => {
        this.market.printOutlier(venue, market, factor, this.time);
      },
      rate: () => this.market.rate(),
      setRate: (messagesPerSec) => this.market.setRate(messagesPerSec),
    };
  }
}

function makeDialect(context: VenueContext): VenueDialect & DialectHost {
  switch (context.id) {
    case 'binance':
      return new BinanceDialect(context);
    case 'bybit':
      return new BybitDialect(context);
    case 'okx':
      return new OkxDialect(context);
  }
}

function checkOptions(options: SimulatorOptions): void {
  const { messagesPerSec = defaultMessagesPerSec, startTime, historyDays = 2 } = options;
  if (!(messagesPerSec >= 1 && messagesPerSec <= highestMessagesPerSec)) {
    throw new RangeError(`messagesPerSec must be from 1 to ${highestMessagesPerSec}`);
  }
  if (!Number.isFinite(startTime) || startTime < 0)
    throw new RangeError('startTime must be epoch ms');
  // The 24 h statistics need a whole day behind the start.
  if (!(historyDays >= 2)) throw new RangeError('historyDays must be at least 2');
}
