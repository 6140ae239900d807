import { RollingWindow } from '../../limits/rollingWindow.ts';
import type { VenueContext } from '../../wire/venueContext.ts';

const connectsPer5Min = 500;
const requestsPer5Seconds = 600;
const banMs = 600_000;

interface Client {
  readonly connects: RollingWindow;
  readonly requests: RollingWindow;
  bannedUntil: number;
}

export class BybitLimits {
  private readonly context: VenueContext;
  private readonly clients = new Map<string, Client>();

  constructor(context: VenueContext) {
    this.context = context;
  }

  mayConnect(ip: string): boolean {
    const within = this.client(ip).connects.take(this.context.now());
    if (within || !this.context.limits) return true;
    this.context.counters.limitBreaches += 1;
    return false;
  }

  /** Too many requests shut the address out of HTTP for ten minutes. */
  mayRequest(ip: string): boolean {
    const client = this.client(ip);
    const now = this.context.now();
    if (!this.context.limits) return true;
    if (client.bannedUntil > now) return false;
    if (client.requests.take(now)) return true;
    this.context.counters.limitBreaches += 1;
    this.context.counters.bans += 1;
    client.bannedUntil = now + banMs;
    return false;
  }

  private client(ip: string): Client {
    let client = this.clients.get(ip);
    if (client === undefined) {
      client = {
        connects: new RollingWindow(connectsPer5Min, 300_000),
        requests: new RollingWindow(requestsPer5Seconds, 5000),
        bannedUntil: 0,
      };
      this.clients.set(ip, client);
    }
    return client;
  }
}
