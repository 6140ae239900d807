import { gatewayPaths } from '../../shared/channels.ts';
import { RefusedError } from './bridge.ts';
import { ask, readLogin, readRefusal, renewLogin } from './gatewayLogin.ts';
import type { LoginState } from './gatewayLogin.ts';

const askAgain = 'Open the newest address that the gateway printed: it carries a new key.';

/**
 * Exchanges the key in the address's fragment for a session cookie and clears the fragment, so that the key stays in no
 * history and no copied address. Without a key the cookie of an earlier visit has to hold, or a login that can be renewed.
 * Answers the login, or null with a key.
 */
export async function enterGateway(window: Window): Promise<LoginState | null> {
  const key = new URLSearchParams(window.location.hash.slice(1)).get('key');
  const answer =
    key === null
      ? await ask(gatewayPaths.session)
      : await ask(gatewayPaths.session, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ key }),
        });
  if (answer.status >= 500) throw new Error(`the gateway answered ${answer.status}`);
  // A wrong key is cleared as well; where it is only too early to ask, the key stays for the next attempt.
  if (key !== null && answer.status !== 429) {
    const { pathname, search } = window.location;
    window.history.replaceState(window.history.state, '', pathname + search);
  }
  if (answer.status === 429) {
    throw new RefusedError('Too many wrong keys; the page tries again.', 'tooManyKeys');
  }
  if (answer.ok) return readLogin(answer);
  const { code } = await readRefusal(answer);
  if (code === 'SIGN_IN_REQUIRED') return enterByLogin(window);
  throw new RefusedError(askAgain, key === null ? 'sessionExpired' : 'invalidKey');
}

async function enterByLogin(window: Window): Promise<LoginState> {
  if (await renewLogin(window, () => true)) {
    const login = await readLogin(await ask(gatewayPaths.session));
    if (login !== null) return login;
  }
  throw new RefusedError('Sign in to this gateway.', 'signIn');
}
