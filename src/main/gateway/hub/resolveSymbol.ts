import type { MarketId } from '../../../shared/market.ts';
import { marketId, parseMarketId } from '../../../shared/market.ts';
import type { ResolvedSymbol } from './clientContract.ts';

/** Which one a base alone means: the first of these that is listed. */
const quotes = ['USDT', 'USDC', 'FDUSD', 'TUSD', 'USD', 'EUR', 'BTC', 'ETH', 'BNB'];
const maxCandidates = 5;
const maxLength = 48;

/**
 * A market as a program writes it. Only what is written exactly is taken, so that no program runs on a guess: another case,
 * a name or a market that nobody lists is refused with what may have been meant, where that may be looked for.
 */
export function resolveSymbol(
  symbol: string,
  listed: ReadonlySet<MarketId>,
  maySearch: () => boolean = () => true,
): ResolvedSymbol {
  if (listed.size === 0) return resolveUnlisted(symbol);
  for (const spelling of spellings(symbol)) {
    if (listed.has(spelling)) return { ok: true, market: spelling };
  }
  return refuse(symbol, maySearch() ? findCandidates(symbol, listed) : []);
}

/** Before a venue has answered nothing is known to be wrong: an exact id may turn out to be one. */
function resolveUnlisted(symbol: string): ResolvedSymbol {
  const [dashed = ''] = spellings(symbol);
  if (parseMarketId(dashed) !== null) return { ok: true, market: dashed };
  return {
    ok: false,
    error: {
      code: 'NO_FEED',
      message: 'The venues have not told their markets yet. Write it as BTC-USDT, or try again.',
      retryAfterMs: 1_000,
    },
  };
}

function spellings(symbol: string): readonly MarketId[] {
  if (symbol.length > maxLength) return [];
  const dashed = symbol.replace('/', '-');
  const split = quotes.flatMap((quote) =>
    symbol.length > quote.length && symbol.endsWith(quote)
      ? [marketId(symbol.slice(0, -quote.length), quote, 'spot')]
      : [],
  );
  const bare = quotes.map((quote) => marketId(symbol, quote, 'spot'));
  return [dashed, ...split, ...bare];
}

function refuse(symbol: string, candidates: readonly MarketId[]): ResolvedSymbol {
  const shown = /^[\p{L}\p{N} /_.-]{1,48}$/u.test(symbol) ? `"${symbol}"` : 'This';
  const hint =
    candidates.length === 0
      ? 'Ask /api/markets for those that there are.'
      : `Did you mean ${candidates.join(', ')}?`;
  return {
    ok: false,
    error: {
      code: 'INVALID_SYMBOL',
      message: `${shown} is no market here: symbols are exact and in capital letters. ${hint}`,
      candidates,
    },
  };
}

const usualNames: Readonly<Record<string, string>> = {
  ...{ BITCOIN: 'BTC', ETHEREUM: 'ETH', ETHER: 'ETH', SOLANA: 'SOL', RIPPLE: 'XRP', XBT: 'BTC' },
  ...{ DOGECOIN: 'DOGE', CARDANO: 'ADA', AVALANCHE: 'AVAX', CHAINLINK: 'LINK', POLKADOT: 'DOT' },
};

interface ListedMarket {
  readonly market: MarketId;
  readonly base: string;
  readonly joined: string;
  readonly tail: number;
}

/** Many may ask for what is not there: the thousands of names are taken apart once. */
const partsByList = new WeakMap<ReadonlySet<MarketId>, readonly ListedMarket[]>();

function partsOf(listed: ReadonlySet<MarketId>): readonly ListedMarket[] {
  const known = partsByList.get(listed);
  if (known !== undefined) return known;
  const parts = [...listed].flatMap((market) => listedMarket(market));
  partsByList.set(listed, parts);
  return parts;
}

function listedMarket(market: MarketId): readonly ListedMarket[] {
  const parts = parseMarketId(market);
  if (parts === null) return [];
  const { base, quote, marketKind } = parts;
  const quoteRank = quotes.indexOf(quote);
  const tail = (quoteRank < 0 ? quotes.length : quoteRank) + (marketKind === 'spot' ? 0 : 0.5);
  return [{ market, base, joined: `${base}${quote}`, tail }];
}

/** The same base first, then what begins like it or holds it; by the usual quotes. */
function findCandidates(symbol: string, listed: ReadonlySet<MarketId>): readonly MarketId[] {
  const letters = symbol
    .slice(0, maxLength)
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
  const wanted = usualNames[letters] ?? letters;
  if (wanted === '') return [];
  const best: Candidate[] = [];
  for (const each of partsOf(listed)) {
    const rank = rankOf(each, wanted);
    if (rank !== null) keepBest(best, { market: each.market, rank });
  }
  return best.map(({ market }) => market);
}

interface Candidate {
  readonly market: MarketId;
  readonly rank: number;
}

/** Thousands may fit a letter, and few are shown: they are never sorted all. */
function keepBest(best: Candidate[], candidate: Candidate): void {
  const worst = best[maxCandidates - 1];
  if (worst !== undefined && !isBefore(candidate, worst)) return;
  const at = best.findIndex((other) => isBefore(candidate, other));
  best.splice(at < 0 ? best.length : at, 0, candidate);
  if (best.length > maxCandidates) best.pop();
}

function isBefore(left: Candidate, right: Candidate): boolean {
  return left.rank < right.rank || (left.rank === right.rank && left.market < right.market);
}

function rankOf({ base, joined, tail }: ListedMarket, wanted: string): number | null {
  if (base === wanted || joined === wanted) return tail;
  if (wanted.startsWith(base) && wanted.length <= base.length + 5) return 100 - base.length + tail;
  if (joined.startsWith(wanted)) return 200 + tail;
  return wanted.length > 1 && joined.includes(wanted) ? 300 + tail : null;
}
