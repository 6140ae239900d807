import type { CandleInterval, EpochMs, MarketId } from './market.ts';

/** Tables that a session is exported as; `exportSchema.ts` has their columns. */
export const exportTables = [
  'metrics',
  'trades',
  'quotes',
  'candles',
  'book',
  'price',
  'signals',
  'marks',
] as const;
export type ExportTable = (typeof exportTables)[number];

export const tableFormats = ['csv', 'json', 'parquet'] as const;
export type TableFormat = (typeof tableFormats)[number];

/** A table in one of its formats, the one-page report, or the raw frames in the interchange form of Tardis. */
export type ExportContent =
  | { readonly type: 'table'; readonly table: ExportTable; readonly format: TableFormat }
  | { readonly type: 'report' }
  | { readonly type: 'frames' };

export interface ExportRequest {
  readonly session: string;
  readonly content: ExportContent;
  /** Null: from its start, to its end. */
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  /** Empty: all that were recorded. */
  readonly markets: readonly MarketId[];
  /** Of book snapshots and consolidated prices. */
  readonly everyMs: number;
  /** Of candles. */
  readonly interval: CandleInterval;
  /** Levels a side of book snapshots. */
  readonly levels: number;
  /** Null: named by session and content. */
  readonly fileName: string | null;
}

export type ExportStatus = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

/** One export of this host since it started. */
export interface ExportJob {
  readonly id: number;
  readonly request: ExportRequest;
  readonly status: ExportStatus;
  /** Of the session's time, 0 to 1. */
  readonly progress: number;
  readonly rows: number;
  readonly bytes: number;
  readonly startedTime: EpochMs;
  readonly endedTime: EpochMs | null;
  readonly fileName: string;
  /** For a person, when it failed: what to do. */
  readonly problem: string | null;
  /** Where a page fetches it; null until it is done, and where the host has no addresses (desktop: reveal it). */
  readonly address: string | null;
}

export interface ExportReport {
  /** Newest first, bounded. */
  readonly jobs: readonly ExportJob[];
  /** Where the files are, as a person reads it. */
  readonly folder: string;
}
