import type { CoreView } from '../../src/main/engine/coreView.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';

/** Depth of the venue's window that the engine subscribes; null: all levels. */
const windowDepth: Readonly<Record<VenueId, number | null>> = {
  binance: null,
  bybit: 200,
  okx: 400,
};

/**
 * Null: the engine's book equals the oracle's of the same update id inside its known range, or in its best `rows`; else what
 * differs.
 */
export function bookDifference(
  view: CoreView,
  simulator: Simulator,
  venue: VenueId,
  market: string,
  rows = 100_000,
): string | null {
  const ours = view.bookView({ market, venue, group: '0', rows, muted: [] });
  const part = ours.parts[0];
  if (part === undefined || !part.counted) return null;
  const depth = windowDepth[venue];
  const theirs = simulator.oracle.scaledBook(venue, market, {
    updateId: part.sequence,
    ...(depth === null ? {} : { depth }),
  });
  if (theirs === undefined) return `${venue} ${market}: the oracle has no book ${part.sequence}`;
  const price = 10 ** (ours.priceDecimals - theirs.priceDecimals);
  const size = 10 ** (ours.sizeDecimals - theirs.sizeDecimals);
  for (const side of ['bids', 'asks'] as const) {
    const shown = ours[side];
    const end = shown.at(-1)?.priceUnits ?? 0;
    const levels = pairs(theirs[side])
      .map((level) => [Math.round(level[0] * price), Math.round(level[1] * size)] as const)
      .filter((level) => (side === 'bids' ? level[0] >= end : level[0] <= end));
    if (shown.length < 5) return `${venue} ${market}: only ${shown.length} ${side}`;
    if (levels.length !== shown.length) {
      return `${venue} ${market} ${side}: ${shown.length} levels, the oracle has ${levels.length}`;
    }
    for (const [index, row] of shown.entries()) {
      const [theirPrice, theirSize] = levels[index] ?? [0, 0];
      if (row.priceUnits !== theirPrice || row.sizeUnits[0] !== theirSize) {
        return `${venue} ${market} ${side} ${index}: ${row.priceUnits} x ${row.sizeUnits[0]}, the oracle has ${theirPrice} x ${theirSize}`;
      }
    }
  }
  return null;
}

/** Update id that the venue's stream has reached, comparable with a book's `sequence`. */
export function updateIdNow(simulator: Simulator, venue: VenueId, market: string): number {
  return (
    simulator.oracle.scaledBook(venue, market, { depth: windowDepth[venue] ?? 1 })?.updateId ?? 0
  );
}

/** Best bid and ask as the oracle has them now. */
export function topNow(
  simulator: Simulator,
  venue: VenueId,
  market: string,
): readonly [bid: number, ask: number] {
  const book = simulator.oracle.scaledBook(venue, market, { depth: 1 });
  const scale = 10 ** (book?.priceDecimals ?? 0);
  return [(book?.bids[0] ?? 0) / scale, (book?.asks[0] ?? 0) / scale];
}

/** The oracle's last trade of each instrument, read step by step: its whole tape is long. */
export class LastTrades {
  private readonly simulator: Simulator;
  private readonly lastByInstrument = new Map<string, { index: number; price: number }>();

  constructor(simulator: Simulator) {
    this.simulator = simulator;
  }

  priceOf(venue: VenueId, market: string): number {
    const key = `${venue}:${market}`;
    const known = this.lastByInstrument.get(key) ?? { index: 0, price: Number.NaN };
    const newest = this.simulator.oracle.trades(venue, market, known.index).at(-1);
    if (newest === undefined) return known.price;
    const last = { index: newest.index, price: Number(newest.price) };
    this.lastByInstrument.set(key, last);
    return last.price;
  }
}

function pairs(flat: Float64Array): readonly (readonly [number, number])[] {
  const levels: [number, number][] = [];
  for (let index = 0; index < flat.length; index += 2) {
    levels.push([flat[index] ?? 0, flat[index + 1] ?? 0]);
  }
  return levels;
}
