/** A print further than this from every reference is marked. */
const farAway = 0.1;

/** What a print is judged by; null where it is not known or not fresh. */
export interface PrintReferences {
  readonly bid: number | null;
  readonly ask: number | null;
  /** Consolidated price of the market. */
  readonly consolidated: number | null;
}

/**
 * Whether a trade's price lies far outside its venue's own best prices and far from the consolidated price. Both have to
 * agree where both are known: a fast market moves all venues, and a new best price may come a moment after its trade.
 */
export function isOutlierPrint(price: number, references: PrintReferences): boolean {
  const { bid, ask, consolidated } = references;
  const hasTop = bid !== null && ask !== null;
  if (!hasTop && consolidated === null) return false;
  const isFarFromTop = !hasTop || isFar(price, bid, ask);
  return isFarFromTop && (consolidated === null || isFar(price, consolidated, consolidated));
}

function isFar(price: number, low: number, high: number): boolean {
  return price < low * (1 - farAway) || price > high * (1 + farAway);
}
