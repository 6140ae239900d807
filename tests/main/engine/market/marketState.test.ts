import { expect, test } from 'vitest';
import type { PricePart } from '../../../../src/main/engine/consolidated/computePrice.ts';
import { CoreContext } from '../../../../src/main/engine/coreContext.ts';
import { noNotes } from '../../../../src/main/engine/health/incidentNotes.ts';
import { GapLog } from '../../../../src/main/engine/feed/gapLog.ts';
import { ListenerHub } from '../../../../src/main/engine/listenerHub.ts';
import type { InstrumentState } from '../../../../src/main/engine/market/instrumentState.ts';
import { MarketState } from '../../../../src/main/engine/market/marketState.ts';
import { Ticker } from '../../../../src/main/engine/market/ticker.ts';
import { throughJson } from '../../../support/throughJson.ts';

const market = 'BTC-USDT';

function partOf(venue: 'binance' | 'okx', price: number, connected = true): PricePart {
  return {
    venue,
    instrument: `${venue}:${market}`,
    status: 'live',
    connected,
    closed: false,
    late: false,
    muted: false,
    bid: price,
    ask: price,
    lastTrade: price,
    priceDecimals: 2,
    receivedTime: 1,
    statistics: { open: 1, high: 1, low: 1, volumeBase: 1, volumeQuote: 1 },
  };
}

/** An instrument as its market sees it: what it says of the price. */
function saying(part: PricePart): InstrumentState {
  const ticker = new Ticker();
  const decimals = { price: 2, size: 2 };
  const instrument = { venue: part.venue };
  const state = { instrument, ticker, decimals, id: part.instrument, pricePart: () => part };
  return state as unknown as InstrumentState;
}

function emptyMarket(): MarketState {
  const hub = new ListenerHub();
  const feed = new CoreContext(() => undefined);
  const context = { feed, gaps: new GapLog(() => undefined), hub, incidents: noNotes };
  return new MarketState(market, context, () => ({ priceSource: 'lastTrade', mutedVenues: [] }));
}

test('after a dispute the last agreed price is still known when both venues are gone', () => {
  const state = emptyMarket();
  const settle = (...parts: readonly PricePart[]) => {
    state.instruments = parts.map(saying);
    state.onPriceChange();
    state.settle();
    return [state.price().status, state.price().price];
  };
  expect(settle(partOf('binance', 100), partOf('okx', 100))).toEqual(['live', 100]);
  expect(settle(partOf('binance', 100), partOf('okx', 110))).toEqual(['disputed', null]);
  const restored = emptyMarket();
  restored.restore(throughJson(state.save()));
  restored.instruments = [saying(partOf('binance', 100, false)), saying(partOf('okx', 110, false))];
  restored.onPriceChange();
  expect([restored.price().status, restored.price().price]).toEqual(['stale', 100]);
  const gone = settle(partOf('binance', 100, false), partOf('okx', 110, false));
  expect(gone).toEqual(['stale', 100]);
});
