import type { AuthState } from './clientContract.ts';
import type { ClientClock } from './clientClock.ts';
import { describeCause } from './redact.ts';
import { retry } from './retry.ts';

export interface TokenKeeperOptions {
  readonly token: string | null;
  readonly provider: (() => Promise<string> | string) | null;
  readonly refreshThresholdMs: number;
  readonly maxRetries: number;
  readonly clock: ClientClock;
  /** A new token, while a connection may hold the former. */
  readonly onToken: (token: string) => void;
  readonly onState: (state: AuthState) => void;
  readonly onFailed: (detail: string) => void;
}

/** Epoch ms of the claim `exp`; null for what is no JWT or has none. Nothing is verified here: the gateway does. */
export function readExpiry(token: string): number | null {
  const [, payload] = token.split('.');
  if (payload === undefined) return null;
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    if (typeof claims !== 'object' || claims === null || !('exp' in claims)) return null;
    return typeof claims.exp === 'number' ? claims.exp * 1_000 : null;
  } catch {
    return null;
  }
}

/** Holds the access token and replaces it before it expires. Kept in memory only. */
export class TokenKeeper {
  private readonly options: TokenKeeperOptions;
  private held: string | null;
  private state: AuthState = 'none';
  /** What it was before it was being renewed. */
  private settled: AuthState = 'none';
  private running: Promise<boolean> | null = null;
  private question: Promise<string> | null = null;
  private cancelTimer: (() => void) | null = null;
  private stopping = new AbortController();

  constructor(options: TokenKeeperOptions) {
    this.options = options;
    this.held = options.token;
  }

  get token(): string | null {
    return this.held;
  }

  get authState(): AuthState {
    return this.state;
  }

  get canRefresh(): boolean {
    return this.options.provider !== null;
  }

  /** Whether there is a token to try, or none is needed. */
  async ready(): Promise<boolean> {
    if (this.held !== null) {
      const expiresTime = readExpiry(this.held);
      const isOver = expiresTime !== null && expiresTime <= this.options.clock.wallMs();
      if (!isOver || !this.canRefresh) return true;
    }
    return this.canRefresh ? this.refresh() : true;
  }

  /** The gateway has taken it, and says for how long; null: for ever. */
  accepted(remainingMs: number | null): void {
    if (this.held !== null) this.move('valid');
    const expiresTime = this.held === null ? null : readExpiry(this.held);
    const own = expiresTime === null ? null : expiresTime - this.options.clock.wallMs();
    this.schedule(remainingMs ?? own);
  }

  replace(token: string): void {
    this.held = token;
  }

  /** One at a time; false: the provider failed as often as it may. */
  refresh(): Promise<boolean> {
    if (this.running !== null) return this.running;
    const running = this.ask().finally(() => {
      if (this.running === running) this.running = null;
    });
    this.running = running;
    return running;
  }

  refused(): void {
    this.move('error');
  }

  /** No timer stays; safe to call twice. */
  stop(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    this.stopping.abort();
    this.stopping = new AbortController();
    // Who asks after this is not given the refusal of those who were stopped.
    this.running = null;
    if (this.state === 'refreshing') this.move(this.settled);
  }

  private async ask(): Promise<boolean> {
    const { provider, maxRetries, clock } = this.options;
    if (provider === null) return false;
    const { signal } = this.stopping;
    this.move('refreshing');
    try {
      const token = await retry(() => this.call(provider), { tries: maxRetries, clock, signal });
      if (signal.aborted) return false;
      this.held = token;
      this.move('valid');
      this.options.onToken(token);
      return true;
    } catch (cause) {
      if (signal.aborted) return false;
      this.move('error');
      this.options.onFailed(describeCause(cause));
      return false;
    }
  }

  /** One at a time also over a stop: a token for renewals that is used twice ends the login. */
  private call(provider: () => Promise<string> | string): Promise<string> {
    if (this.question !== null) return this.question;
    const question = Promise.resolve(provider()).finally(() => {
      if (this.question === question) this.question = null;
    });
    this.question = question;
    return question;
  }

  private schedule(remainingMs: number | null): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    if (remainingMs === null || !this.canRefresh) return;
    // Of a token that lives shorter than the threshold, half its life.
    const earlyMs = remainingMs - this.options.refreshThresholdMs;
    const waitMs = Math.max(earlyMs > 0 ? earlyMs : remainingMs / 2, 0);
    this.cancelTimer = this.options.clock.after(Math.min(waitMs, 2_147_483_647), () => {
      this.cancelTimer = null;
      void this.refresh();
    });
  }

  private move(state: AuthState): void {
    if (state === this.state) return;
    this.state = state;
    if (state !== 'refreshing') this.settled = state;
    this.options.onState(state);
  }
}
