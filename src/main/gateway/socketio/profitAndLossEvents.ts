import { profitAndLossAt, profitAndLossCadenceMs } from '../../../shared/gateway/profitAndLoss.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import { startCadence } from './cadence.ts';
import type { GatewaySocket } from './socketEvents.ts';

/** `snapshot` at once and `update` every 5 s, of one client. */
export class ProfitAndLossEvents {
  private readonly socket: GatewaySocket;
  private readonly clock: GatewayClock;
  private stop: (() => void) | null = null;

  constructor(socket: GatewaySocket, clock: GatewayClock) {
    this.socket = socket;
    this.clock = clock;
  }

  open(): void {
    if (this.stop !== null) return;
    this.send('snapshot');
    const run = (): void => this.send('update');
    this.stop = startCadence(this.clock, [{ everyMs: profitAndLossCadenceMs, run }]);
  }

  close(): void {
    this.stop?.();
    this.stop = null;
  }

  private send(event: 'snapshot' | 'update'): void {
    this.socket.emit(event, profitAndLossAt(this.clock.wallMs()));
  }
}
