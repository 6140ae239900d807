import { cleanup, screen } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { Workspace, WorkspaceContext } from '../../../src/renderer/workspace/dock.ts';
import { pulseDot, PulseBar } from '../../../src/renderer/workspace/PulseBar.tsx';
import { pulseWords } from '../../../src/renderer/workspace/pulseWords.ts';
import { venueIds } from '../../../src/shared/venues.ts';
import type { TestPage } from '../store/testPage.ts';
import { createPage, installPageStubs, run, show } from '../support/panelPage.tsx';

beforeAll(installPageStubs);
afterEach(cleanup);

function showPulse(page: TestPage) {
  const workspace = new Workspace(page.store, 'main', () => undefined);
  return show(
    page,
    <WorkspaceContext value={workspace}>
      <PulseBar />
    </WorkspaceContext>,
  );
}

function dots(container: HTMLElement): readonly (string | null)[] {
  return [...container.querySelectorAll('.pulse-coin > .mark')].map((dot) =>
    dot.getAttribute('data-state'),
  );
}

test('[S2-07] the pulse bar counts venues and symbols that are live', async () => {
  const page = createPage();
  const { container } = showPulse(page);
  await run(page, 300);
  expect(screen.getByTestId('pulse-state').textContent).toBe(
    'Real-time · 3/3 venues · 4/4 symbols',
  );
  expect(dots(container)).toEqual(['live', 'live', 'live', 'live']);
  expect(screen.getByText('BTC').parentElement?.textContent).toContain('64,000.00+0.02%');
});

test('[S2-19] a coin of which no venue is fresh has no green dot, and one of a lost host neither', async () => {
  const page = createPage();
  const { container } = showPulse(page);
  await run(page, 300);
  for (const venue of venueIds) page.host.core.setVenueStatus(venue, 'stale');
  await run(page, 1200);
  expect(dots(container)).toEqual(['stale', 'stale', 'stale', 'stale']);
  expect(screen.getByTestId('pulse-state').textContent).toBe('Not live · 0/3 venues · 0/4 symbols');
  page.host.refuse = new Error('gone');
  page.host.session.close('the engine stopped');
  await run(page, 1200);
  expect(dots(container)).toEqual(['disconnected', 'disconnected', 'disconnected', 'disconnected']);
  expect(screen.getByTestId('pulse-state').textContent).toMatch(/^Offline · 0\/3 venues · 0\/4/);
  expect(container.textContent).not.toContain('64,000');
});

test('one venue missing is said in short beside the coin', async () => {
  const page = createPage();
  const { container } = showPulse(page);
  await run(page, 300);
  page.host.core.setVenueStatus('okx', 'stale');
  await run(page, 1200);
  expect([...container.querySelectorAll('.pulse-partial')].map((node) => node.textContent)).toEqual(
    ['2/3', '2/3', '2/3', '2/3'],
  );
});

test('the words follow the source', () => {
  const counts = { venuesLive: 3, venuesTotal: 3, symbolsLive: 4, symbolsTotal: 4 };
  expect([
    pulseWords('live', true, counts),
    pulseWords('simulated', true, counts),
    pulseWords('replay:x', true, counts),
    pulseWords(null, true, { ...counts, venuesLive: 0, symbolsLive: 0 }),
    pulseWords('live', false, counts),
    pulseWords('live', true, { ...counts, venuesLive: 0, symbolsLive: 0 }),
    pulseWords('live', true, { ...counts, venuesLive: 1, symbolsLive: 2 }),
  ]).toEqual([
    'Real-time · 3/3 venues · 4/4 symbols',
    'Simulated · 3/3 venues · 4/4 symbols',
    'Recorded · 3/3 venues',
    'Connecting · 0/3 venues · 0/4 symbols',
    'Offline · 0/3 venues · 0/4 symbols',
    'Not live · 0/3 venues · 0/4 symbols',
    'Real-time · 1/3 venues · 2/4 symbols',
  ]);
});

test('[S2-19] the dot has one state per look, and green only for a fresh price', () => {
  expect(
    (['live', 'partial', 'disputed', 'stale', 'none', 'disconnected'] as const).map(pulseDot),
  ).toEqual(['live', 'live', 'stale', 'stale', 'connecting', 'disconnected']);
});
