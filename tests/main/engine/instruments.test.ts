import { expect, test } from 'vitest';
import type { Instrument } from '../../../src/shared/market.ts';
import { instrumentId } from '../../../src/shared/market.ts';
import type { VenueId } from '../../../src/shared/venues.ts';
import { InstrumentRegistry } from '../../../src/main/engine/instruments.ts';
import { throughJson } from '../../support/throughJson.ts';

function instrument(venue: VenueId, base: string, changes: Partial<Instrument> = {}): Instrument {
  return {
    id: instrumentId(venue, `${base}-USDT`),
    venue,
    venueSymbol: `${base}USDT`,
    market: `${base}-USDT`,
    marketKind: 'spot',
    base,
    quote: 'USDT',
    tickSize: '0.01',
    lotSize: '0.001',
    sizeUnit: 'base',
    tradingStatus: 'trading',
    ...changes,
  };
}

test('a new list of a venue replaces its old one, and markets keep the order of the venues', () => {
  const registry = new InstrumentRegistry();
  registry.setVenue('okx', [instrument('okx', 'BTC')]);
  registry.setVenue('binance', [instrument('binance', 'BTC'), instrument('binance', 'OLD')]);
  registry.setVenue('binance', [
    instrument('binance', 'BTC'),
    instrument('binance', 'OPT', { marketKind: 'other' }),
  ]);
  const copy = new InstrumentRegistry();
  copy.restore(throughJson(registry.save()));
  for (const each of [registry, copy]) {
    expect(each.ofMarket('BTC-USDT').map(({ id }) => id)).toEqual([
      'binance:BTC-USDT',
      'okx:BTC-USDT',
    ]);
    expect(each.get('binance:OLD-USDT')?.tradingStatus).toBe('closed');
    expect(each.ofSymbol('okx', 'BTCUSDT')?.id).toBe('okx:BTC-USDT');
    expect(each.markets()).toEqual(['BTC-USDT']);
  }
});

test('a listing finer than numbers can be kept is left out, whoever lists it', () => {
  const registry = new InstrumentRegistry();
  registry.setVenue('okx', [
    instrument('okx', 'BTC'),
    instrument('okx', 'ODD', { tickSize: '0.0000000000000000001' }),
    instrument('okx', 'EVEN', { lotSize: '1e-5' }),
  ]);
  expect(registry.ofVenue('okx').map(({ base }) => base)).toEqual(['BTC']);
});
