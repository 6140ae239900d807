/** Trades needed before a market's own sizes say what is large. */
const leastTrades = 100;
const largeShare = 0.98;

/** Two figures, so that the threshold reads as a rule and not as a measurement. */
export function roundToTwoFigures(value: number): number {
  if (!(value > 0)) return 0;
  return Number(value.toPrecision(2));
}

/** The size that two in a hundred recent trades reach; null while too few were seen. */
export function computeLargeSize(sizes: readonly number[]): number | null {
  if (sizes.length < leastTrades) return null;
  const sorted = [...sizes].sort((one, other) => one - other);
  const at = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * largeShare))] ?? 0;
  const large = roundToTwoFigures(at);
  return large > 0 ? large : null;
}

/** Decimals of a market's size column, by its middle trade: coins that trade in thousands need none. */
export function chooseTapeDecimals(sizes: readonly number[]): number {
  const sorted = [...sizes].sort((one, other) => one - other);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  if (middle >= 1_000) return 0;
  if (middle >= 100) return 1;
  return middle >= 10 ? 2 : 4;
}

/** Decimals of one size: fewer than the column's where the whole part is long, so that it always fits. */
export function fitDecimals(size: number, columnDecimals: number): number {
  if (size >= 10_000) return 0;
  if (size >= 1_000) return Math.min(columnDecimals, 1);
  return size >= 100 ? Math.min(columnDecimals, 3) : columnDecimals;
}
