/** Whole percents of both sides that always add up to 100; null when neither side holds anything. */
export interface Imbalance {
  readonly bidPercent: number;
  readonly askPercent: number;
  /** Unrounded, 0 to 1, for the bar. */
  readonly bidShare: number;
}

export function computeImbalance(
  bidSizes: readonly number[],
  askSizes: readonly number[],
): Imbalance | null {
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + BigInt(size), 0n);
  const bids = sum(bidSizes);
  const both = bids + sum(askSizes);
  if (both === 0n) return null;
  // In ten thousandths first: the sums may lie beyond what a double holds.
  const bidShare = Number((bids * 1_000_000n) / both) / 1_000_000;
  let bidPercent = Math.round(bidShare * 100);
  // A side that holds something is not called nothing.
  if (bidPercent === 0 && bids > 0n) bidPercent = 1;
  if (bidPercent === 100 && bids < both) bidPercent = 99;
  return { bidPercent, askPercent: 100 - bidPercent, bidShare };
}
