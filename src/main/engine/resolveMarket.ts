import type { MarketId } from '../../shared/market.ts';
import { marketId, parseMarketId } from '../../shared/market.ts';

export type ResolvedMarket =
  | { readonly type: 'found'; readonly market: MarketId }
  | { readonly type: 'unknown'; readonly candidates: readonly MarketId[] };

const quotes = ['USDT', 'USDC', 'FDUSD', 'TUSD', 'USD', 'EUR', 'BTC', 'ETH', 'BNB'];
const maxCandidates = 5;

/**
 * A market as a person may write it (`btc`, `BTC/USDT`, `BTCUSDT`, `btc-usdt`) among those that venues list. Input only:
 * everything behind it uses canonical ids. A quote is never guessed across currencies: `btc` alone means the first listed
 * of the usual quotes.
 */
export function resolveMarket(text: string, listed: readonly MarketId[]): ResolvedMarket {
  const isListed = new Set(listed);
  for (const spelling of spellings(text)) {
    if (isListed.has(spelling)) return { type: 'found', market: spelling };
  }
  return { type: 'unknown', candidates: searchMarkets(text, listed, maxCandidates) };
}

function spellings(text: string): readonly MarketId[] {
  const upper = text.trim().toUpperCase();
  const dashed = upper.replaceAll(/[/_ ]/g, '-');
  const split = quotes.flatMap((quote) =>
    upper.length > quote.length && upper.endsWith(quote)
      ? [marketId(upper.slice(0, -quote.length), quote, 'spot')]
      : [],
  );
  const bare = /^[\p{L}\p{N}]+$/u.test(upper)
    ? quotes.map((quote) => marketId(upper, quote, 'spot'))
    : [];
  return [dashed, ...split, ...bare];
}

/** Best matches first: exact base, base that begins so, anything that holds the text; then by the usual quotes. */
export function searchMarkets(
  text: string,
  listed: readonly MarketId[],
  limit: number,
): readonly MarketId[] {
  const wanted = text
    .trim()
    .toUpperCase()
    .replaceAll(/[/_ -]/g, '');
  const ranked = listed.flatMap((market) => {
    const rank = rankOf(market, wanted);
    return rank === null ? [] : [{ market, rank }];
  });
  ranked.sort((first, second) => first.rank - second.rank || compare(first.market, second.market));
  return ranked.slice(0, limit).map(({ market }) => market);
}

function rankOf(market: MarketId, wanted: string): number | null {
  const parts = parseMarketId(market);
  if (parts === null) return null;
  const { base, quote, marketKind } = parts;
  const quoteRank = quotes.indexOf(quote);
  const tail = (quoteRank < 0 ? quotes.length : quoteRank) + (marketKind === 'spot' ? 0 : 0.5);
  const joined = `${base}${quote}`;
  if (wanted === '' || joined === wanted || base === wanted) return tail;
  if (joined.startsWith(wanted)) return 100 + tail;
  if (joined.includes(wanted)) return 200 + tail;
  return wanted.length > 2 && isSubsequence(wanted, joined) ? 300 + tail : null;
}

function isSubsequence(wanted: string, text: string): boolean {
  let from = 0;
  for (const character of wanted) {
    const at = text.indexOf(character, from);
    if (at < 0) return false;
    from = at + 1;
  }
  return true;
}

function compare(first: string, second: string): number {
  return first < second ? -1 : first > second ? 1 : 0;
}
