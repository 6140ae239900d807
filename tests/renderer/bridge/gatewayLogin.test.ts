import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useLogin } from '../../../src/renderer/bridge/gatewayLogin.ts';
import { enterGateway } from '../../../src/renderer/bridge/gatewaySession.ts';
import { LoginRenewal } from '../../../src/renderer/bridge/loginRenewal.ts';

let asked: string[];
let answers: (Response | Error)[];

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answers = [];
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => {
    asked.push(`${init?.method ?? 'GET'} ${path}`);
    const answer = answers.shift() ?? new Error('nothing more was expected');
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const askedSession = 'GET /api/session';
const askedRefresh = 'POST /api/auth/refresh';

function refused(code: string): Response {
  return Response.json({ error: { code, message: 'no' } }, { status: 401 });
}

function login(leftMs: number): Response {
  return Response.json({ username: 'anna', expires_in_ms: leftMs });
}

const renewed = (): Response => Response.json({ access_token: 'x' });

test('a page whose session is gone goes on with its login, and asks for a sign-in where there is none', async () => {
  answers.push(refused('SIGN_IN_REQUIRED'), refused('SIGN_IN_REQUIRED'), renewed(), login(900_000));
  expect(await enterGateway(window)).toEqual({ username: 'anna', leftMs: 900_000 });
  expect(asked).toEqual([askedSession, askedSession, askedRefresh, askedSession]);
  answers.push(refused('SIGN_IN_REQUIRED'), refused('SIGN_IN_REQUIRED'), refused('UNAUTHORIZED'));
  await expect(enterGateway(window)).rejects.toMatchObject({ fault: 'signIn' });
});

test('without accounts the page is sent to the printed address as before', async () => {
  answers.push(refused('UNAUTHORIZED'));
  await expect(enterGateway(window)).rejects.toMatchObject({ fault: 'sessionExpired' });
  expect(asked).toEqual([askedSession]);
});

test('a login is renewed before it ends, again and again', async () => {
  const renewal = new LoginRenewal(window, () => 1);
  renewal.follow({ username: 'anna', leftMs: 900_000 });
  expect(useLogin.getState().username).toBe('anna');
  await vi.advanceTimersByTimeAsync(539_000);
  expect(asked).toEqual([]);
  answers.push(login(360_000), renewed(), login(900_000));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toEqual([askedSession, askedRefresh, askedSession]);
  answers.push(login(360_000), renewed(), login(900_000));
  await vi.advanceTimersByTimeAsync(540_000);
  expect(asked).toHaveLength(6);
  renewal.stop();
  await vi.advanceTimersByTimeAsync(900_000);
  expect(asked).toHaveLength(6);
});

test('what another tab has renewed is left alone: its refresh token would be used twice', async () => {
  const renewal = new LoginRenewal(window, () => 1);
  renewal.follow({ username: 'anna', leftMs: 900_000 });
  answers.push(login(899_000), login(899_000));
  await vi.advanceTimersByTimeAsync(540_000);
  expect(asked).toEqual([askedSession, askedSession]);
  renewal.stop();
});

test('a renewal that does not reach the gateway is tried again, one that is refused is not', async () => {
  const renewal = new LoginRenewal(window, () => 1);
  renewal.follow({ username: 'anna', leftMs: 900_000 });
  answers.push(new TypeError('failed'), login(300_000), new Response(null, { status: 503 }));
  await vi.advanceTimersByTimeAsync(545_000);
  expect(asked).toEqual([askedSession, askedSession, askedRefresh]);
  answers.push(login(290_000), refused('TOKEN_REVOKED'));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked).toHaveLength(5);
  expect(useLogin.getState().username).toBeNull();
  await vi.advanceTimersByTimeAsync(900_000);
  expect(asked).toHaveLength(5);
});
