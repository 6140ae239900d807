import type { VenueId } from '../../../shared/venues.ts';
import type { BookPart, BookRow, BookView } from '../../../shared/values.ts';

/** How long a stale venue's last levels stay beside the bars. */
export const ghostMs = 10_000;

interface Ghost {
  readonly until: number;
  readonly bids: ReadonlyMap<number, number>;
  readonly asks: ReadonlyMap<number, number>;
}

/** A book that lost its sequence has nothing worth remembering; one whose line fell silent has. */
function leavesGhost(part: BookPart): boolean {
  const resyncing = part.status === 'gap' || part.status === 'resyncing';
  return part.streamStatus === 'stale' && !resyncing;
}

function sizesOf(rows: readonly BookRow[], part: number): ReadonlyMap<number, number> {
  const sizes = new Map<number, number>();
  for (const row of rows) {
    const size = row.sizeUnits[part] ?? 0;
    if (size > 0) sizes.set(row.priceUnits, size);
  }
  return sizes;
}

function sameGrid(one: BookView, other: BookView): boolean {
  return (
    one.market === other.market &&
    one.venue === other.venue &&
    one.groupUnits === other.groupUnits &&
    one.priceDecimals === other.priceDecimals &&
    one.sizeDecimals === other.sizeDecimals
  );
}

/** Remembers, for ten seconds, where the levels of a venue stood that turned stale. They are drawn and never counted. */
export class GhostBook {
  #previous: BookView | null = null;
  readonly #ghostByVenue = new Map<VenueId, Ghost>();

  /** Call with every view before drawing it. */
  update(view: BookView, now: number): void {
    const previous = this.#previous;
    this.#previous = view;
    if (previous === view) return;
    if (previous === null || !sameGrid(previous, view)) {
      this.#ghostByVenue.clear();
      return;
    }
    for (const part of view.parts) {
      if (part.counted || !leavesGhost(part)) {
        this.#ghostByVenue.delete(part.venue);
        continue;
      }
      const before = previous.parts.findIndex((candidate) => candidate.venue === part.venue);
      if (previous.parts[before]?.counted !== true) continue;
      this.#ghostByVenue.set(part.venue, {
        until: now + ghostMs,
        bids: sizesOf(previous.bids, before),
        asks: sizesOf(previous.asks, before),
      });
    }
  }

  /** Size in the view's units that a stale venue last had at this row; 0 when it has no ghost. */
  sizeAt(venue: VenueId, side: 'bid' | 'ask', priceUnits: number, now: number): number {
    const ghost = this.#ghostByVenue.get(venue);
    if (ghost === undefined) return 0;
    if (now >= ghost.until) {
      this.#ghostByVenue.delete(venue);
      return 0;
    }
    return (side === 'bid' ? ghost.bids : ghost.asks).get(priceUnits) ?? 0;
  }

  /** Of whom something may be painted now. */
  venues(now: number): readonly VenueId[] {
    return [...this.#ghostByVenue].flatMap(([venue, { until }]) => (now < until ? [venue] : []));
  }

  clear(): void {
    this.#ghostByVenue.clear();
    this.#previous = null;
  }
}
