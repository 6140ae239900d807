import type { BookView } from '../../../shared/values.ts';
import { plainUnits } from '../../format/price.ts';
import type { LadderLevel, LadderModel } from './ladderModel.ts';

/** Levels per side that are told to tests, tables and screen readers. */
export const inspectedLevels = 10;

/** What stood on the canvas in one frame, in plain digits: the painted truth, comparable with a venue's own book. */
export interface PaintedBook {
  readonly market: string;
  readonly venue: string | null;
  readonly group: string;
  /** `binance:123,bybit:45`: update ids of the books that are in the rows. */
  readonly sequence: string;
  readonly bids: readonly PaintedLevel[];
  readonly asks: readonly PaintedLevel[];
}

export interface PaintedLevel {
  readonly price: string;
  /** As painted. */
  readonly priceText: string;
  readonly sizeText: string;
  /** Exact size per venue that counts. */
  readonly sizes: Readonly<Record<string, string>>;
}

function paintedLevel(view: BookView, level: LadderLevel): PaintedLevel {
  const sizes: Record<string, string> = {};
  view.parts.forEach((part, index) => {
    const units = level.sizes[index] ?? 0;
    if (units > 0) sizes[part.venue] = plainUnits(units, view.sizeDecimals);
  });
  return {
    price: plainUnits(level.priceUnits, view.priceDecimals),
    priceText: level.price,
    sizeText: level.size,
    sizes,
  };
}

export function describePainted(view: BookView, model: LadderModel): PaintedBook {
  const levels = (side: readonly LadderLevel[]) =>
    side.slice(0, inspectedLevels).map((level) => paintedLevel(view, level));
  return {
    market: view.market,
    venue: view.venue,
    group: plainUnits(view.groupUnits, view.priceDecimals),
    sequence: view.parts
      .filter((part) => part.counted)
      .map((part) => `${part.venue}:${part.sequence}`)
      .join(','),
    bids: levels(model.bids),
    asks: levels(model.asks),
  };
}

/** Best exact prices of the counted books: what `data-best-bid` and `data-best-ask` carry. */
export function bestAttributes(
  view: BookView,
  best: {
    readonly bid: { readonly units: number } | null;
    readonly ask: { readonly units: number } | null;
  },
): { readonly bid: string; readonly ask: string } {
  const text = (units: number | undefined) =>
    units === undefined ? '' : plainUnits(units, view.priceDecimals);
  return { bid: text(best.bid?.units), ask: text(best.ask?.units) };
}
