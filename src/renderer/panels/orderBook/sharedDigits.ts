/**
 * How many leading characters all prices of a view have in common: they are dimmed, so that the eye reads what differs.
 * The last digit is never dimmed, nor are prices of different lengths, where places would not line up.
 */
export function countSharedDigits(prices: readonly string[]): number {
  const [first = ''] = prices;
  if (prices.length < 2) return 0;
  let shared = first.length - 1;
  for (const price of prices) {
    if (price.length !== first.length) return 0;
    let same = 0;
    while (same < shared && price.charCodeAt(same) === first.charCodeAt(same)) same += 1;
    shared = same;
  }
  return Math.max(0, shared);
}
