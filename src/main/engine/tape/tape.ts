import type { EpochMs, InstrumentId } from '../../../shared/market.ts';
import type { TradeValue } from '../../../shared/values.ts';
import { divideHalfEven, formatFixed, parseUnits, significantDecimals } from '../decimal.ts';
import type { RestTrade, TradeEvent } from '../venues/venue.ts';
import type { SavedSum } from './exactSum.ts';
import { ExactSum } from './exactSum.ts';
import type { IdVerdict, SavedTradeIds, TapeHole } from './tradeIds.ts';
import { TradeIds } from './tradeIds.ts';

export type { TapeHole } from './tradeIds.ts';

/**
 * `repeated`: seen before, dropped. `hole`: ids are missing between the last trade and this one. `late`: it fills (part
 * of) an older hole and belongs earlier in the tape.
 */
export type TapeOutcome =
  | {
      readonly type: 'added';
      readonly trade: TradeValue;
      readonly hole: TapeHole | null;
      readonly late: boolean;
    }
  | { readonly type: 'repeated' };

export interface TapeOptions {
  readonly instrument: InstrumentId;
  /** Trades kept for the first picture of a window; default 500. */
  readonly recentTrades?: number;
}

/** Plain state; JSON keeps it whole. */
export interface SavedTape {
  readonly count: number;
  readonly firstId: string | null;
  readonly lastId: string | null;
  readonly size: SavedSum;
  readonly notional: SavedSum;
  readonly ids: SavedTradeIds;
  readonly recent: readonly TradeValue[];
}

const vwapDecimals = 8;
const repeated: TapeOutcome = { type: 'repeated' };

/** Trades of one instrument in the order of receipt, with exact sums over everything since the start. */
export class Tape {
  readonly #instrument: InstrumentId;
  readonly #recentTrades: number;
  readonly #ids = new TradeIds();
  readonly #size = new ExactSum();
  readonly #notional = new ExactSum();
  /** The trade with ordinal n lies at n modulo the capacity. */
  #ring: TradeValue[] = [];
  #count = 0;
  #firstId: string | null = null;
  #lastId: string | null = null;

  constructor(options: TapeOptions) {
    this.#instrument = options.instrument;
    this.#recentTrades = options.recentTrades ?? 500;
  }

  get count(): number {
    return this.#count;
  }

  /** How many of them are kept. */
  get recentCount(): number {
    return this.#ring.length;
  }

  get firstId(): string | null {
    return this.#firstId;
  }

  get lastId(): string | null {
    return this.#lastId;
  }

  /** Newest by receipt. */
  get last(): TradeValue | null {
    return this.#count === 0 ? null : (this.#ring[(this.#count - 1) % this.#recentTrades] ?? null);
  }

  /** Plain decimals, exact. */
  sumSize(): string {
    return this.#size.toString();
  }

  sumNotional(): string {
    return this.#notional.toString();
  }

  /** Sum of notional over sum of size, 8 decimals, half to even; null before the first trade. */
  vwap(): string | null {
    if (this.#size.units === 0n) return null;
    return formatFixed(divideHalfEven(this.#notional, this.#size, vwapDecimals), vwapDecimals);
  }

  /** Holes that are still open, oldest first; bounded, the oldest are given up. */
  get holes(): readonly TapeHole[] {
    return this.#ids.holes;
  }

  add(event: TradeEvent, receivedTime: EpochMs, outlier = false): TapeOutcome {
    const verdict = this.#judge(event);
    if (verdict.type === 'repeated') return repeated;
    return this.#append(verdict, {
      type: 'trade',
      ordinal: this.#count,
      instrument: this.#instrument,
      id: event.id,
      side: event.side,
      priceUnits: event.priceUnits,
      priceDecimals: event.priceDecimals,
      sizeUnits: event.sizeUnits,
      sizeDecimals: event.sizeDecimals,
      venueTime: event.tradeTime,
      receivedTime,
      late: verdict.type === 'late',
      outlier,
    });
  }

  /**
   * A trade from REST, oldest first. Where ids are consecutive it fills a hole or continues the tape; where they say
   * nothing, a trade that the tape has not seen is added as late.
   */
  addFromRest(trade: RestTrade, receivedTime: EpochMs, outlier = false): TapeOutcome {
    const priceDecimals = significantDecimals(trade.price);
    const sizeDecimals = significantDecimals(trade.size);
    const priceUnits = parseUnits(trade.price, priceDecimals);
    const sizeUnits = parseUnits(trade.size, sizeDecimals);
    const verdict = this.#judge(trade);
    if (verdict.type === 'repeated') return repeated;
    return this.#append(verdict, {
      type: 'trade',
      ordinal: this.#count,
      instrument: this.#instrument,
      id: trade.id,
      side: trade.side,
      priceUnits,
      priceDecimals,
      sizeUnits,
      sizeDecimals,
      venueTime: trade.tradeTime,
      receivedTime,
      late: true,
      outlier,
    });
  }

  /** The newest `limit` trades, oldest first, in the order of receipt. */
  recent(limit: number): readonly TradeValue[] {
    const count = Math.min(limit, this.#ring.length);
    const trades: TradeValue[] = [];
    for (let ordinal = this.#count - count; ordinal < this.#count; ordinal += 1) {
      const trade = this.#ring[ordinal % this.#recentTrades];
      if (trade !== undefined) trades.push(trade);
    }
    return trades;
  }

  save(): SavedTape {
    return {
      count: this.#count,
      firstId: this.#firstId,
      lastId: this.#lastId,
      size: this.#size.save(),
      notional: this.#notional.save(),
      ids: this.#ids.save(),
      recent: this.recent(this.#recentTrades),
    };
  }

  restore(saved: SavedTape): void {
    this.#count = saved.count;
    this.#firstId = saved.firstId;
    this.#lastId = saved.lastId;
    this.#size.restore(saved.size);
    this.#notional.restore(saved.notional);
    this.#ids.restore(saved.ids);
    this.#ring = [];
    for (const trade of saved.recent) this.#ring[trade.ordinal % this.#recentTrades] = trade;
  }

  #judge(trade: TradeEvent | RestTrade): IdVerdict {
    const { firstSequence, lastSequence } = trade;
    return firstSequence === null || lastSequence === null
      ? this.#ids.acceptId(trade.id)
      : this.#ids.acceptRange(firstSequence, lastSequence);
  }

  #append(verdict: IdVerdict, trade: TradeValue): TapeOutcome {
    const { priceUnits, priceDecimals, sizeUnits, sizeDecimals } = trade;
    this.#size.add(sizeUnits, sizeDecimals);
    this.#notional.addProduct(priceUnits, sizeUnits, priceDecimals + sizeDecimals);
    this.#ring[this.#count % this.#recentTrades] = trade;
    this.#count += 1;
    this.#firstId ??= trade.id;
    const late = verdict.type === 'late';
    if (!late) this.#lastId = trade.id;
    return { type: 'added', trade, hole: verdict.type === 'next' ? verdict.hole : null, late };
  }
}
