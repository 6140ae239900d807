import type { CandleInterval, EpochMs, InstrumentId, MarketId } from '../../../../shared/market.ts';
import { parseInstrumentId } from '../../../../shared/market.ts';
import type { CoreView } from '../../coreView.ts';
import type { Row } from '../cells.ts';

/** Makes the rows of one table while a session is played; what it does not look at it leaves out. */
export interface TableRows {
  onCore?(view: CoreView): void;
  beforeInput?(time: EpochMs): void;
  afterInput?(): void;
  onMissing?(from: EpochMs, to: EpochMs): void;
  /** After the last input of the range. */
  finish?(): void;
}

export interface TableOptions {
  /** Empty: all. */
  readonly markets: readonly MarketId[];
  readonly everyMs: number;
  readonly interval: CandleInterval;
  readonly levels: number;
  readonly emit: (row: Row) => void;
}

export function isWanted({ markets }: Pick<TableOptions, 'markets'>, market: MarketId): boolean {
  return markets.length === 0 || markets.includes(market);
}

export interface InstrumentWords {
  readonly market: string;
  readonly venue: string;
}

/** Market and venue of an instrument, worked out once. */
export class InstrumentNames {
  private readonly known = new Map<InstrumentId, InstrumentWords>();

  of(id: InstrumentId): InstrumentWords {
    const known = this.known.get(id);
    if (known !== undefined) return known;
    const words = parseInstrumentId(id) ?? { market: id, venue: '' };
    this.known.set(id, words);
    return words;
  }
}
