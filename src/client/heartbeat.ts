import type { ClientClock } from './clientClock.ts';

const latencySamples = 100;

export interface HeartbeatOptions {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly clock: ClientClock;
  /** False: it could not go out. */
  readonly ping: (id: string) => boolean;
  readonly onMissed: () => void;
}

/** Asks the other side whether it is there, and measures how long the answer takes. */
export class Heartbeat {
  private readonly options: HeartbeatOptions;
  private readonly latencies: number[] = [];
  private readonly sentMsById = new Map<string, number>();
  private pings = 0;
  private cancelNext: (() => void) | null = null;
  private cancelTimeout: (() => void) | null = null;

  constructor(options: HeartbeatOptions) {
    this.options = options;
  }

  get lastLatencyMs(): number | null {
    return this.latencies.at(-1) ?? null;
  }

  get averageLatencyMs(): number | null {
    const { length } = this.latencies;
    return length === 0 ? null : this.latencies.reduce((sum, each) => sum + each, 0) / length;
  }

  start(): void {
    this.stop();
    this.pingLater();
  }

  /** Out of turn: nothing was heard for a while. */
  pingNow(): void {
    const { clock, ping, timeoutMs } = this.options;
    this.pings += 1;
    const id = `p${this.pings}`;
    if (!ping(id)) return;
    this.sentMsById.set(id, clock.monotonicMs());
    this.cancelTimeout ??= clock.after(timeoutMs, () => {
      this.cancelTimeout = null;
      this.options.onMissed();
    });
  }

  pong(id: string | null): void {
    const sentMs = this.sentMsById.get(id ?? '');
    if (sentMs === undefined) return;
    this.sentMsById.clear();
    this.cancelTimeout?.();
    this.cancelTimeout = null;
    this.latencies.push(this.options.clock.monotonicMs() - sentMs);
    if (this.latencies.length > latencySamples) this.latencies.shift();
  }

  stop(): void {
    this.cancelNext?.();
    this.cancelTimeout?.();
    this.cancelNext = null;
    this.cancelTimeout = null;
    this.sentMsById.clear();
  }

  private pingLater(): void {
    this.cancelNext = this.options.clock.after(this.options.intervalMs, () => {
      this.pingNow();
      this.pingLater();
    });
  }
}
