import { DecodeError } from '../errors.ts';
import type { InstrumentRegistry } from '../instruments.ts';
import type { FeedContext } from './feedContext.ts';
import { errorOfBody, errorOfListings } from './feedErrors.ts';
import type { VenueFeed } from './venueFeed.ts';

const refreshMs = 3_600_000;
const retryBaseMs = 1_000;
const retryCapMs = 60_000;
const serverTimeMs = 30_000;

export interface VenueChoresSaved {
  readonly failures: number;
}

/** What a venue is asked regularly: its list of instruments and its clock. */
export class VenueChores {
  private readonly feed: VenueFeed;
  private readonly registry: InstrumentRegistry;
  private readonly context: FeedContext;
  private failures = 0;

  constructor(feed: VenueFeed, registry: InstrumentRegistry, context: FeedContext) {
    this.feed = feed;
    this.registry = registry;
    this.context = context;
  }

  start(): void {
    this.askInstruments();
    this.askServerTime();
  }

  askInstruments(): void {
    const { rest, venue } = this.feed;
    if (!rest.add({ type: 'instruments' }, venue.rest.instruments(), this.context)) {
      this.onInstruments(null);
    }
  }

  /** A person wants to know now whether the venue is there. */
  onReconnect(): void {
    if (this.failures > 0) this.askInstruments();
  }

  askServerTime(): void {
    const { rest, venue } = this.feed;
    rest.add({ type: 'serverTime' }, venue.rest.serverTime(), this.context);
    this.later('serverTime', serverTimeMs);
  }

  /** True when the venue's list has changed. */
  onInstruments(body: string | null): boolean {
    if (body !== null && this.readInstruments(body)) {
      this.failures = 0;
      this.later('instruments', refreshMs);
      return true;
    }
    this.later('instruments', Math.min(retryCapMs, retryBaseMs * 2 ** Math.min(10, this.failures)));
    this.failures += 1;
    return false;
  }

  onServerTime(body: string, elapsedMs: number): void {
    const { feed, context } = this;
    feed.restRoundTrips.add(elapsedMs);
    try {
      feed.clock.addServerTime(feed.venue.rest.readServerTime(body), context.nowMs, elapsedMs);
    } catch (error) {
      this.reportUnreadable(error, 'serverTime');
    }
  }

  save(): VenueChoresSaved {
    return { failures: this.failures };
  }

  restore(saved: VenueChoresSaved): void {
    this.failures = saved.failures;
  }

  private readInstruments(body: string): boolean {
    const { venue } = this.feed;
    const skipped: DecodeError[] = [];
    try {
      const list = venue.rest.readInstruments(body, (error) => skipped.push(error));
      const known = this.registry.listedCount(venue.id);
      if (list.length * 2 < known) {
        throw new DecodeError('most listings are missing', `${list.length} of ${known}`);
      }
      this.registry.setVenue(venue.id, list, skipped.length === 0);
      const [first] = skipped;
      if (first !== undefined) {
        this.context.report(errorOfListings(venue.id, first, skipped.length));
      }
      return true;
    } catch (error) {
      this.reportUnreadable(error, 'instruments');
      return false;
    }
  }

  private reportUnreadable(error: unknown, what: string): void {
    if (!(error instanceof DecodeError)) throw error;
    this.context.report(errorOfBody(this.feed.venue.id, error, what));
  }

  private later(kind: 'instruments' | 'serverTime', delayMs: number): void {
    const due = this.context.nowMs + delayMs;
    this.context.deadlines.set(kind, this.feed.venue.id, '', due);
  }
}
