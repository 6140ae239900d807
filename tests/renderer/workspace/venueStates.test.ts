import { expect, test } from 'vitest';
import { combineCells } from '../../../src/renderer/workspace/venueStates.ts';
import type { CoverageCell, CoverageState } from '../../../src/renderer/widgets/validity.ts';
import type { VenueId } from '../../../src/shared/venues.ts';
import { connection, feedHealth, stream } from '../support/healthValues.ts';

const names: readonly VenueId[] = ['binance', 'bybit', 'okx'];
const health = feedHealth(
  names.map((venue) => stream({ venue, connection: `${venue}#1` })),
  names.map((venue) => connection({ venue, connection: `${venue}#1` })),
);

function combined(states: readonly CoverageState[]): readonly CoverageState[] {
  const ofMarket = names.map((venue, index): CoverageCell => {
    return { venue, state: states[index] ?? 'live', note: null };
  });
  return combineCells(health, true, ofMarket).map(({ state }) => state);
}

test('a venue whose link is well is out as long as the market is without it', () => {
  expect(combined(['live', 'stale', 'live'])).toEqual(['live', 'stale', 'live']);
  expect(combined(['live', 'resyncing', 'disconnected'])).toEqual([
    'live',
    'resyncing',
    'disconnected',
  ]);
  // Subscribed anew after a silence: its streams start, and no price counts it yet.
  expect(combined(['live', 'connecting', 'live'])).toEqual(['live', 'connecting', 'live']);
});

test('a market that was only just asked for puts no venue in doubt', () => {
  expect(combined(['connecting', 'connecting', 'connecting'])).toEqual(['live', 'live', 'live']);
});

test('a venue that was lost has one state between two tries and during one', () => {
  const states = (['reconnecting', 'connecting', 'subscribing'] as const).map((status) => {
    const down = connection({ venue: 'okx', connection: 'okx#1', status, attempt: 2 });
    const all = [...health.connections.filter(({ venue }) => venue !== 'okx'), down];
    const ofMarket = names.map((venue): CoverageCell => ({ venue, state: 'live', note: null }));
    return combineCells({ ...health, connections: all }, true, ofMarket)[2]?.state;
  });
  expect(states).toEqual(['disconnected', 'disconnected', 'disconnected']);
});

test('a socket that was closed because nothing is wanted of it any more puts no venue in doubt', () => {
  const unused = connection({ venue: 'okx', connection: 'okx-business#1', status: 'closed' });
  const all = [...health.connections, unused];
  const ofMarket = names.map((venue): CoverageCell => ({ venue, state: 'live', note: null }));
  const cells = combineCells({ ...health, connections: all }, true, ofMarket);
  expect(cells.map(({ state, note }) => [state, note])).toEqual([
    ['live', null],
    ['live', null],
    ['live', null],
  ]);
});
