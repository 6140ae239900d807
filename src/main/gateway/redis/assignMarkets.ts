import type { MarketId } from '../../../shared/market.ts';

export interface ShareInput {
  readonly self: string;
  /** All that publish now, this process among them. */
  readonly ingesters: readonly string[];
  /** All that somebody wants. */
  readonly markets: readonly MarketId[];
  /** By the leases; a market without one is missing. */
  readonly ownerByMarket: ReadonlyMap<MarketId, string>;
  /**
   * Redis was away, and who published a market before goes on with it; null: it was there. What is free then waits for its
   * owner of before while that one may still come, and nothing is given away: each market would move twice.
   */
  readonly formerOwnerByMarket: ReadonlyMap<MarketId, string> | null;
}

export interface Share {
  readonly claim: readonly MarketId[];
  readonly release: readonly MarketId[];
}

/**
 * What one process takes and gives, so that all have about the same number. A market moves only for a reason, because each
 * move is a gap for those who watch: nobody owns it, or its owner has a quarter more than its part. Every process reckons
 * for itself from the same leases; where two want the same market, the lease decides.
 */
export function computeShare(input: ShareInput): Share {
  const { self, ingesters, ownerByMarket, formerOwnerByMarket } = input;
  const loads = new Map(ingesters.map((ingester) => [ingester, 0]));
  const wanted = [...new Set(input.markets)].sort();
  const own: MarketId[] = [];
  const back: MarketId[] = [];
  const free: MarketId[] = [];
  for (const market of wanted) {
    const former = formerOwnerByMarket?.get(market) ?? '';
    const owner = ownerByMarket.get(market) ?? (loads.has(former) ? former : null);
    if (owner === null) free.push(market);
    else loads.set(owner, (loads.get(owner) ?? 0) + 1);
    if (owner === self) (ownerByMarket.has(market) ? own : back).push(market);
  }
  const fair = Math.ceil(wanted.length / Math.max(1, ingesters.length));
  const hasRoomElsewhere = ingesters.some(
    (ingester) => ingester !== self && (loads.get(ingester) ?? 0) < fair,
  );
  const isTooMuch =
    formerOwnerByMarket === null && own.length > fair + Math.floor(fair / 4) && hasRoomElsewhere;
  const release = isTooMuch ? own.slice(fair) : [];
  const claim = free.filter((market) => takerOf(market, ingesters, loads) === self);
  const unwanted = [...ownerByMarket].filter(
    ([market, owner]) => owner === self && !wanted.includes(market),
  );
  return {
    claim: [...back, ...claim],
    release: [...release, ...unwanted.map(([market]) => market)],
  };
}

/** The one with the fewest; among equals the one whose name and market mix highest. Counts it as taken. */
function takerOf(
  market: MarketId,
  ingesters: readonly string[],
  loads: Map<string, number>,
): string | null {
  let best: string | null = null;
  let bestLoad = Infinity;
  let bestMix = -1;
  for (const ingester of ingesters) {
    const load = loads.get(ingester) ?? 0;
    const mix = mixOf(`${ingester} ${market}`);
    if (load < bestLoad || (load === bestLoad && mix > bestMix)) {
      best = ingester;
      bestLoad = load;
      bestMix = mix;
    }
  }
  if (best !== null) loads.set(best, bestLoad + 1);
  return best;
}

/** FNV-1a. */
function mixOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}
