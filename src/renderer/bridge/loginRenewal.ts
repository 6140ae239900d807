import { ask, readLogin, renewLogin, useLogin } from './gatewayLogin.ts';
import type { LoginState } from './gatewayLogin.ts';
import { gatewayPaths } from '../../shared/channels.ts';

/** Of what is left; the rest is for tries that fail. */
const renewedAt = 0.6;
const retryMs = 5_000;
const leastMs = 1_000;

/** Renews the login of this page before it ends. Where that fails for good the gateway ends the socket, and the form comes. */
export class LoginRenewal {
  readonly #window: Window;
  readonly #random: () => number;
  #timer: number | null = null;

  constructor(window: Window, random: () => number = Math.random) {
    this.#window = window;
    this.#random = random;
  }

  /** Of a page that was just let in; null: there is nothing to renew. */
  follow(login: LoginState | null): void {
    this.stop();
    useLogin.setState({ username: login?.username ?? null });
    if (login === null) return;
    // Apart from each other, so that tabs do not ask in the same moment.
    const delayMs = login.leftMs * renewedAt * (0.9 + this.#random() / 10);
    this.#later(Math.max(leastMs, delayMs), login.leftMs);
  }

  stop(): void {
    if (this.#timer !== null) this.#window.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #later(delayMs: number, wholeMs: number): void {
    this.#timer = this.#window.setTimeout(() => void this.#renew(wholeMs), delayMs);
  }

  async #renew(wholeMs: number): Promise<void> {
    try {
      const isRenewed = await renewLogin(this.#window, (leftMs) => leftMs > wholeMs * renewedAt);
      if (!isRenewed) {
        this.follow(null);
        return;
      }
      this.follow(await readLogin(await ask(gatewayPaths.session)));
    } catch {
      // Not reached, or too early: asked again while the login holds.
      this.#later(retryMs, wholeMs);
    }
  }
}
