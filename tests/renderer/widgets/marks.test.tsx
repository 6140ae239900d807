import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { CoverageMark } from '../../../src/renderer/widgets/CoverageMark.tsx';
import { PriceText } from '../../../src/renderer/widgets/PriceText.tsx';
import { ribbonWords } from '../../../src/renderer/widgets/Ribbon.tsx';
import { SourceBadge } from '../../../src/renderer/widgets/SourceBadge.tsx';
import { ValidityMark } from '../../../src/renderer/widgets/ValidityMark.tsx';
import type { CoverageCell, Validity } from '../../../src/renderer/widgets/validity.ts';
import {
  connectionValidity,
  coverageWords,
  priceCoverage,
  priceLook,
  streamValidity,
  validityWords,
} from '../../../src/renderer/widgets/validity.ts';
import { VenueTag } from '../../../src/renderer/widgets/VenueTag.tsx';
import type { PriceContributor, PriceValue } from '../../../src/shared/values.ts';
import type { VenueId } from '../../../src/shared/venues.ts';

afterEach(cleanup);

const cells: readonly CoverageCell[] = [
  { venue: 'binance', state: 'live', note: null },
  { venue: 'bybit', state: 'stale', note: '8.4 s' },
  { venue: 'okx', state: 'resyncing', note: null },
];

test('every mark speaks its state', () => {
  const states: readonly Validity[] = [
    'live',
    'quiet',
    'connecting',
    'stale',
    'resyncing',
    'gap',
    'repaired',
    'disconnected',
    'error',
  ];
  render(states.map((state) => <ValidityMark key={state} state={state} />));
  const spoken = screen.getAllByRole('img').map((mark) => mark.getAttribute('aria-label'));
  expect(spoken).toEqual(states.map((state) => validityWords[state]));
});

test('a coverage mark names each venue that is not counted, and why', () => {
  render(<CoverageMark cells={cells} />);
  expect(screen.getByRole('img').getAttribute('aria-label')).toBe(
    '1 of 3 venues: Bybit stale 8.4 s, not counted; OKX resyncing, not counted',
  );
  expect(
    coverageWords([
      { venue: 'binance', state: 'live', note: null },
      { venue: 'bybit', state: 'unlisted', note: null },
    ]),
  ).toBe('1 of 1 venues: not listed at Bybit');
});

test('[S1-17] the badge says LIVE, says OFFLINE at once, and never carries a live dot then', () => {
  const { container, rerender } = render(<SourceBadge source="live" size="title" linked />);
  expect(container.textContent).toContain('LIVE');
  expect(container.querySelector('.mark')?.getAttribute('data-state')).toBe('live');
  rerender(<SourceBadge source="live" size="title" linked={false} />);
  expect(container.textContent).toBe('OFFLINE');
  expect(container.querySelector('.mark')?.getAttribute('data-state')).toBe('disconnected');
});

test('the badge tells every source apart in words', () => {
  const none = cells.map((cell) => ({ ...cell, state: 'stale' as const }));
  const badges = [
    <SourceBadge key="1" source="live" size="title" linked cells={cells} />,
    <SourceBadge key="2" source="live" size="panel" linked cells={cells} />,
    <SourceBadge key="3" source="live" size="title" linked cells={none} />,
    <SourceBadge key="4" source="simulated" size="title" linked />,
    <SourceBadge key="5" source="simulated" size="panel" narrow linked />,
    <SourceBadge key="6" source="replay:a.ndjson" size="panel" narrow linked />,
    <SourceBadge key="7" source={null} size="title" linked />,
  ];
  const { container } = render(badges);
  const shown = [...container.querySelectorAll('.source-badge')].map((badge) => [
    badge.getAttribute('data-kind'),
    badge.textContent?.replace(/\d of 3 venues: .*/, ''),
  ]);
  expect(shown).toEqual([
    ['degraded', 'LIVE1 of 3 venues'],
    ['degraded', 'LIVE1/3'],
    ['offline', 'LIVE0 of 3 venues'],
    ['simulated', 'SIMULATED'],
    ['simulated', 'SIM'],
    ['replay', 'REPLAY'],
    ['connecting', 'CONNECTING'],
  ]);
  const noneBadge = container.querySelector('[data-kind="offline"] .mark');
  expect(noneBadge?.getAttribute('data-state')).toBe('disconnected');
});

test('a venue that is not counted loses its color and says so', () => {
  render(<VenueTag venue="bybit" counted={false} />);
  const tag = screen.getByText('BY');
  expect([tag.dataset['counted'], tag.title]).toEqual(['false', 'Bybit, not counted']);
});

