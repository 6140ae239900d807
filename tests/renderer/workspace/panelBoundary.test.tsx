import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { PanelBoundary } from '../../../src/renderer/workspace/PanelBoundary.tsx';

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function showFailing(message: string): void {
  // React tells of each error that a boundary caught.
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const Failing = () => {
    throw new TypeError(message);
  };
  render(
    <PanelBoundary title="Clients">
      <Failing />
    </PanelBoundary>,
  );
}

test('a panel whose part of the page did not come asks for the page anew', () => {
  showFailing('Failed to fetch dynamically imported module: http://127.0.0.1/assets/x.js');
  expect(screen.getByText('Clients could not be loaded')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Reload the page' })).toBeTruthy();
});

test('a panel that failed by itself says why and can be started again', () => {
  showFailing('no such level');
  expect(screen.getByText('no such level')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Start it again' }));
  expect(screen.getByText('Clients stopped')).toBeTruthy();
});
