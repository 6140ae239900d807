import type { ClientClock } from './clientClock.ts';
import type { ClientError, ClientEvents, ClientTransport } from './clientContract.ts';
import type { Emitter } from './emitter.ts';
import type { Journal } from './journal.ts';
import type { TransportEnd } from './transports/transport.ts';

export interface ConnectionNewsOptions {
  readonly clock: ClientClock;
  readonly emitter: Emitter<ClientEvents>;
  readonly journal: Journal;
}

/** What happens to the connection, as events, errors and counters: each failure is told once, with what follows. */
export class ConnectionNews {
  reconnects = 0;
  private readonly own: ConnectionNewsOptions;
  private connectedMs: number | null = null;
  private hasConnected = false;
  private told: { readonly end: TransportEnd; readonly error: ClientError } | null = null;

  constructor(own: ConnectionNewsOptions) {
    this.own = own;
  }

  get uptimeMs(): number {
    return this.connectedMs === null ? 0 : this.own.clock.monotonicMs() - this.connectedMs;
  }

  connected(transport: ClientTransport, attempts: number): void {
    const { emitter, clock } = this.own;
    this.connectedMs = clock.monotonicMs();
    const isResumed = this.hasConnected;
    this.hasConnected = true;
    if (attempts > 0) {
      this.reconnects += 1;
      emitter.emit('reconnect', { attempts });
    }
    emitter.emit('connected', { transport, isResumed });
  }

  gone(): void {
    this.connectedMs = null;
  }

  /** `retryInMs`: when it is tried again by itself; null: not. */
  tell(end: TransportEnd, retryInMs: number | null): ClientError {
    if (this.told?.end === end) return this.told.error;
    const type = end.error === null ? 'connection' : 'server';
    const { code, reason: detail } = end;
    const { journal } = this.own;
    const said = end.error === null ? null : journal.planRetry(end.error, retryInMs);
    const error = said ?? journal.report({ type, code, detail, retryInMs });
    this.told = { end, error };
    return error;
  }

  attemptFailed(end: TransportEnd, attempt: number, retryInMs: number | null): void {
    this.tell(end, retryInMs);
    const message = end.error?.message ?? end.reason;
    // The first attempt of a row is no attempt to come back.
    if (attempt > 1) this.own.emitter.emit('reconnect_error', { attempt: attempt - 1, message });
  }
}
