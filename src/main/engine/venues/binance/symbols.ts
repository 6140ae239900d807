import type { MarketKind } from '../../../../shared/market.ts';
import { instrumentId, marketId, parseMarketId } from '../../../../shared/market.ts';
import { DecodeError } from '../../errors.ts';
import type { SymbolDescription } from '../venue.ts';

/** Listings may be non-ASCII. */
const symbolPattern = /^[\p{L}\p{N}_]{2,40}$/u;

/** Quote assets, longer ones before those that they end in. */
const quotes: readonly string[] = [
  'FDUSD',
  'USDT',
  'USDC',
  'TUSD',
  'BUSD',
  'USD1',
  'BIDR',
  'IDRT',
  'AEUR',
  'EURI',
  'DAI',
  'BTC',
  'ETH',
  'BNB',
  'XRP',
  'TRX',
  'DOGE',
  'EUR',
  'GBP',
  'TRY',
  'BRL',
  'AUD',
  'RUB',
  'UAH',
  'NGN',
  'ZAR',
  'PLN',
  'RON',
  'ARS',
  'JPY',
  'MXN',
  'CZK',
  'COP',
  'IDR',
  'VAI',
  'PAX',
  'USD',
];

export function checkSymbol(venueSymbol: string): string {
  if (!symbolPattern.test(venueSymbol)) throw new DecodeError('not a symbol');
  return venueSymbol;
}

/** `BTCUSDT` of a spot or USD-M connection; dated contracts and unknown quotes keep the venue's own name. */
export function describeSymbol(venueSymbol: string, marketKind: MarketKind): SymbolDescription {
  checkSymbol(venueSymbol);
  const quote = quotes.find((suffix) => venueSymbol.endsWith(suffix) && venueSymbol !== suffix);
  if (quote !== undefined && (marketKind === 'spot' || marketKind === 'linear')) {
    const market = marketId(venueSymbol.slice(0, -quote.length), quote, marketKind);
    if (parseMarketId(market) !== null) {
      return { instrument: instrumentId('binance', market), marketKind, sizeUnit: 'base' };
    }
  }
  return {
    instrument: instrumentId('binance', venueSymbol),
    marketKind: 'other',
    sizeUnit: marketKind === 'inverse' ? 'contracts' : 'base',
  };
}

export function venueSymbolOf(market: string): string | null {
  const parts = parseMarketId(market);
  return parts === null ? null : `${parts.base}${parts.quote}`;
}
