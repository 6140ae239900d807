import { cleanup, screen } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { errorOfClose, errorOfRejection } from '../../../../src/main/engine/feed/feedErrors.ts';
import { ErrorsPanel } from '../../../../src/renderer/panels/connectionHealth/ErrorsPanel.tsx';
import { createPage, installPageStubs, run, show } from '../../support/panelPage.tsx';

beforeAll(installPageStubs);
afterEach(cleanup);

const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r';
const hostile = `<img src=x onerror="globalThis.broken = true"> ${token}\u202e at /home/trader/keys`;

test('words of a venue are shown as text, without a token, a path or a turned direction [S0-44]', async () => {
  const page = createPage();
  const { core } = page.host;
  const health = core.health.bind(core);
  core.health = () => ({
    ...health(),
    errors: [
      { time: page.host.wallMs(), ...errorOfClose('okx', 4001, hostile, true) },
      {
        time: page.host.wallMs(),
        ...errorOfRejection('bybit', {
          type: 'ack',
          operation: 'subscribe',
          outcome: 'rejected',
          requestId: null,
          topics: null,
          rejectedTopic: hostile,
          code: hostile,
          text: hostile,
        }),
      },
    ],
  });
  const { container } = show(page, <ErrorsPanel />);
  await run(page, 1200);
  expect(screen.getAllByText(/<img src=x onerror=/).length).toBeGreaterThan(2);
  expect(container.querySelector('[onerror], img[src="x"]')).toBeNull();
  expect(container.textContent).toContain('[redacted] at [path]');
  for (const secret of ['eyJ', 'dBjft', '/home/trader', '\u202e']) {
    expect(container.innerHTML).not.toContain(secret);
  }
  expect('broken' in globalThis).toBe(false);
});
