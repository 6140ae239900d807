import type { CoreView } from '../../src/main/engine/coreView.ts';
import type { BookRow } from '../../src/shared/values.ts';
import type { VenueId } from '../../src/shared/venues.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';

/** Depth of the venue's window that the engine subscribes; null: all levels. */
const windowDepth: Readonly<Record<VenueId, number | null>> = {
  binance: null,
  bybit: 200,
  okx: 400,
};

export interface BookComparison {
  /** False: the book does not count and says so; there was nothing to compare. */
  readonly isCompared: boolean;
  readonly difference: string | null;
}

/** As `bookDifference`, with whether there was a book to compare. */
export function compareBook(
  view: CoreView,
  simulator: Simulator,
  venue: VenueId,
  market: string,
  rows: number,
): BookComparison {
  const ours = view.bookView({ market, venue, group: '0', rows, muted: [] });
  const part = ours.parts[0];
  if (part === undefined || !part.counted) return { isCompared: false, difference: null };
  const differs = (difference: string): BookComparison => ({ isCompared: true, difference });
  const window = windowDepth[venue];
  const depth = window ?? rows;
  const theirs = simulator.oracle.scaledBook(venue, market, { updateId: part.sequence, depth });
  if (theirs === undefined) {
    return differs(`${venue} ${market}: the oracle has no book ${part.sequence}`);
  }
  const scale = {
    price: 10 ** (ours.priceDecimals - theirs.priceDecimals),
    size: 10 ** (ours.sizeDecimals - theirs.sizeDecimals),
  };
  const isWhole = window !== null && rows >= window;
  for (const side of ['bids', 'asks'] as const) {
    const [shown, known] = [ours[side].length, theirs[side].length / 2];
    if (isWhole && shown !== known) {
      return differs(`${venue} ${market} ${side}: ${shown} levels, the oracle has ${known}`);
    }
  }
  const difference =
    sideDifference(ours.bids, theirs.bids, scale, 1) ??
    sideDifference(ours.asks, theirs.asks, scale, -1);
  if (difference !== null) return differs(`${venue} ${market} at ${part.sequence}: ${difference}`);
  return { isCompared: true, difference: null };
}

/**
 * Null: the engine's book equals the oracle's of the same update id inside its known range, or in its best `rows`, or does not
 * count; else what differs.
 */
export function bookDifference(
  view: CoreView,
  simulator: Simulator,
  venue: VenueId,
  market: string,
  rows = 100_000,
): string | null {
  return compareBook(view, simulator, venue, market, rows).difference;
}

/** `theirs` holds price and size in turn, best first, and reaches as far as `ours` or further. */
function sideDifference(
  ours: readonly BookRow[],
  theirs: Float64Array,
  scale: { readonly price: number; readonly size: number },
  sign: 1 | -1,
): string | null {
  const name = sign === 1 ? 'bids' : 'asks';
  if (ours.length < 5) return `only ${ours.length} ${name}`;
  for (let index = 0; index < ours.length; index += 1) {
    const row = ours[index];
    const price = Math.round((theirs[2 * index] ?? 0) * scale.price);
    const size = Math.round((theirs[2 * index + 1] ?? 0) * scale.size);
    if (row?.priceUnits !== price || row.sizeUnits[0] !== size) {
      return `${name} ${index}: ${row?.priceUnits} x ${row?.sizeUnits[0]}, the oracle has ${price} x ${size}`;
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
