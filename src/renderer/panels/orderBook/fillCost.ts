/** A level as the fill sees it: exact, only venues that count. */
export interface FillLevel {
  readonly priceUnits: number;
  readonly sizeUnits: number;
}

export interface FillCost {
  /** False when the levels shown hold less than asked; the figures then speak of what they hold. */
  readonly complete: boolean;
  readonly filledUnits: bigint;
  /** Average price in units of 10^-`decimals`; null when nothing is there. */
  readonly averageUnits: bigint | null;
}

/** An exact decimal typed by a person; null for anything that is not a size above zero. */
export interface TypedSize {
  readonly units: bigint;
  readonly decimals: number;
}

export function parseTypedSize(text: string): TypedSize | null {
  const match = /^\s*(\d{1,9})(?:[.,](\d{0,8}))?\s*$/.exec(text);
  if (match === null) return null;
  const [, whole = '0', fraction = ''] = match;
  const units = BigInt(whole + fraction);
  return units === 0n ? null : { units, decimals: fraction.length };
}

/** `up` and `down` keep a bound a bound; `nearest` is half-even. */
export type Rounding = 'nearest' | 'up' | 'down';

function divide(value: bigint, by: bigint, rounding: Rounding): bigint {
  const quotient = value / by;
  const rest = value % by;
  if (rest === 0n || rounding === 'down') return quotient;
  if (rounding === 'up') return quotient + 1n;
  const twice = rest * 2n;
  return twice > by || (twice === by && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

/**
 * Walks the levels from the best price until the size is filled. All sums are integers: no digit of a large book is lost,
 * and what is shown is the price that these levels would give.
 */
export function computeFillCost(
  levels: readonly FillLevel[],
  size: TypedSize,
  book: { readonly priceDecimals: number; readonly sizeDecimals: number },
  decimals: number,
  rounding: Rounding = 'nearest',
): FillCost {
  const sizeDecimals = Math.max(size.decimals, book.sizeDecimals);
  const levelFactor = 10n ** BigInt(sizeDecimals - book.sizeDecimals);
  const wanted = size.units * 10n ** BigInt(sizeDecimals - size.decimals);
  let filled = 0n;
  let notional = 0n;
  for (const level of levels) {
    if (filled >= wanted) break;
    const available = BigInt(level.sizeUnits) * levelFactor;
    const left = wanted - filled;
    const taken = available < left ? available : left;
    filled += taken;
    notional += taken * BigInt(level.priceUnits);
  }
  if (filled === 0n) return { complete: false, filledUnits: 0n, averageUnits: null };
  const shift = decimals - book.priceDecimals;
  const averageUnits =
    shift >= 0
      ? divide(notional * 10n ** BigInt(shift), filled, rounding)
      : divide(notional, filled * 10n ** BigInt(-shift), rounding);
  return { complete: filled >= wanted, filledUnits: filled / levelFactor, averageUnits };
}
