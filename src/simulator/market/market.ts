import { AssetPath } from './assetPath.ts';
import { assetProfiles } from './assets.ts';
import type { AssetProfile } from './assets.ts';
import { Instrument } from './instrument.ts';
import { minuteMs } from './intervals.ts';
import { latentStepMs, LatentPrices } from './latentPrice.ts';
import { OrderFlow } from './orderFlow.ts';
import type { TakerFills } from './orderFlow.ts';
import { Random } from './random.ts';
import { RateGovernor } from './rateGovernor.ts';
import type { Trade } from './tradeTape.ts';
import { venueProfiles } from './venueProfiles.ts';
import type { SimVenueId, VenueProfile } from './venueProfiles.ts';

const tradesPerStep = 0.24;
/** Steps of makers who react at once, against the ordinary ones. */
const promptShare = 0.7;
const secondsPerDay = 86_400;
const minMeanTradeQuote = 30;

export interface MarketOptions {
  readonly seed: number;
  readonly startTime: number;
  readonly messagesPerSec: number;
  readonly assets: readonly string[];
  readonly venues: readonly SimVenueId[];
  readonly historyDays: number;
}

/** Called in the step that changed the market, trades before the book change they caused. */
export interface MarketListener {
  onTrades(instrument: Instrument, trades: readonly Trade[]): void;
  onBookChanged(instrument: Instrument, topChanged: boolean): void;
}

interface Desk {
  readonly instrument: Instrument;
  readonly flow: OrderFlow;
  readonly venue: VenueProfile;
  readonly weight: number;
  readonly dailyQuote: number;
  readonly tickScale: number;
  readonly lotScale: number;
  cumulativeWeight: number;
  nextOrderId: number;
}

/** All venues' books over one set of latent prices, as a queue of steps in virtual time. */
export class Market {
  private readonly latent: LatentPrices;
  private readonly desks: readonly Desk[];
  private readonly random: Random;
  private readonly governor: RateGovernor;
  private readonly listeners = new Map<SimVenueId, MarketListener>();
  private readonly byKey = new Map<string, Desk>();
  /** Sum of all weights while nothing is hot. */
  private readonly calmWeight: number;
  private totalWeight = 0;
  private promptBudget = 0;
  private nextFlowTime: number;
  private time: number;

  constructor(options: MarketOptions) {
    const profiles = selectAssets(options.assets);
    this.time = options.startTime;
    this.latent = new LatentPrices(options.seed, options.startTime, profiles);
    this.random = new Random(`${options.seed}:flow`);
    this.desks = makeDesks(options, profiles);
    for (const desk of this.desks) {
      this.byKey.set(`${desk.instrument.venue}:${desk.instrument.market}`, desk);
      desk.flow.seed(this.fair(desk));
    }
    this.calmWeight = this.desks.reduce((sum, desk) => sum + desk.weight, 0);
    this.governor = new RateGovernor(options.messagesPerSec, options.startTime);
    this.reweigh();
    this.nextFlowTime = this.drawFlowTime(options.startTime);
  }

  instruments(venue: SimVenueId): readonly Instrument[] {
    return this.desks.flatMap((desk) => (desk.venue.id === venue ? [desk.instrument] : []));
  }

  find(venue: SimVenueId, market: string): Instrument | undefined {
    return this.byKey.get(`${venue}:${market}`)?.instrument;
  }

  listen(venue: SimVenueId, listener: MarketListener): void {
    this.listeners.set(venue, listener);
  }

  nextTime(): number {
    return Math.min(this.nextFlowTime, this.latent.nextStepTime());
  }

  /** Runs the step that is due at `nextTime()`. */
  runNext(): void {
    const stepTime = this.latent.nextStepTime();
    if (stepTime <= this.nextFlowTime) {
      this.time = stepTime;
      this.latent.step();
      this.reweigh();
      this.pullStaleQuotes();
      this.governor.adjust(stepTime);
      return;
    }
    this.time = this.nextFlowTime;
    const desk = this.pickDesk();
    if (desk !== undefined) this.stepDesk(desk);
    this.nextFlowTime = this.drawFlowTime(this.time);
  }

  setRate(messagesPerSec: number): void {
    this.governor.setTarget(messagesPerSec);
    this.nextFlowTime = this.drawFlowTime(this.time);
  }

  rate(): number {
    return this.governor.targetRate();
  }

  /** Prints a trade at a price that the book never showed. */
  printOutlier(venue: SimVenueId, market: string, factor: number, time: number): boolean {
    const desk = this.byKey.get(`${venue}:${market}`);
    if (desk === undefined) return false;
    const price = Math.max(1, Math.round(desk.instrument.book.asks.best() * factor));
    const size = Math.max(1, Math.round(this.meanTradeLots(desk)));
    const fills = [{ price, size, orders: 1 }];
    this.record(desk, { takerBuys: factor >= 1, fills }, time);
    return true;
  }

  private stepDesk(desk: Desk): void {
    const { instrument, flow } = desk;
    if (instrument.status !== 'trading') return;
    const { book } = instrument;
    const changeId = book.changeId;
    const bid = book.bids.best();
    const ask = book.asks.best();
    const bidSize = book.bids.sizeAt(0);
    const askSize = book.asks.sizeAt(0);
    const taken = flow.step(this.fair(desk), this.meanTradeLots(desk));
    if (taken !== undefined) this.record(desk, taken, this.time);
    if (book.changeId === changeId) return;
    instrument.changedAt = this.time;
    const topChanged =
      bid !== book.bids.best() ||
      ask !== book.asks.best() ||
      bidSize !== book.bids.sizeAt(0) ||
      askSize !== book.asks.sizeAt(0);
    this.governor.countBook(desk.instrument, this.time, topChanged);
    this.listeners.get(desk.venue.id)?.onBookChanged(instrument, topChanged);
  }

