import { create } from 'zustand';
import { gatewayPaths } from '../../shared/channels.ts';
import { apiPaths } from '../../shared/gateway/paths.ts';

/** Who signed in to the gateway in this browser; null with a printed key, and on the desktop. */
export const useLogin = create<{ readonly username: string | null }>(() => ({ username: null }));

export interface SignInProblem {
  readonly message: string;
  /** Name and password do not fit; otherwise nothing is wrong with them. */
  readonly isWrong: boolean;
  /** In how many milliseconds the gateway takes the next sign-in; null: at once. */
  readonly retryAfterMs: number | null;
}

type SignInResult = { readonly ok: true } | { readonly ok: false; readonly problem: SignInProblem };

const answerMs = 10_000;
const unreachable = 'The gateway cannot be reached. Look whether it still runs, then try again.';

/** The tokens live in cookies that no script reads. */
export async function signIn(username: string, password: string): Promise<SignInResult> {
  try {
    const answer = await post(apiPaths.login, { username, password, cookie: true });
    if (answer.ok) return { ok: true };
    const { code, message, retryAfterMs } = await readRefusal(answer);
    const problem = {
      message: message ?? `The gateway answered ${answer.status}. Try again.`,
      isWrong: code === 'INVALID_CREDENTIALS',
      retryAfterMs,
    };
    return { ok: false, problem };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { ok: false, problem: { message: unreachable, isWrong: false, retryAfterMs: null } };
  }
}

/** False: the gateway was not reached, and the login goes on. */
export async function signOut(): Promise<boolean> {
  try {
    const answer = await post(apiPaths.logout, {});
    return answer.status < 500;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

export interface LoginState {
  readonly username: string;
  readonly leftMs: number;
}

/** Null: no login, e.g. the session of a printed key. */
export async function readLogin(answer: Response): Promise<LoginState | null> {
  if (answer.status !== 200) return null;
  return parseLogin(await readJson(answer));
}

/**
 * Takes the login on with its refresh token. Each of them works once, so the tabs of a browser take turns, and one that finds
 * the login renewed leaves it. False: there is none, or it has ended.
 */
export async function renewLogin(
  window: Window,
  isEnough: (leftMs: number) => boolean,
): Promise<boolean> {
  const renew = async (): Promise<boolean> => {
    const login = await readLogin(await ask(gatewayPaths.session));
    if (login !== null && isEnough(login.leftMs)) return true;
    const answer = await post(apiPaths.refresh, { cookie: true });
    if (answer.ok) return true;
    if (answer.status >= 500 || answer.status === 429) {
      throw new Error(`the gateway answered ${answer.status}`);
    }
    return false;
  };
  // Only where the page came over TLS or from this machine.
  const locks: LockManager | undefined = Reflect.get(window.navigator, 'locks');
  return locks === undefined ? renew() : locks.request('truetape-login', renew);
}

interface Refusal {
  readonly code: string | null;
  readonly message: string | null;
  readonly retryAfterMs: number | null;
}

export async function readRefusal(answer: Response): Promise<Refusal> {
  const body = await readJson(answer);
  const error = isObject(body) && isObject(body['error']) ? body['error'] : {};
  const { code, message, retryAfterMs } = error;
  return {
    code: typeof code === 'string' ? code : null,
    message: typeof message === 'string' ? message : null,
    retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : null,
  };
}

/** A request that hangs must not hold up the ones behind it: tabs take turns. Rejects with a `TypeError` when it is not answered. */
export async function ask(
  path: string,
  init: RequestInit = { cache: 'no-store' },
): Promise<Response> {
  try {
    return await fetch(path, { ...init, signal: AbortSignal.timeout(answerMs) });
  } catch (error) {
    if (error instanceof TypeError) throw error;
    throw new TypeError('no answer in time', { cause: error });
  }
}

function post(path: string, body: unknown): Promise<Response> {
  return ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function readJson(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function parseLogin(raw: unknown): LoginState | null {
  if (!isObject(raw)) return null;
  const { username, expires_in_ms: leftMs } = raw;
  return typeof username === 'string' && typeof leftMs === 'number' ? { username, leftMs } : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
