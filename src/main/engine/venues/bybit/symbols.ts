import type { MarketKind } from '../../../../shared/market.ts';
import { instrumentId, marketId, parseMarketId } from '../../../../shared/market.ts';
import { DecodeError } from '../../errors.ts';
import type { SymbolDescription } from '../venue.ts';

const symbolPattern = /^[A-Z0-9][A-Z0-9-]{1,39}$/;

/** Quote coins, longer ones before those that they end in. */
const quotes = ['USDT', 'USDC', 'USDE', 'USDQ', 'USDR', 'BRL', 'EUR', 'MNT', 'DAI', 'BTC', 'ETH'];

export function checkSymbol(venueSymbol: string): string {
  if (!symbolPattern.test(venueSymbol)) throw new DecodeError('not a symbol');
  return venueSymbol;
}

/** `BTCUSDT`; `BTCPERP` is the perpetual against USDC. Dated contracts keep the venue's own name. */
export function describeSymbol(venueSymbol: string, marketKind: MarketKind): SymbolDescription {
  checkSymbol(venueSymbol);
  const market = marketOf(venueSymbol, marketKind);
  if (market === null) {
    const sizeUnit = marketKind === 'inverse' ? 'contracts' : 'base';
    return { instrument: instrumentId('bybit', venueSymbol), marketKind: 'other', sizeUnit };
  }
  return { instrument: instrumentId('bybit', market), marketKind, sizeUnit: 'base' };
}

function marketOf(venueSymbol: string, marketKind: MarketKind): string | null {
  if (marketKind !== 'spot' && marketKind !== 'linear') return null;
  if (marketKind === 'linear' && venueSymbol.endsWith('PERP')) {
    return canonical(venueSymbol.slice(0, -4), 'USDC', marketKind);
  }
  const quote = quotes.find((suffix) => venueSymbol.endsWith(suffix));
  return quote === undefined
    ? null
    : canonical(venueSymbol.slice(0, -quote.length), quote, marketKind);
}

function canonical(base: string, quote: string, marketKind: 'spot' | 'linear'): string | null {
  const market = marketId(base, quote, marketKind);
  return parseMarketId(market) === null ? null : market;
}

export function venueSymbolOf(market: string): string | null {
  const parts = parseMarketId(market);
  if (parts === null) return null;
  if (parts.marketKind === 'linear' && parts.quote === 'USDC') return `${parts.base}PERP`;
  return `${parts.base}${parts.quote}`;
}
