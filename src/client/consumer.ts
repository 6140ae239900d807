import type { ChannelFilters } from '../shared/gateway/requests.ts';
import type { WireUpdate } from '../shared/gateway/wire.ts';
import type { ClientClock } from './clientClock.ts';
import type { SubscriptionOptions } from './clientContract.ts';
import { isEventUpdate } from './wireKinds.ts';

const intervalPattern = /^(\d+(?:\.\d+)?)(ms|s|m)$/;
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** Milliseconds of `'250ms'`, `'1s'`, `'1m'` or a number; 0: as they come. Throws on anything else. */
export function readInterval(interval: string | number | undefined): number {
  if (interval === undefined) return 0;
  if (typeof interval === 'number' && Number.isFinite(interval) && interval >= 0) return interval;
  const [, amount, unit = ''] = intervalPattern.exec(String(interval)) ?? [];
  if (amount === undefined) {
    throw new TypeError(
      `An interval is like '250ms', '1s' or '1m', not ${JSON.stringify(interval)}.`,
    );
  }
  return Number(amount) * (unitMs[unit] ?? 1);
}

function passes(update: WireUpdate, filters: ChannelFilters | undefined): boolean {
  if (filters === undefined || update.type !== 'trade_update') return true;
  const { size, side, venue } = update.trade;
  return (
    (filters.minSize === undefined || size >= filters.minSize) &&
    (filters.side === undefined || side === filters.side) &&
    (filters.venue === undefined || venue === filters.venue)
  );
}

const doubtful: ReadonlySet<string> = new Set(['stale', 'resyncing', 'disputed', 'none', 'down']);

function statusOf(update: WireUpdate): string | null {
  return 'status' in update ? update.status : null;
}

/** An open candle that came before the closed one of the same time. */
function isPartOf(open: WireUpdate, closed: WireUpdate): boolean {
  if (open.type !== 'candle_update' || closed.type !== 'candle_update') return false;
  return open.candle.openTime <= closed.candle.openTime;
}

/** Gathered events of one consumer go out early rather than grow without a bound. */
const gatheredLimit = 1_000;

/** One consumer of a channel, with its own pace: the newest state, and every event. */
export class Consumer {
  readonly options: SubscriptionOptions;
  readonly intervalMs: number;
  private readonly clock: ClientClock;
  private readonly listener: (update: WireUpdate) => void;
  private gathered: WireUpdate[] = [];
  private latest: WireUpdate | null = null;
  private cancelTimer: (() => void) | null = null;
  private lastMs = Number.NEGATIVE_INFINITY;
  private isClosed = false;
  private toldStatus: string | null = null;

  constructor(
    options: SubscriptionOptions,
    clock: ClientClock,
    listener: (update: WireUpdate) => void,
  ) {
    this.options = options;
    this.intervalMs = readInterval(options.interval);
    this.clock = clock;
    this.listener = listener;
  }

  /** `isDoubt`: what is held is no longer as good as was said. That waits for no interval. */
  deliver(update: WireUpdate, isDoubt = false): void {
    if (this.isClosed || !passes(update, this.options.filters)) return;
    if (this.intervalMs === 0) {
      this.listener(update);
      return;
    }
    if (!isEventUpdate(update)) this.latest = update;
    else {
      this.gathered.push(update);
      if (this.latest !== null && isPartOf(this.latest, update)) this.latest = null;
    }
    if (isDoubt || this.isWorse(update) || this.gathered.length >= gatheredLimit) {
      this.flush();
      return;
    }
    if (this.cancelTimer !== null) return;
    const waitMs = this.lastMs + this.intervalMs - this.clock.monotonicMs();
    if (waitMs <= 0) this.flush();
    else this.cancelTimer = this.clock.after(waitMs, () => this.flush());
  }

  close(): void {
    this.isClosed = true;
    this.cancelTimer?.();
    this.cancelTimer = null;
    this.gathered = [];
    this.latest = null;
  }

  flush(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    const { gathered, latest } = this;
    if (gathered.length === 0 && latest === null) return;
    this.lastMs = this.clock.monotonicMs();
    this.gathered = [];
    this.latest = null;
    if (latest !== null) this.toldStatus = statusOf(latest);
    for (const update of latest === null ? gathered : [...gathered, latest]) {
      // The listener may end it.
      if (!this.isClosed) this.listener(update);
    }
  }

  private isWorse(update: WireUpdate): boolean {
    const status = statusOf(update);
    return status !== this.toldStatus && doubtful.has(status ?? '');
  }
}
