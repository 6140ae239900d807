import { gatewayPaths } from '../../shared/channels.ts';
import { RefusedError } from './bridge.ts';

const askAgain = 'Open the newest address that the gateway printed: it carries a new key.';

/**
 * Exchanges the key in the address's fragment for a session cookie and clears the fragment, so that the key stays in no
 * history and no copied address. Without a key the cookie of an earlier visit has to hold.
 */
export async function enterGateway(window: Window): Promise<void> {
  const key = new URLSearchParams(window.location.hash.slice(1)).get('key');
  const answer =
    key === null
      ? await fetch(gatewayPaths.session, { cache: 'no-store' })
      : await fetch(gatewayPaths.session, {
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
  if (!answer.ok) throw new RefusedError(askAgain, key === null ? 'sessionExpired' : 'invalidKey');
}
