import { RollingWindow } from '../../limits/rollingWindow.ts';
import type { VenueContext } from '../../wire/venueContext.ts';

const connectsPerSecond = 3;
const restWindowMs = 2000;

/** Requests of one endpoint and address in any two seconds. */
const requestsPer2Seconds: Readonly<Record<string, number>> = {
  '/api/v5/public/instruments': 20,
  '/api/v5/public/time': 10,
  '/api/v5/market/books': 40,
  '/api/v5/market/books-full': 10,
  '/api/v5/market/candles': 40,
  '/api/v5/market/history-candles': 20,
  '/api/v5/market/trades': 100,
  '/api/v5/market/history-trades': 20,
  '/api/v5/market/ticker': 20,
  '/api/v5/market/tickers': 20,
};

export class OkxLimits {
  private readonly context: VenueContext;
  private readonly connects = new Map<string, RollingWindow>();
  private readonly requests = new Map<string, RollingWindow>();

  constructor(context: VenueContext) {
    this.context = context;
  }

  mayConnect(ip: string): boolean {
    return this.take(this.connects, ip, connectsPerSecond, 1000);
  }

  mayRequest(ip: string, path: string): boolean {
    return this.take(this.requests, `${ip} ${path}`, requestsPer2Seconds[path] ?? 20, restWindowMs);
  }

  private take(
    windows: Map<string, RollingWindow>,
    key: string,
    limit: number,
    windowMs: number,
  ): boolean {
    let window = windows.get(key);
    if (window === undefined) {
      window = new RollingWindow(limit, windowMs);
      windows.set(key, window);
    }
    if (window.take(this.context.now()) || !this.context.limits) return true;
    this.context.counters.limitBreaches += 1;
    return false;
  }
}
