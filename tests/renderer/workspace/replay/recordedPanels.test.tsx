import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { MarketStoreContext } from '../../../../src/renderer/store/hooks.ts';
import { ConnectionHealthPanel } from '../../../../src/renderer/panels/connectionHealth/ConnectionHealthPanel.tsx';
import { WatchlistPanel } from '../../../../src/renderer/panels/watchlist/WatchlistPanel.tsx';
import { followAppearance } from '../../../../src/renderer/workspace/appearance.ts';
import { LiveRegion } from '../../../../src/renderer/workspace/LiveRegion.tsx';
import { PulseBar } from '../../../../src/renderer/workspace/PulseBar.tsx';
import { usePaletteCommands } from '../../../../src/renderer/workspace/paletteCommands.ts';
import { Workspace, WorkspaceContext } from '../../../../src/renderer/workspace/dock.ts';
import { useToasts } from '../../../../src/renderer/workspace/toasts.ts';
import { createPanelProps, installPageStubs, run } from '../../support/panelPage.tsx';
import { ReplayPage } from './replayPage.tsx';

beforeAll(installPageStubs);
afterEach(() => {
  cleanup();
  useToasts.setState({ toasts: [] });
});

function PaletteLabels() {
  const labels = usePaletteCommands().map(({ label }) => label);
  return <p data-testid="commands">{labels.join('\n')}</p>;
}

async function open(page: ReplayPage, children: React.ReactNode): Promise<void> {
  const workspace = new Workspace(page.store, 'main', () => undefined);
  render(
    <MarketStoreContext value={page.store}>
      <WorkspaceContext value={workspace}>{children}</WorkspaceContext>
    </MarketStoreContext>,
  );
  await run(page, 600);
}

test('in a recording no venue can be told anything, and the panel says so', async () => {
  const page = ReplayPage.open();
  await open(page, <ConnectionHealthPanel {...createPanelProps()} />);
  const row = document.querySelector('.health-venue');
  if (row === null) throw new Error('no venue is listed');
  fireEvent.keyDown(row, { key: 'r' });
  fireEvent.keyDown(row, { key: 'p' });
  fireEvent.click(row);
  await run(page, 200);
  for (const name of ['Reconnect', 'Pause']) {
    expect(screen.getByRole('button', { name }).hasAttribute('disabled')).toBe(true);
  }
  expect(screen.getAllByText('This is a recording. No venue hears of it.')).not.toHaveLength(0);
  expect(page.host.commands.filter(({ type }) => type.endsWith('Venue'))).toEqual([]);
  expect(document.querySelector('.health-hour')?.textContent).toBe('60 min ago10:00:00');
});

test('while a replay is paused nothing grows old, however long a person looks at it', async () => {
  const page = ReplayPage.open({ isPlaying: false });
  await open(page, <WatchlistPanel {...createPanelProps()} />);
  for (const venue of ['binance', 'bybit', 'okx'] as const) {
    page.host.core.setVenueStatus(venue, 'stale');
  }
  await run(page, 600);
  const ages = () => [...document.querySelectorAll('.watch-age')].map((age) => age.textContent);
  const before = ages();
  expect(before.length).toBeGreaterThan(0);
  await run(page, 20_000);
  expect(ages()).toEqual(before);
  expect(page.store.linkHealth().status).toBe('open');
  page.position += 60_000;
  await run(page, 1200);
  expect(ages()).not.toEqual(before);
});

test('the pulse says recorded, and what is heard tells a replay from a market', async () => {
  const page = ReplayPage.open();
  await open(
    page,
    <>
      <PulseBar />
      <LiveRegion />
      <PaletteLabels />
    </>,
  );
  await run(page, 6000);
  expect(screen.getByTestId('pulse-state').textContent).toMatch(/^Recorded · 3\/3/);
  expect(screen.getByRole('status').textContent).toBe(
    'Replay of a recording, paused. 3 of 3 venues were live.',
  );
  const commands = screen.getByTestId('commands').textContent;
  expect(commands).toContain('Replay: one minute back');
  expect(commands).not.toContain('Reconnect Binance');
  expect(commands).not.toContain('Switch to');
});

test('a window of a replay is named after its session, and recolored whole', async () => {
  const page = ReplayPage.open();
  const stop = followAppearance(page.store);
  await page.run(600);
  expect(document.title).toBe('REPLAY Morning of the 18th · Truetape');
  expect(document.documentElement.dataset['source']).toBe('replay');
  page.host.status = { ...page.host.status, replay: null };
  page.host.switchSource('live');
  await page.run(600);
  expect(document.title).toBe('Truetape');
  expect(document.documentElement.dataset['source']).toBe('live');
  stop();
});
