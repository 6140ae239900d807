import { createHash } from 'node:crypto';
import type { BookStatus } from '../../../shared/feedHealth.ts';
import type { InstrumentId, MarketKind } from '../../../shared/market.ts';
import type { ExactCandle } from '../candles/candle.ts';

/** What `truetape inspect --json` prints. Decimals are exact plain text. */
export interface InspectReport {
  readonly files: readonly {
    readonly file: string;
    readonly frames: number;
    readonly control: number;
  }[];
  readonly frames: number;
  readonly decodeErrors: {
    readonly count: number;
    /** The first line of the first file is 1. */
    readonly first: { readonly line: number; readonly reason: string } | null;
  };
  readonly instruments: readonly InspectedInstrument[];
  readonly stateHash: string;
}

export interface InspectedInstrument {
  readonly instrument: InstrumentId;
  readonly venueSymbol: string;
  readonly marketKind: MarketKind;
  readonly sizeUnit: 'base' | 'contracts';
  readonly messages: Readonly<Record<string, number>>;
  readonly trades: InspectedTrades;
  readonly book: InspectedBook;
  readonly candles1m: readonly ExactCandle[];
}

export interface InspectedTrades {
  readonly count: number;
  readonly firstId: string | null;
  readonly lastId: string | null;
  readonly sumSize: string;
  readonly sumNotional: string;
  readonly vwap: string | null;
}

type LevelText = readonly [price: string, size: string];

/** A book that is not live shows nothing of itself. */
export interface BookPicture {
  readonly bid: LevelText | null;
  readonly ask: LevelText | null;
  readonly bidLevels: number;
  readonly askLevels: number;
  readonly sha256: string | null;
}

export interface InspectedBook extends BookPicture {
  readonly status: BookStatus;
  readonly applied: number;
  readonly gaps: number;
  readonly resyncs: number;
  readonly crossed: number;
  /** Ends of what is known, null where nothing lies beyond; null as a whole unless live. */
  readonly knownRange: readonly [low: string | null, high: string | null] | null;
  readonly checkpoints: readonly (BookPicture & { readonly afterLine: number })[];
}

/** SHA-256 of a value as JSON with sorted keys. */
export function hashState(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sortedKeys)).digest('hex');
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([first], [second]) => (first < second ? -1 : 1)),
  );
}