test('only a live price may carry a direction; a lost one is an en dash', () => {
  const { container } = render(
    <>
      <PriceText text="84,250.1" look="live" direction="up" />
      <PriceText text="84,250.1" look="partial" direction="up" />
      <PriceText text="84,250.1" look="stale" direction="up" ageMs={8440} />
      <PriceText text="84,250.1" look="resyncing" direction="down" />
      <PriceText text="84,250.1" look="disconnected" direction="up" ageMs={8440} />
      <PriceText text="84,250.1" look="none" />
    </>,
  );
  const shown = [...container.querySelectorAll<HTMLElement>('.price-text')].map((price) => [
    price.dataset['direction'],
    price.textContent,
  ]);
  expect(shown).toEqual([
    ['up', '84,250.1'],
    ['none', '84,250.1'],
    ['none', '84,250.18.4 s, stale 8.4 s'],
    ['none', '84,250.1, resyncing'],
    ['none', '–'],
    ['none', '–'],
  ]);
});

function contributor(venue: VenueId, changes: Partial<PriceContributor>): PriceContributor {
  return {
    venue,
    instrument: `${venue}:BTC-USDT`,
    price: 100,
    priceDecimals: 1,
    bid: 99,
    ask: 101,
    lastTrade: 100,
    weight: 0,
    exclusion: null,
    status: 'live',
    receivedTime: 1_000,
    volume24hQuote: null,
    ...changes,
  };
}

function price(contributors: readonly PriceContributor[], changes: Partial<PriceValue> = {}) {
  return {
    market: 'BTC-USDT',
    price: 100,
    priceDecimals: 1,
    status: 'degraded' as const,
    receivedTime: 1_000,
    contributors,
    equalWeights: false,
    venueSpreadBps: null,
    change24hAbs: null,
    change24hPct: null,
    high24h: null,
    low24h: null,
    volume24hBase: null,
    volume24hQuote: null,
    statsVenues: [],
    ...changes,
  };
}

test('coverage follows what the engine says of each venue, and nothing counts without a host', () => {
  const value = price([
    contributor('binance', {}),
    contributor('okx', { exclusion: 'no-top', status: 'resyncing' }),
  ]);
  const states = (linked: boolean, of: PriceValue | null) =>
    priceCoverage(of, linked, 9_400).map((cell) => cell.state);
  expect(states(true, value)).toEqual(['live', 'unlisted', 'resyncing']);
  expect(states(false, value)).toEqual(['disconnected', 'unlisted', 'disconnected']);
  expect(states(true, null)).toEqual(['connecting', 'connecting', 'connecting']);
  expect(states(false, null)).toEqual(['disconnected', 'disconnected', 'disconnected']);
  const stale = price([contributor('binance', { exclusion: 'stale', status: 'stale' })]);
  expect(priceCoverage(stale, true, 9_400)[0]).toEqual({
    venue: 'binance',
    state: 'stale',
    note: '8.4 s',
  });
});

test('a price looks as its status says, and disconnected without a host', () => {
  const looks = (['live', 'degraded', 'single', 'disputed', 'stale', 'none'] as const).map(
    (status) => priceLook(price([], { status }), true),
  );
  expect(looks).toEqual(['live', 'partial', 'partial', 'disputed', 'stale', 'none']);
  expect(priceLook(price([], { status: 'live' }), false)).toBe('disconnected');
  expect(priceLook(price([], { price: null }), true)).toBe('none');
});

test('statuses of the engine map to one mark each', () => {
  expect(
    (['subscribing', 'live', 'quiet', 'stale', 'resyncing', 'failed'] as const).map(streamValidity),
  ).toEqual(['connecting', 'live', 'quiet', 'stale', 'resyncing', 'error']);
  expect(
    (['connecting', 'subscribing', 'live', 'reconnecting', 'closed'] as const).map((status) =>
      connectionValidity({ status, reason: null, attempt: 0 }),
    ),
  ).toEqual(['connecting', 'connecting', 'live', 'connecting', 'disconnected']);
});

test('a venue whose socket is gone is disconnected through all of its tries', () => {
  expect(
    (['connecting', 'subscribing', 'live', 'reconnecting', 'closed'] as const).map((status) =>
      connectionValidity({ status, reason: 'backoff', attempt: 3 }),
    ),
  ).toEqual(['disconnected', 'disconnected', 'live', 'disconnected', 'disconnected']);
});

test('a ribbon can be heard', () => {
  expect(ribbonWords('OKX', [], 0)).toBe('OKX, 60 minutes: no interruption seen');
  expect(
    ribbonWords(
      'OKX book',
      [
        { from: 0, to: 60_000, state: 'unknown' },
        { from: 60_000, to: 68_400, state: 'gap' },
        { from: 90_000, to: null, state: 'stale' },
      ],
      100_000,
    ),
  ).toBe('OKX book, 60 minutes: stale for 10 s; gap 8.4 s, 31 s ago');
});
