import type { ClientTransport } from './clientContract.ts';
import type { ClientClock } from './clientClock.ts';
import type { RegistryChange } from './subscriptionRegistry.ts';
import type { ServerMessage, WelcomeMessage } from '../shared/gateway/wire.ts';
import type { Transport, TransportListener } from './transports/transport.ts';

export interface PromotedTransport {
  readonly transport: Transport;
  readonly welcome: WelcomeMessage | null;
  /** From now on its messages go here. */
  readonly handOver: (listener: TransportListener) => void;
}

export interface UpwardProbeOptions {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly clock: ClientClock;
  /** Best first; empty: the present one is the best. */
  readonly better: () => readonly ClientTransport[];
  readonly open: (name: ClientTransport, listener: TransportListener) => Transport;
  readonly onFound: (promoted: PromotedTransport) => void;
}

const probePing = 'probe';
/** The longest pause is this many times the interval. */
const longestPause = 8;

/**
 * Tries better transports while a lesser one serves. One is taken only after it has answered; one that did not last makes
 * the next trial wait twice as long.
 */
export class UpwardProbe {
  private readonly options: UpwardProbeOptions;
  private pause = 1;
  private promotedMs: number | null = null;
  private cancelTimer: (() => void) | null = null;
  private trial: Transport | null = null;

  constructor(options: UpwardProbeOptions) {
    this.options = options;
  }

  /** A connection on the present transport has begun. */
  start(): void {
    this.stop();
    const { clock, intervalMs, better } = this.options;
    if (better().length === 0) return;
    this.cancelTimer = clock.after(intervalMs * this.pause, () => this.tryFrom(0));
  }

  /** Nothing of it stays; safe to call twice. */
  stop(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    this.trial?.close();
    this.trial = null;
  }

  /** Other channels are wanted while the trial runs. */
  change(change: RegistryChange): void {
    this.trial?.change(change);
  }

  /** The connection is lost: perhaps one that was promoted to too early. */
  lost(): void {
    const { clock, intervalMs } = this.options;
    if (this.promotedMs === null) return;
    const hasLasted = clock.monotonicMs() - this.promotedMs >= 2 * intervalMs;
    this.pause = hasLasted ? 1 : Math.min(this.pause * 2, longestPause);
    this.promotedMs = null;
  }

  private tryFrom(at: number): void {
    const { clock, better, timeoutMs } = this.options;
    const name = better()[at];
    this.cancelTimer = null;
    this.trial = null;
    if (name === undefined) {
      this.start();
      return;
    }
    const next = (): void => {
      this.stop();
      this.tryFrom(at + 1);
    };
    this.cancelTimer = clock.after(timeoutMs, next);
    const relay = new TrialListener(next, (welcome) => this.promote(relay, welcome));
    this.trial = this.options.open(name, relay);
    relay.transport = this.trial;
  }

  private promote(relay: TrialListener, welcome: WelcomeMessage | null): void {
    const { transport } = relay;
    if (transport === null || transport !== this.trial) return;
    this.trial = null;
    this.stop();
    this.promotedMs = this.options.clock.monotonicMs();
    this.options.onFound({
      transport,
      welcome,
      handOver: (listener) => {
        relay.target = listener;
      },
    });
  }
}

/** Listens for the trial; after that for whoever took it. */
class TrialListener implements TransportListener {
  transport: Transport | null = null;
  target: TransportListener | null = null;
  private welcome: WelcomeMessage | null = null;
  private readonly onFailed: () => void;
  private readonly onGood: (welcome: WelcomeMessage | null) => void;

  constructor(onFailed: () => void, onGood: (welcome: WelcomeMessage | null) => void) {
    this.onFailed = onFailed;
    this.onGood = onGood;
  }

  onOpen(): void {
    // A proxy may let the handshake through and nothing after it.
    if (this.transport?.canSend === true) this.transport.send({ type: 'ping', id: probePing });
    else this.onGood(this.welcome);
  }

  onMessage(message: ServerMessage): void {
    if (this.target !== null) {
      this.target.onMessage(message);
    } else if (message.type === 'welcome') {
      this.welcome = message;
    } else if (message.type === 'pong' && message.id === probePing) {
      this.onGood(this.welcome);
    }
  }

  onSubscribed(...answer: Parameters<TransportListener['onSubscribed']>): void {
    this.target?.onSubscribed(...answer);
  }

  onRefused(...answer: Parameters<TransportListener['onRefused']>): void {
    this.target?.onRefused(...answer);
  }

  onUnreadable(...what: Parameters<TransportListener['onUnreadable']>): void {
    this.target?.onUnreadable(...what);
  }

  onReceived(): void {
    this.target?.onReceived();
  }

  onSent(): void {
    this.target?.onSent();
  }

  onEnd(end: Parameters<TransportListener['onEnd']>[0]): void {
    if (this.target === null) this.onFailed();
    else this.target.onEnd(end);
  }
}
