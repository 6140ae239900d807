import { useState } from 'react';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import type { PriceValue } from '../../../shared/values.ts';
import { formatPrice, formatSignedPercent } from '../../format/price.ts';
import { useMarketStore } from '../../store/hooks.ts';
import { useHostStep } from '../../workspace/session.ts';

/** Design pixels that the figures of a column need, by the column's id; absent: its usual width is enough. */
export type FigureWidths = Readonly<Record<string, number>>;

/** Widest characters of 12 px figures, rounded up: a column that is a little too wide cuts nothing. */
const characterWidths: Readonly<Record<string, number>> = {
  ',': 3.8,
  '.': 3.8,
  '\u2009': 3,
  '+': 8.2,
  '\u2212': 8.2,
  '%': 11,
};
const digitWidth = 7.6;
/** Columns grow in steps, so that a digit more does not move them with each tick. */
const stepWidth = 4;
const gap = 4;

export function figureWidth(text: string): number {
  let width = gap;
  for (const character of text) width += characterWidths[character] ?? digitWidth;
  return Math.ceil(width / stepWidth) * stepWidth;
}

/** What one market needs of each column. */
export function measureFigures(price: PriceValue): FigureWidths {
  const widths: Record<string, number> = {
    last: figureWidth(formatPrice(price.price, price.priceDecimals)),
    change: figureWidth(formatSignedPercent(price.change24hPct)),
  };
  for (const { venue, price: own, priceDecimals } of price.contributors) {
    widths[`venue ${venue}`] = figureWidth(formatPrice(own, priceDecimals));
  }
  return widths;
}

/** The wider of both in every column; the same object while nothing grew. */
export function widest(one: FigureWidths, other: FigureWidths): FigureWidths {
  const grown = Object.entries(other).filter(([id, width]) => width > (one[id] ?? 0));
  return grown.length === 0 ? one : { ...one, ...Object.fromEntries(grown) };
}

const measureMs: EpochMs = 1000;

/** Widths only grow while the list stays the same: numbers hold still. */
class HeldWidths {
  #list = '';
  #widths: FigureWidths = {};

  follow(markets: readonly MarketId[], prices: readonly (PriceValue | null)[]): FigureWidths {
    const list = markets.join();
    if (list !== this.#list) this.#widths = {};
    this.#list = list;
    for (const price of prices) {
      if (price !== null) this.#widths = widest(this.#widths, measureFigures(price));
    }
    return this.#widths;
  }
}

/** Widths for all rows of the list, also of those that are scrolled away. */
export function useFigureWidths(markets: readonly MarketId[]): FigureWidths {
  const store = useMarketStore();
  const [held] = useState(() => new HeldWidths());
  useHostStep(measureMs);
  return held.follow(
    markets,
    markets.map((market) => store.price(market)),
  );
}
