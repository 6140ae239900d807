import { needsMoreDecimals, parseUnits, significantDecimals } from '../decimal.ts';

/** Decimals, at least `known`, at which all the texts are whole units. The usual case costs one pass and no allocation. */
export function decimalsFor(known: number, first: string, second: string): number {
  if (
    parseUnits(first, known) !== needsMoreDecimals &&
    parseUnits(second, known) !== needsMoreDecimals
  ) {
    return known;
  }
  return Math.max(known, significantDecimals(first), significantDecimals(second));
}
