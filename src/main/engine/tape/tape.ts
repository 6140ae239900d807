import type { EpochMs, InstrumentId } from '../../../shared/market.ts';
import type { TradeValue } from '../../../shared/values.ts';
import type { RestTrade, TradeEvent } from '../venues/venue.ts';

/** Ids that never came: both ends included. */
export interface TapeHole {
  readonly firstMissing: number;
  readonly lastMissing: number;
}

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

/** Trades of one instrument in the order of receipt, with exact sums over everything since the start. */
export class Tape {
  constructor(_options: TapeOptions) {
    return;
  }

  get count(): number {
    return 0;
  }

  get firstId(): string | null {
    return null;
  }

  get lastId(): string | null {
    return null;
  }

  get last(): TradeValue | null {
    return null;
  }

  /** Plain decimals, exact. */
  sumSize(): string {
    return '0';
  }

  sumNotional(): string {
    return '0';
  }

  /** Sum of notional over sum of size, 8 decimals, half to even; null before the first trade. */
  vwap(): string | null {
    return null;
  }

  /** Holes that are still open, oldest first; bounded, the oldest are given up. */
  get holes(): readonly TapeHole[] {
    return [];
  }

  add(_event: TradeEvent, _receivedTime: EpochMs): TapeOutcome {
    throw new Error('to be filled');
  }

  /** A trade from REST that fills a hole; unknown to the tape or inside a hole, else `repeated`. */
  addFromRest(_trade: RestTrade, _receivedTime: EpochMs): TapeOutcome {
    throw new Error('to be filled');
  }

  /** The newest `limit` trades, oldest first. */
  recent(_limit: number): readonly TradeValue[] {
    return [];
  }

  save(): SavedTape {
    throw new Error('to be filled');
  }

  restore(_saved: SavedTape): void {
    return;
  }
}

/** Plain, structured-clonable state. */
export interface SavedTape {
  readonly count: number;
}
