import { needsMoreDecimals, parseUnits, significantDecimals } from '../decimal.ts';
import { DecodeError } from '../errors.ts';

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

/** A price that something was traded at. */
export function parsePrice(text: string, decimals: number): number {
  const units = parseUnits(text, decimals);
  if (units === 0) throw new DecodeError('price is zero');
  return units;
}
