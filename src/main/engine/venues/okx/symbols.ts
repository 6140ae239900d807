import type { MarketKind } from '../../../../shared/market.ts';
import { instrumentId, marketId, parseMarketId } from '../../../../shared/market.ts';
import { DecodeError } from '../../errors.ts';
import type { SymbolDescription } from '../venue.ts';

const symbolPattern = /^[A-Z0-9]{1,24}(-[A-Z0-9.]{1,24}){1,4}$/;

export function checkSymbol(venueSymbol: string): string {
  if (!symbolPattern.test(venueSymbol)) throw new DecodeError('not a symbol');
  return venueSymbol;
}

/**
 * `BTC-USDT` is spot, `BTC-USDT-SWAP` a linear perpetual in contracts. Inverse swaps, dated futures and options keep the
 * venue's own name and units.
 */
export function describeSymbol(venueSymbol: string): SymbolDescription {
  checkSymbol(venueSymbol);
  const parts = venueSymbol.split('-');
  const [base = '', quote = '', third] = parts;
  const marketKind = kindOf(quote, third, parts.length);
  if (marketKind !== null) {
    const market = marketId(base, quote, marketKind);
    if (parseMarketId(market) !== null) {
      const sizeUnit = marketKind === 'spot' ? 'base' : 'contracts';
      return { instrument: instrumentId('okx', market), marketKind, sizeUnit };
    }
  }
  return {
    instrument: instrumentId('okx', venueSymbol),
    marketKind: 'other' satisfies MarketKind,
    sizeUnit: parts.length === 2 ? 'base' : 'contracts',
  };
}

function kindOf(quote: string, third: string | undefined, parts: number): 'spot' | 'linear' | null {
  if (parts === 2) return 'spot';
  return parts === 3 && third === 'SWAP' && quote !== 'USD' ? 'linear' : null;
}

export function venueSymbolOf(market: string): string | null {
  const parts = parseMarketId(market);
  if (parts === null) return null;
  const symbol = `${parts.base}-${parts.quote}`;
  return parts.marketKind === 'spot' ? symbol : `${symbol}-SWAP`;
}
