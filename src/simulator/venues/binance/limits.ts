import { RollingWindow } from '../../limits/rollingWindow.ts';
import type { VenueContext } from '../../wire/venueContext.ts';

export const weightPerMinute = 6000;
const connectsPer5Min = 300;
const rateClosesBeforeBan = 5;
const firstBanMs = 120_000;
const longestBanMs = 3 * 86_400_000;
const fiveMinutesMs = 300_000;

interface Client {
  readonly connects: RollingWindow;
  readonly weight: RollingWindow;
  readonly rateCloses: RollingWindow;
  /** Told to stop with 429; further requests before that time are punished. */
  warnedUntil: number;
  bannedUntil: number;
  bans: number;
}

export type Verdict =
  | { readonly allowed: true; readonly usedWeight: number }
  | { readonly allowed: false; readonly status: 429 | 418; readonly retryAfterSeconds: number };

/** Limits per IP address, each a strict rolling window. */
export class BinanceLimits {
  private readonly context: VenueContext;
  private readonly clients = new Map<string, Client>();

  constructor(context: VenueContext) {
    this.context = context;
  }

  connect(ip: string): Verdict {
    const client = this.client(ip);
    const now = this.context.now();
    const within = client.connects.take(now);
    if (!this.context.limits) return { allowed: true, usedWeight: 0 };
    if (client.bannedUntil > now) return this.refused(418, client.bannedUntil);
    if (within) return { allowed: true, usedWeight: 0 };
    this.context.counters.limitBreaches += 1;
    return this.refused(429, client.connects.freeAt(now));
  }

  request(ip: string, weight: number): Verdict {
    const client = this.client(ip);
    const now = this.context.now();
    if (!this.context.limits) {
      client.weight.take(now, weight);
      return { allowed: true, usedWeight: client.weight.used(now) };
    }
    if (client.bannedUntil > now) return this.refused(418, client.bannedUntil);
    if (client.warnedUntil > now) {
      this.ban(client);
      return this.refused(418, client.bannedUntil);
    }
    if (client.weight.take(now, weight)) {
      return { allowed: true, usedWeight: client.weight.used(now) };
    }
    this.context.counters.limitBreaches += 1;
    client.warnedUntil = client.weight.freeAt(now);
    return this.refused(429, client.warnedUntil);
  }

  /** A socket was closed for too many frames; who does that again and again is banned. */
  rateClosed(ip: string): void {
    this.context.counters.limitBreaches += 1;
    const client = this.client(ip);
    client.rateCloses.take(this.context.now());
    if (client.rateCloses.used(this.context.now()) >= rateClosesBeforeBan) this.ban(client);
  }

  private ban(client: Client): void {
    const length = Math.min(longestBanMs, firstBanMs * 2 ** client.bans);
    client.bans += 1;
    client.bannedUntil = this.context.now() + length;
    this.context.counters.bans += 1;
  }

  private refused(status: 429 | 418, until: number): Verdict {
    const retryAfterSeconds = Math.max(1, Math.ceil((until - this.context.now()) / 1000));
    return { allowed: false, status, retryAfterSeconds };
  }

  private client(ip: string): Client {
    let client = this.clients.get(ip);
    if (client === undefined) {
      client = {
        connects: new RollingWindow(connectsPer5Min, fiveMinutesMs),
        weight: new RollingWindow(weightPerMinute, 60_000),
        rateCloses: new RollingWindow(rateClosesBeforeBan, fiveMinutesMs),
        warnedUntil: 0,
        bannedUntil: 0,
        bans: 0,
      };
      this.clients.set(ip, client);
    }
    return client;
  }
}
