import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { parseFeeBps } from '../../../../src/renderer/panels/settings/FeeInput.tsx';
import { SettingsPanel } from '../../../../src/renderer/panels/settings/SettingsPanel.tsx';
import type { Settings } from '../../../../src/shared/settings.ts';
import {
  createPage,
  createPanelProps,
  installPageStubs,
  run,
  show,
} from '../../support/panelPage.tsx';

beforeAll(installPageStubs);
afterEach(cleanup);

test('a fee is a number within its limits, or nothing', () => {
  expect(['10', '7,5', '-0.5', '−1', '', 'ten', '1001', '1e3'].map(parseFeeBps)).toEqual([
    10,
    7.5,
    -0.5,
    -1,
    null,
    null,
    null,
    null,
  ]);
});

test('a choice is sent to the host, and what differs from the default is marked and can be reset', async () => {
  const page = createPage();
  show(page, <SettingsPanel {...createPanelProps()} />);
  await run(page, 100);
  fireEvent.click(screen.getByRole('radio', { name: 'Clear' }));
  await run(page, 50);
  expect(page.host.commands.at(-1)).toEqual({
    type: 'changeSettings',
    changes: { priceFlash: 'clear' },
  });
  page.host.session.sendEvent({
    type: 'settingsChanged',
    settings: { ...page.host.settings, priceFlash: 'clear' },
  });
  await run(page, 50);
  expect(screen.getAllByRole('img', { name: 'differs from the default' })).toHaveLength(1);
  fireEvent.click(screen.getByText('Reset this page'));
  await run(page, 50);
  const reset = page.host.commands.at(-1);
  const changes: Partial<Settings> = reset?.type === 'changeSettings' ? reset.changes : {};
  expect(changes.priceFlash).toBe('soft');
});

test('a refused change is said where it was made', async () => {
  const page = createPage((command) =>
    command.type === 'changeSettings'
      ? { ok: false, code: 'storage-failed', message: 'The disk is full.', candidates: [] }
      : undefined,
  );
  show(page, <SettingsPanel {...createPanelProps()} />);
  await run(page, 100);
  fireEvent.click(screen.getByRole('radio', { name: 'Local' }));
  await run(page, 50);
  expect(screen.getByRole('alert').textContent).toBe('The disk is full.');
});

test('search finds settings on every page', async () => {
  const page = createPage();
  show(page, <SettingsPanel {...createPanelProps()} />);
  await run(page, 100);
  fireEvent.change(screen.getByLabelText('Search settings'), { target: { value: 'fee' } });
  expect(screen.getAllByRole('textbox').length).toBe(4);
});

test('a page of words alone, such as the shortcuts, can be scrolled by the keys', async () => {
  const page = createPage();
  show(page, <SettingsPanel {...createPanelProps()} />);
  await run(page, 100);
  fireEvent.click(screen.getByRole('button', { name: 'Shortcuts' }));
  const region = screen.getByRole('region', { name: 'Settings page' });
  expect(region.textContent).toContain('Next panel, previous panel');
  expect(region.tabIndex).toBe(0);
});
