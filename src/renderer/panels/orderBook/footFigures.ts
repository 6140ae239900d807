import type { BookView } from '../../../shared/values.ts';
import { noValue } from '../../format/digits.ts';
import { formatSignedBps, formatSize, formatUnits } from '../../format/price.ts';
import type { FillLevel, TypedSize } from './fillCost.ts';
import { computeFillCost } from './fillCost.ts';
import type { Imbalance } from './imbalance.ts';
import { computeImbalance } from './imbalance.ts';
import type { LadderLevel, LadderModel } from './ladderModel.ts';

export interface FillFigure {
  readonly text: string;
  readonly bps: string;
  /** Says why the price is not exact or not whole; null when it is both. */
  readonly note: string | null;
}

export interface FootFigures {
  readonly imbalance: Imbalance | null;
  readonly buy: FillFigure;
  readonly sell: FillFigure;
}

const nothing: FillFigure = { text: noValue, bps: '', note: null };

function fillLevels(side: readonly LadderLevel[]): readonly FillLevel[] {
  return side.flatMap((level) =>
    level.sizes.map((sizeUnits) => ({ priceUnits: level.priceUnits, sizeUnits })),
  );
}

/** What the figures of a foot rest on, beside the painted levels. */
export interface FootReference {
  readonly size: TypedSize | null;
  readonly midPrice: number | null;
  readonly priceDecimals: number;
  /** Finest tick in the view's units: rows of it are exact prices, larger rows are bounds. */
  readonly tickUnits: number | null;
}

function describeFill(
  view: BookView,
  side: 'buy' | 'sell',
  levels: readonly LadderLevel[],
  reference: FootReference,
): FillFigure {
  const { size, midPrice } = reference;
  if (size === null) return nothing;
  // Rows are rounded away from the middle, so a grouped book gives a bound and no exact price.
  const grouped = view.groupUnits !== reference.tickUnits;
  const decimals = Math.min(view.priceDecimals, reference.priceDecimals);
  const rounding = !grouped ? 'nearest' : side === 'buy' ? 'up' : 'down';
  const cost = computeFillCost(fillLevels(levels), size, view, decimals, rounding);
  if (cost.averageUnits === null) return nothing;
  if (!cost.complete) {
    const held = formatSize(Number(cost.filledUnits) / 10 ** view.sizeDecimals, 2);
    return { text: `only ${held}`, bps: 'shown', note: `The levels shown hold only ${held}.` };
  }
  const average = Number(cost.averageUnits);
  if (!Number.isSafeInteger(average)) return nothing;
  const text = formatUnits(average, decimals);
  const bps =
    midPrice === null || midPrice === 0 ? null : (average / 10 ** decimals / midPrice - 1) * 10_000;
  return {
    text: grouped ? `${side === 'buy' ? '≤' : '≥'} ${text}` : text,
    bps: bps === null ? '' : formatSignedBps(bps),
    note: grouped
      ? 'Rows are rounded to the grouping: the price is this or better. Group by the tick for the exact one.'
      : null,
  };
}

/** Weight of both sides and what a typed size would cost, all from the levels that are painted. */
export function computeFootFigures(
  view: BookView,
  model: LadderModel,
  reference: FootReference,
): FootFigures {
  const totals = (side: readonly LadderLevel[]) => side.flatMap((level) => [...level.sizes]);
  return {
    imbalance: computeImbalance(totals(model.bids), totals(model.asks)),
    buy: describeFill(view, 'buy', model.asks, reference),
    sell: describeFill(view, 'sell', model.bids, reference),
  };
}