  /**
   * Makers watch the price: those whose quotes it ran through act at once. Their share of all
   * steps is bounded, so that a calm market stays calm.
   */
  private pullStaleQuotes(): void {
    const earned = (this.governor.stepsPerSec() * promptShare * latentStepMs) / 1000;
    this.promptBudget = Math.min(this.desks.length, this.promptBudget + earned);
    const start = this.random.integer(this.desks.length);
    for (let index = 0; index < this.desks.length && this.promptBudget >= 1; index += 1) {
      const desk = this.desks[(start + index) % this.desks.length];
      if (desk === undefined || !desk.flow.isStale(this.fair(desk))) continue;
      this.promptBudget -= 1;
      this.stepDesk(desk);
    }
  }

  private record(desk: Desk, taken: TakerFills, time: number): void {
    const { instrument } = desk;
    const { tape, candles } = instrument;
    const orderId = desk.nextOrderId;
    desk.nextOrderId += 1;
    const trades: Trade[] = [];
    for (const fill of taken.fills) {
      for (const size of this.splitAmongMakers(fill.size, fill.orders)) {
        const trade: Trade = {
          id: tape.nextId(),
          time,
          price: fill.price,
          size,
          takerBuys: taken.takerBuys,
          orderId,
          venueSequence: instrument.book.changeId,
        };
        tape.add(trade);
        candles.add(time, fill.price, size, BigInt(fill.price) * BigInt(size), taken.takerBuys);
        trades.push(trade);
      }
    }
    this.governor.countTrades(instrument, time, taken.fills.length, trades.length);
    this.listeners.get(desk.venue.id)?.onTrades(instrument, trades);
  }

  /** A fill at one level is one trade per maker that it met. */
  private splitAmongMakers(size: number, orders: number): readonly number[] {
    if (orders < 2 || size < 4 || this.random.chance(0.7)) return [size];
    const first = 1 + Math.floor((size - 2) * this.random.next());
    if (orders < 3 || size - first < 4 || this.random.chance(0.7)) return [first, size - first];
    const second = 1 + Math.floor((size - first - 2) * this.random.next());
    return [first, second, size - first - second];
  }

  private fair(desk: Desk): number {
    const price = this.latent.priceAt(desk.instrument.assetIndex, this.time, desk.venue.lagMs);
    return price * desk.tickScale;
  }

  /** Volume per second stays what the history had, however many steps there are. */
  private meanTradeLots(desk: Desk): number {
    const steps = (this.governor.stepsPerSec() * desk.weight) / this.calmWeight;
    const quotePerTrade = desk.dailyQuote / secondsPerDay / (steps * tradesPerStep);
    const price = desk.instrument.book.bids.best() / desk.tickScale;
    return (Math.max(minMeanTradeQuote, quotePerTrade) / price) * desk.lotScale;
  }

  private reweigh(): void {
    let sum = 0;
    for (const desk of this.desks) {
      sum += desk.weight * this.latent.heat(desk.instrument.assetIndex);
      desk.cumulativeWeight = sum;
    }
    this.totalWeight = sum;
  }

  private pickDesk(): Desk | undefined {
    const wanted = this.random.next() * this.totalWeight;
    let low = 0;
    let high = this.desks.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.desks[middle]?.cumulativeWeight ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return this.desks[low];
  }

  private drawFlowTime(from: number): number {
    const busier = this.totalWeight / this.calmWeight;
    return from + (this.random.exponential() * 1000) / (this.governor.stepsPerSec() * busier);
  }
}

function selectAssets(symbols: readonly string[]): readonly AssetProfile[] {
  if (symbols.length === 0) return assetProfiles;
  return symbols.map((symbol) => {
    const profile = assetProfiles.find((candidate) => candidate.symbol === symbol);
    if (profile !== undefined) return profile;
    const known = assetProfiles.map((candidate) => candidate.symbol).join(', ');
    throw new RangeError(`unknown asset "${symbol}"; known are ${known}`);
  });
}

function makeDesks(options: MarketOptions, profiles: readonly AssetProfile[]): Desk[] {
  const endMinute = Math.floor(options.startTime / minuteMs);
  return profiles.flatMap((profile, assetIndex) => {
    const path = new AssetPath(`${options.seed}:path:${profile.symbol}`, profile, endMinute);
    return options.venues.map((id): Desk => {
      const venue = venueProfiles[id];
      const { seed, startTime, historyDays } = options;
      const instrument = new Instrument({ venue, assetIndex, path, seed, startTime, historyDays });
      const { priceDecimals, sizeDecimals } = instrument;
      const dailyQuote = profile.quoteVolume24h * venue.share;
      const shape = { venue, dailyQuote, price: profile.price, priceDecimals, sizeDecimals };
      const random = new Random(`${options.seed}:flow:${id}:${profile.symbol}`);
      return {
        instrument,
        flow: new OrderFlow(instrument.book, shape, random),
        venue,
        weight: venue.share * (profile.quoteVolume24h / 1e9) ** 0.6,
        dailyQuote,
        tickScale: 10 ** priceDecimals,
        lotScale: 10 ** sizeDecimals,
        cumulativeWeight: 0,
        nextOrderId: 1,
      };
    });
  });
}
