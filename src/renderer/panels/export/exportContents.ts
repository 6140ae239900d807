import type { ExportTable } from '../../../shared/exports.ts';
import { exportTables } from '../../../shared/exports.ts';

/** What of a session can be exported: a table, the report, the frames. */
export const exportedThings = [...exportTables, 'report', 'frames'] as const;
export type ExportedThing = (typeof exportedThings)[number];

export interface ThingWords {
  readonly name: string;
  readonly text: string;
}

export const thingWords: Readonly<Record<ExportedThing, ThingWords>> = {
  metrics: { name: 'Session metrics', text: 'Uptime, rates, lag, gaps per connection and stream' },
  trades: { name: 'Trades', text: 'Every trade, exact, with both clocks' },
  quotes: { name: 'Quotes', text: 'Best bid and ask, at each change' },
  candles: { name: 'Candles', text: 'Open to close and volume, gaps marked' },
  book: { name: 'Book snapshots', text: 'Levels of each side at an interval' },
  price: { name: 'Consolidated price', text: 'With each venue that counted, at an interval' },
  signals: { name: 'Signals', text: 'When, at which price, with which score' },
  marks: { name: 'Marks', text: 'Gaps, resyncs, moves and your own notes' },
  report: { name: 'Report', text: 'One page with charts, to read or to print' },
  frames: { name: 'Raw frames', text: 'What the venues sent, as lines of Tardis' },
};

export function isTable(thing: ExportedThing): thing is ExportTable {
  return thing !== 'report' && thing !== 'frames';
}

/** Whether a choice of markets says anything about it. */
export function hasMarkets(thing: ExportedThing): boolean {
  return thing !== 'metrics' && thing !== 'marks' && thing !== 'report';
}

export function hasStep(thing: ExportedThing): boolean {
  return thing === 'book' || thing === 'price';
}
