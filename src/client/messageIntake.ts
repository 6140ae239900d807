import { assertNever } from '../shared/assert.ts';
import type { GatewayError } from '../shared/gateway/errors.ts';
import type { ServerMessage, StatusMessage, WelcomeMessage } from '../shared/gateway/wire.ts';
import type { ClientEvents } from './clientContract.ts';
import type { Emitter } from './emitter.ts';
import { isTokenError } from './errorCatalogue.ts';
import type { Journal } from './journal.ts';
import type { MarketData } from './marketData.ts';
import type { TokenKeeper } from './tokenKeeper.ts';

export interface MessageIntakeOptions {
  readonly market: MarketData;
  readonly tokens: TokenKeeper;
  readonly journal: Journal;
  readonly emitter: Emitter<ClientEvents>;
  readonly isConnected: () => boolean;
  readonly lastLatencyMs: () => number | null;
}

/** What a gateway says goes to the part that it concerns. */
export class MessageIntake {
  received = 0;
  private readonly own: MessageIntakeOptions;

  constructor(own: MessageIntakeOptions) {
    this.own = own;
  }

  take(message: ServerMessage): void {
    const { market, journal, emitter } = this.own;
    this.received += 1;
    journal.debug('message', () => `received ${message.type}`);
    switch (message.type) {
      case 'welcome':
        this.welcomed(message);
        return;
      case 'updates':
        market.apply(message);
        return;
      case 'resync':
        market.resync(message);
        emitter.emit('resync', message);
        return;
      case 'status':
        this.statusChanged(message);
        return;
      case 'error':
        this.refused(message.error);
        return;
      case 'pong':
        journal.debug('performance', () => `${this.own.lastLatencyMs()} ms`);
        return;
      case 'subscribed':
      case 'unsubscribed':
        return;
      default:
        assertNever(message);
    }
  }

  private welcomed({ cursor, expiresTime, time }: WelcomeMessage): void {
    this.own.market.welcome(cursor);
    // Both by the gateway's clock: ours may be wrong.
    this.own.tokens.accepted(expiresTime === null ? null : expiresTime - time);
  }

  private statusChanged(message: StatusMessage): void {
    const { market, tokens, emitter } = this.own;
    market.follow(message);
    if (message.status === 'expiring' && tokens.canRefresh) void tokens.refresh();
    emitter.emit('status', message);
  }

  private refused(error: GatewayError): void {
    const { market, tokens, journal, isConnected } = this.own;
    // What was missed cannot be replayed: the sequences say what that was.
    if (error.code === 'INVALID_CURSOR') market.endResume();
    if (isTokenError(error.code) && isConnected() && tokens.canRefresh) void tokens.refresh();
    journal.reportRefusal('server', error);
  }
}
