import type { ClientClock } from './clientClock.ts';
import { describeCause } from './redact.ts';
import type { ChannelSnapshot, Snapshots } from './snapshots.ts';

export interface FirstPaintOptions {
  readonly snapshots: Snapshots;
  readonly clock: ClientClock;
  /** Channels without a value. */
  readonly missing: () => readonly string[];
  readonly onSnapshot: (asked: string, snapshot: ChannelSnapshot) => void;
  readonly onFailed: (channel: string, detail: string) => void;
  /** A value that was asked for once is by now as old as one may be that nobody renews. */
  readonly onTrustOver: () => void;
}

/** A stream that answers at once needs no help; later than this it gets some. */
const patienceMs = 100;
const atOnce = 4;
const trustMs = 3_000;

/** Values by REST for what the stream has not brought yet, a few requests at a time. */
export class FirstPaint {
  private readonly options: FirstPaintOptions;
  private readonly asked = new Set<string>();
  private running = 0;
  private cancelTimer: (() => void) | null = null;
  private cancelTrust: (() => void) | null = null;
  private generation = 0;

  constructor(options: FirstPaintOptions) {
    this.options = options;
  }

  /** Looks for missing values soon. */
  want(): void {
    this.cancelTimer ??= this.options.clock.after(patienceMs, () => {
      this.cancelTimer = null;
      this.fill();
    });
  }

  /** The next connection may ask again. */
  stop(): void {
    this.generation += 1;
    this.cancelTimer?.();
    this.cancelTimer = null;
    this.cancelTrust?.();
    this.cancelTrust = null;
    this.asked.clear();
    this.running = 0;
    this.options.snapshots.stop();
  }

  private fill(): void {
    const { missing, snapshots } = this.options;
    for (const channel of missing()) {
      if (this.running >= atOnce) return;
      if (this.asked.has(channel) || !snapshots.isKnown(channel)) continue;
      this.asked.add(channel);
      this.running += 1;
      void this.ask(channel);
    }
  }

  private async ask(channel: string): Promise<void> {
    const { snapshots, onSnapshot, onFailed } = this.options;
    const { generation } = this;
    try {
      const snapshot = await snapshots.fetch(channel);
      if (generation === this.generation) {
        onSnapshot(channel, snapshot);
        this.trust();
      }
    } catch (cause) {
      if (generation === this.generation) onFailed(channel, describeCause(cause));
    }
    if (generation !== this.generation) return;
    this.running -= 1;
    this.fill();
  }

  private trust(): void {
    this.cancelTrust?.();
    this.cancelTrust = this.options.clock.after(trustMs, () => {
      this.cancelTrust = null;
      this.options.onTrustOver();
    });
  }
}
