import { expect, test } from 'vitest';
import {
  parseBookOptions,
  soloVenue,
  toggleVenue,
} from '../../../../src/renderer/panels/orderBook/bookOptions.ts';
import type { LadderFacts } from '../../../../src/renderer/panels/orderBook/ladderState.ts';
import { selectLadderState } from '../../../../src/renderer/panels/orderBook/ladderState.ts';
import type { PriceContributor, PriceValue } from '../../../../src/shared/values.ts';
import { now, part, row, unreached, view } from './bookBuilders.ts';

const whole = view({ venue: 'bybit', parts: [part('bybit')], bids: [row(100, [5])] });

function facts(changes: Partial<LadderFacts>): LadderFacts {
  return {
    market: 'BTC-USDT',
    venue: 'bybit',
    view: whole,
    lastLive: whole,
    price: null,
    health: null,
    link: { status: 'open', since: now, reason: null, fault: null, retry: null },
    now,
    pageNow: now,
    isRecorded: false,
    waitedMs: 400,
    ...changes,
  };
}

const noPrice: PriceValue = {
  ...{ market: 'BTC-USDT', price: null, priceDecimals: 2, status: 'none', receivedTime: null },
  ...{ contributors: [], equalWeights: false, venueSpreadBps: null, change24hAbs: null },
  ...{ change24hPct: null, high24h: null, low24h: null, volume24hBase: null },
  ...{ volume24hQuote: null, statsVenues: [] },
};

function broken(changes: Parameters<typeof part>[1]) {
  return view({ venue: 'bybit', parts: [part('bybit', { counted: false, ...changes })] });
}

test('a venue that fell silent keeps its last levels, greyed, with its age', () => {
  const state = selectLadderState(
    facts({ view: broken({ streamStatus: 'stale', receivedTime: now - 8_400 }) }),
  );
  expect(state).toMatchObject({ type: 'held', view: whole, title: 'Bybit stale 8.4 s' });
});

test('a venue that lost its sequence shows no level at all', () => {
  const state = selectLadderState(
    facts({ view: broken({ status: 'resyncing', note: '214 deltas held, attempt 1' }) }),
  );
  expect(state).toEqual({
    type: 'message',
    mark: 'resyncing',
    title: 'Resyncing Bybit',
    lines: ['214 deltas held, attempt 1'],
  });
});

test('levels of a page that lost its host are never shown as live', () => {
  const link = {
    status: 'silent',
    since: now - 3_200,
    reason: null,
    fault: null,
    retry: null,
  } as const;
  expect(selectLadderState(facts({ link }))).toMatchObject({
    type: 'held',
    title: 'No data for 3.2 s',
  });
  expect(selectLadderState(facts({ link, lastLive: null })).type).toBe('loading');
});

test('a market that no venue lists says so, and a silent consolidated book says that none is fresh', () => {
  expect(selectLadderState(facts({ venue: null, view: view({ parts: [] }) }))).toMatchObject({
    title: 'BTC-USDT is not listed at any venue',
  });
  const silent = view({
    parts: [
      part('binance', { counted: false, streamStatus: 'stale' }),
      part('bybit', { counted: false, status: 'resyncing' }),
    ],
  });
  expect(selectLadderState(facts({ venue: null, view: silent }))).toMatchObject({
    type: 'held',
    title: 'No venue has a fresh book',
  });
});

test('a market is not called unlisted before its venues have told what they list', () => {
  const silent = { view: view({ parts: [] }), health: unreached('okx', 'bybit') };
  expect(selectLadderState(facts({ ...silent, venue: null }))).toMatchObject({
    title: 'Waiting for OKX, Bybit',
  });
  expect(selectLadderState(facts({ ...silent, venue: 'okx' }))).toMatchObject({
    title: 'Waiting for OKX',
  });
});

test('muting leaves one venue at least, and a solo key pressed twice brings all back', () => {
  const listed = ['binance', 'bybit', 'okx'] as const;
  expect(toggleVenue(listed, [], 'bybit')).toEqual(['bybit']);
  expect(toggleVenue(listed, ['bybit'], 'bybit')).toEqual([]);
  expect(toggleVenue(listed, ['bybit', 'okx'], 'binance')).toEqual(['bybit', 'okx']);
  expect(soloVenue(listed, [], 'bybit')).toEqual(['binance', 'okx']);
  expect(soloVenue(listed, ['binance', 'okx'], 'bybit')).toEqual([]);
});

test('a damaged layout loses only what cannot be read', () => {
  expect(
    parseBookOptions({
      venue: 'mtgox',
      muted: ['okx'],
      groupByMarket: { a: '<b>' },
      fillSize: '2.5',
    }),
  ).toEqual({ venue: null, muted: ['okx'], groupByMarket: {}, fillSize: '2.5' });
  expect(parseBookOptions('nonsense').fillSize).toBe('5');
});

test('a recording without a book where prices are there does not call the market unlisted', () => {
  const contributor: PriceContributor = {
    ...{ venue: 'bybit', instrument: 'bybit:BTC-USDT', price: 64_000, priceDecimals: 2 },
    ...{ bid: null, ask: null, lastTrade: 64_000, weight: 1, exclusion: null, status: 'live' },
    ...{ receivedTime: now, volume24hQuote: null },
  };
  const price = { ...noPrice, contributors: [contributor] };
  const recorded = facts({ venue: null, view: view({ parts: [] }), price, isRecorded: true });
  expect(selectLadderState(recorded)).toMatchObject({
    type: 'message',
    title: 'Book not recorded here',
  });
});
