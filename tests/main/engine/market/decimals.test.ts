import { expect, test } from 'vitest';
import { decimalsOf } from '../../../../src/main/engine/market/instrumentState.ts';
import type { Instrument } from '../../../../src/shared/market.ts';
import { EngineOnLinks } from '../../../support/engineOnLinks.ts';

function listed(): Instrument {
  const engine = new EngineOnLinks({ venues: ['binance'] });
  engine.run(3_000);
  const [instrument] = engine.view.instrumentsOf('BTC-USDT');
  engine.close();
  if (instrument === undefined) throw new Error('nothing is listed');
  return instrument;
}

test('the texts of a listing are read once, and a new listing anew', () => {
  const instrument = listed();
  let reads = 0;
  const watched: Instrument = {
    ...instrument,
    get tickSize(): string {
      reads += 1;
      return '0.010';
    },
    lotSize: '1',
  };
  for (let frame = 0; frame < 100; frame += 1) {
    expect(decimalsOf(watched)).toEqual({ price: 2, size: 0 });
  }
  expect(reads).toBe(1);
  expect(decimalsOf({ ...instrument, tickSize: '0.001', lotSize: '0.1' })).toEqual({
    price: 3,
    size: 1,
  });
});
