import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { ErrorsPanel } from '../../../../src/renderer/panels/connectionHealth/ErrorsPanel.tsx';
import { clearErrors, withoutCleared } from '../../../../src/renderer/store/clearedErrors.ts';
import type { FeedError } from '../../../../src/shared/feedHealth.ts';
import { createPage, installPageStubs, run, setSource, show } from '../../support/panelPage.tsx';

beforeAll(installPageStubs);
afterEach(cleanup);

const now = 1_700_000_000_000;

function error(index: number, changes: Partial<FeedError> = {}): FeedError {
  return {
    time: now + index,
    type: 'parse',
    venue: 'okx',
    code: 'decode',
    detail: `frame ${index}`,
    message: `A message could not be read: ${index}.`,
    ...changes,
  };
}

test('cleared errors stay away, what comes later is never hidden [S0-30]', () => {
  const errors = Array.from({ length: 200 }, (_, index) => error(index));
  const cleared = clearErrors(errors);
  expect(withoutCleared(errors, cleared)).toEqual([]);
  const later = error(200);
  expect(withoutCleared([...errors.slice(1), later], cleared)).toEqual([later]);
  // The engine keeps two hundred: all that were cleared have gone, and all that are left are new.
  const others = Array.from({ length: 200 }, (_, index) => error(300 + index));
  expect(withoutCleared(others, cleared)).toEqual(others);
  expect(clearErrors([])).toBeNull();
});

test('an error that says the same in the same millisecond is another one', () => {
  const same = [error(1), error(1)];
  const cleared = clearErrors(same);
  expect(withoutCleared([...same, error(1)], cleared)).toEqual([error(1)]);
});

test('the panel is emptied by a press, lists what comes next, and starts over with another source', async () => {
  const page = createPage();
  const { core } = page.host;
  const health = core.health();
  let errors: readonly FeedError[] = [error(1), error(2)];
  core.health = () => ({ ...health, errors });
  show(page, <ErrorsPanel />);
  await run(page, 1_000);
  expect(screen.getByText('2 errors')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Clear' }));
  expect(screen.getByText('No errors')).toBeTruthy();
  errors = [...errors, error(3)];
  await run(page, 1_000);
  expect(screen.getAllByRole('listitem').map((row) => row.textContent)).toEqual([
    expect.stringContaining('A message could not be read: 3.'),
  ]);
  setSource(page, 'simulated');
  await run(page, 1_000);
  expect(page.store.windowState.getState().clearedErrors).toBeNull();
});
