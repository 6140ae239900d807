import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { App } from '../../../src/renderer/App.tsx';
import { RefusedError } from '../../../src/renderer/bridge/bridge.ts';
import { useLogin } from '../../../src/renderer/bridge/gatewayLogin.ts';
import { TestPage } from '../store/testPage.ts';
import { installPageStubs, run } from '../support/panelPage.tsx';

vi.mock('../../../src/renderer/workspace/DockArea.tsx', () => ({ DockArea: () => null }));

interface Asked {
  readonly path: string;
  readonly body: unknown;
}

let asked: Asked[];
let answers: Response[];

beforeAll(installPageStubs);
beforeEach(() => {
  asked = [];
  answers = [];
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => {
    asked.push({ path, body: typeof init?.body === 'string' ? JSON.parse(init.body) : null });
    return Promise.resolve(answers.shift() ?? new Response(null, { status: 500 }));
  });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  act(() => useLogin.setState({ username: null }));
});

const signInRequired = new RefusedError('no', 'signIn');

function refusal(status: number, code: string, message: string, more: object = {}): Response {
  return Response.json({ error: { code, message, ...more } }, { status });
}

async function openRefused(): Promise<TestPage> {
  const page = new TestPage({ deliver: () => undefined });
  page.frames.around = (frame) => act(frame);
  page.host.refuse = signInRequired;
  render(<App store={page.store} />);
  await run(page, 6000);
  return page;
}

async function fill(name: string, password: string): Promise<void> {
  fireEvent.change(screen.getByLabelText('User name'), { target: { value: name } });
  fireEvent.change(screen.getByLabelText('Password'), { target: { value: password } });
  await act(async () => {
    fireEvent.submit(screen.getByRole('form'));
    await Promise.resolve();
  });
}

test('a page that must sign in asks for name and password, and connects with them', async () => {
  const page = await openRefused();
  expect(document.activeElement).toBe(screen.getByLabelText('User name'));
  expect(screen.getByLabelText('Password').getAttribute('type')).toBe('password');
  const sessions = page.host.sessions.length;
  answers.push(Response.json({ access_token: 'x', expires_in: 900 }));
  page.host.refuse = null;
  await fill(' anna ', 'correct horse');
  await run(page, 50);
  expect(asked).toEqual([
    {
      path: '/api/auth/login',
      body: { username: 'anna', password: 'correct horse', cookie: true },
    },
  ]);
  expect(page.host.sessions).toHaveLength(sessions + 1);
});

test('the sign-in has the theme of the last visit', async () => {
  const visited = new TestPage();
  visited.frames.around = (frame) => act(frame);
  render(<App store={visited.store} />);
  await run(visited, 300);
  const settings = { ...visited.host.settings, theme: 'light' } as const;
  visited.host.session.sendEvent({ type: 'settingsChanged', settings });
  await run(visited, 50);
  cleanup();
  document.documentElement.dataset['theme'] = 'dark';
  await openRefused();
  expect(document.documentElement.dataset['theme']).toBe('light');
  window.localStorage.clear();
});

test('what was wrong is said, the name stays, the password goes, and tries in between keep both', async () => {
  const page = await openRefused();
  answers.push(refusal(401, 'INVALID_CREDENTIALS', 'User name and password do not fit.'));
  await fill('anna', 'wrong');
  await run(page, 20);
  expect(screen.getByRole('alert').textContent).toBe('User name and password do not fit.');
  expect(screen.getByLabelText('User name').getAttribute('aria-invalid')).toBe('true');
  expect(screen.getByLabelText<HTMLInputElement>('User name').value).toBe('anna');
  expect(screen.getByLabelText<HTMLInputElement>('Password').value).toBe('');
  fireEvent.change(screen.getByLabelText('Password'), { target: { value: 'half' } });
  await run(page, 12_000);
  expect(screen.getByLabelText<HTMLInputElement>('Password').value).toBe('half');
  await fill('', 'x');
  expect(screen.getByRole('alert').textContent).toMatch(/^Enter your user name/);
  expect(screen.getByLabelText('User name').getAttribute('aria-invalid')).toBe('true');
  expect(screen.getByLabelText('Password').getAttribute('aria-invalid')).toBeNull();
  expect(asked).toHaveLength(1);
});

test('a gateway that is not reached is said as that', async () => {
  const page = await openRefused();
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')));
  await fill('anna', 'correct horse');
  await run(page, 20);
  expect(screen.getByRole('alert').textContent).toMatch(/cannot be reached/);
  expect(screen.getByLabelText('Password').getAttribute('aria-invalid')).toBeNull();
});

test('after too many tries the form counts down to the next, blames no field, and says when it goes on', async () => {
  const page = await openRefused();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const second = () => act(() => void vi.advanceTimersByTime(1000));
  const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Sign in' });
  const many = 'Too many sign-ins of this user. Wait 3 s, then try again.';
  answers.push(refusal(429, 'RATE_LIMITED', many, { retryAfterMs: 2_400 }));
  await fill('anna', 'wrong');
  await run(page, 20);
  expect(screen.getByRole('alert').textContent).toBe('Too many sign-ins of this user.');
  expect(screen.getByLabelText('User name').getAttribute('aria-invalid')).toBeNull();
  expect([button.textContent, button.disabled]).toEqual(['Next try in 3 s', true]);
  second();
  expect(button.textContent).toBe('Next try in 2 s');
  await fill('anna', 'correct horse');
  expect(asked).toHaveLength(1);
  second();
  expect(screen.getByRole('alert').textContent).toBe('Too many sign-ins of this user.');
  second();
  expect(screen.getByRole('alert').textContent).toBe('You can try again now.');
  expect([button.textContent, button.disabled]).toEqual(['Sign in', false]);
  expect(screen.getByLabelText<HTMLInputElement>('Password').value).toBe('correct horse');
  answers.push(refusal(401, 'INVALID_CREDENTIALS', 'User name and password do not fit.'));
  await fill('anna', 'wrong');
  await run(page, 20);
  expect(screen.getByRole('alert').textContent).toBe('User name and password do not fit.');
});

test('a login that ends while data flows brings the form over the workspace, and takes it away again', async () => {
  const page = new TestPage();
  page.frames.around = (frame) => act(frame);
  render(<App store={page.store} />);
  await run(page, 300);
  page.host.refuse = signInRequired;
  page.host.pair.host.fail('the access was revoked');
  await run(page, 400);
  expect(screen.getByRole('dialog', { name: 'Sign in' })).toBeTruthy();
  expect(document.querySelector('.source-bar')?.textContent).toContain('Sign-in required: ');
  answers.push(Response.json({ access_token: 'x', expires_in: 900 }));
  page.host.refuse = null;
  await fill('anna', 'correct horse');
  await run(page, 100);
  expect(page.store.linkHealth().status).toBe('open');
  expect(screen.queryByRole('dialog', { name: 'Sign in' })).toBeNull();
});

test('who signed in can sign out, and hears where that did not reach the gateway', async () => {
  const page = new TestPage();
  page.frames.around = (frame) => act(frame);
  render(<App store={page.store} />);
  await run(page, 300);
  expect(screen.queryByRole('button', { name: /Sign out/ })).toBeNull();
  act(() => useLogin.setState({ username: 'anna' }));
  answers.push(new Response(null, { status: 503 }));
  await act(async () => {
    fireEvent.click(screen.getByRole('button', { name: 'Sign out anna' }));
    await Promise.resolve();
  });
  await run(page, 50);
  expect(asked).toEqual([{ path: '/api/auth/logout', body: {} }]);
  expect(screen.getByText('Not signed out')).toBeTruthy();
});
