import type { Instrument } from '../../src/shared/market.ts';

/** A spot market in USDT as Binance lists it. */
export function binanceInstrument(base: string): Instrument {
  return {
    id: `binance:${base}-USDT`,
    venue: 'binance',
    venueSymbol: `${base}USDT`,
    market: `${base}-USDT`,
    marketKind: 'spot',
    base,
    quote: 'USDT',
    tickSize: '0.01',
    lotSize: '0.00001',
    sizeUnit: 'base',
    tradingStatus: 'trading',
  };
}
