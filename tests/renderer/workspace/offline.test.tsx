import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { App } from '../../../src/renderer/App.tsx';
import type { LinkFault } from '../../../src/renderer/bridge/bridge.ts';
import { LinkTimeoutError, RefusedError } from '../../../src/renderer/bridge/bridge.ts';
import { linkSentence, retryWords } from '../../../src/renderer/workspace/OfflineBar.tsx';
import { linkWords } from '../../../src/renderer/workspace/why.ts';
import { TestPage } from '../store/testPage.ts';
import { installPageStubs, run } from '../support/panelPage.tsx';

vi.mock('../../../src/renderer/workspace/DockArea.tsx', () => ({ DockArea: () => null }));

beforeAll(installPageStubs);
afterEach(cleanup);

async function openPage(): Promise<TestPage> {
  const page = new TestPage();
  page.frames.around = (frame) => act(frame);
  render(<App store={page.store} />);
  await run(page, 300);
  return page;
}

function barText(): string {
  return document.querySelector('.source-bar')?.textContent ?? '';
}

test.each([
  ['WebSocket connection failed', new Error('refused')],
  ['Connection timeout', new LinkTimeoutError('late')],
  ['Invalid token', new RefusedError('no', 'invalidKey')],
  ['Token expired', new RefusedError('no', 'sessionExpired')],
  ['Too many wrong keys', new RefusedError('no', 'tooManyKeys')],
  ['Sign-in required', new RefusedError('no', 'signIn')],
])('[S1-41] %s is shown with its cause and what to do', async (name, error) => {
  const page = await openPage();
  page.host.refuse = error;
  page.host.pair.host.fail('gone');
  await run(page, 400);
  const fault = (Object.keys(linkWords) as LinkFault[]).find((key) => linkWords[key].name === name);
  const words = linkWords[fault ?? 'versions'];
  expect(barText()).toContain(`${name}: ${words.cause} ${words.next}`);
  expect(screen.getByRole('button', { name: 'Why' })).toBeTruthy();
});

test('[S1-41] Transport close is shown with what the engine said before it went', async () => {
  const page = await openPage();
  page.host.refuse = new Error('gone');
  page.host.session.close('Truetape was closed');
  await run(page, 30);
  expect(barText()).toContain('Transport close: Truetape was closed. Start Truetape again');
});

test('[S1-37] the tries are counted down, and their end is said', () => {
  const link = { status: 'closed', since: 0, reason: 'gone', fault: 'socketFailed' } as const;
  const words = (attempt: number, nextAttemptTime: number | null, failed: boolean) =>
    retryWords({ ...link, retry: { attempt, nextAttemptTime, failed } }, 1000);
  expect([
    words(1, 1150, false),
    words(3, null, false),
    words(9, 9000, true),
    words(12, null, true),
    retryWords({ ...link, retry: null }, 0),
  ]).toEqual([
    'Attempt 1 in 0.2 s',
    'Attempt 3 is under way',
    '8 tries failed. Attempt 9 in 8.0 s',
    '11 tries failed. Attempt 12 is under way',
    '',
  ]);
  expect(linkSentence({ ...link, status: 'silent', fault: null, retry: null })).toContain(
    'No price on this page is current.',
  );
});

test('[S1-38] after the quick tries a press on Reconnect brings the engine back at once', async () => {
  const page = await openPage();
  page.host.refuse = new Error('gone');
  page.host.pair.host.fail('gone');
  await act(() => page.run(60_000, 50));
  expect(barText()).toMatch(/tries failed\. Attempt \d+ in/);
  page.host.refuse = null;
  fireEvent.click(screen.getByRole('button', { name: 'Reconnect' }));
  await run(page, 100);
  expect(page.store.linkHealth().status).toBe('open');
  expect(barText()).not.toContain('No connection');
});

test('[S1-38] a page that was never let in can try again by hand', async () => {
  const page = new TestPage({ deliver: () => undefined });
  page.frames.around = (frame) => act(frame);
  page.host.refuse = new RefusedError('no', 'sessionExpired');
  render(<App store={page.store} />);
  await run(page, 6000);
  expect(screen.getByRole('status').textContent).toContain('Token expired: ');
  const sessions = page.host.sessions.length;
  page.host.refuse = null;
  fireEvent.click(screen.getByRole('button', { name: 'Reconnect' }));
  await run(page, 50);
  expect(page.host.sessions).toHaveLength(sessions + 1);
});
