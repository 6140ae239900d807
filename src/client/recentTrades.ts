import type { TradeValue } from '../shared/values.ts';

/** As many as a list on a screen has use for; a program that wants all of them asks for a recording. */
export const recentTradesLimit = 100;

/**
 * The newest trades of one market, oldest first, never more than the limit. `list` is replaced when it is read after a
 * change and the same array until then, as React's `useSyncExternalStore` needs it; listeners are told later and
 * once for all that came until then, so that a fast market does not fill a queue of renders.
 */
export class RecentTrades {
  private readonly ring: TradeValue[] = [];
  private readonly listeners = new Set<() => void>();
  private pushed = 0;
  private readonly schedule: (tell: () => void) => void;
  private isTelling = false;
  private shown: readonly TradeValue[] | null = null;

  constructor(schedule: (tell: () => void) => void = queueMicrotask) {
    this.schedule = schedule;
  }

  push(trade: TradeValue): void {
    this.ring[this.pushed % recentTradesLimit] = trade;
    this.pushed += 1;
    this.shown = null;
    if (this.isTelling) return;
    this.isTelling = true;
    this.schedule(() => {
      this.isTelling = false;
      for (const listener of this.listeners) listener();
    });
  }

  readonly list = (): readonly TradeValue[] => {
    const start = this.pushed % recentTradesLimit;
    this.shown ??=
      this.pushed < recentTradesLimit
        ? this.ring.slice()
        : [...this.ring.slice(start), ...this.ring.slice(0, start)];
    return this.shown;
  };

  /** Returns its unsubscribe. */
  readonly subscribe = (listener: () => void): (() => void) => {
    // A callback of its own, so that one function may listen twice.
    const own = (): void => listener();
    this.listeners.add(own);
    return () => {
      this.listeners.delete(own);
    };
  };
}
