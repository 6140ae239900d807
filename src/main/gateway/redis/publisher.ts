import { ByteWriter } from '../../../shared/bytes.ts';
import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { MarketId } from '../../../shared/market.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { Publication } from '../hub/marketFeed.ts';
import { encodePublications } from './publicationCodec.ts';
import type { MarketBatch, PublishedBatch, RedisPort } from './redisPort.ts';
import { RedisAwayError } from './redisPort.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';

export interface PublisherOptions {
  readonly port: RedisPort;
  readonly clock: GatewayClock;
  readonly self: string;
  /** These leases are another's now. */
  readonly onRefused: (markets: readonly MarketId[]) => void;
  /** Redis answers, and does not take it. */
  readonly onFailed: (error: unknown) => void;
  readonly onTaken: () => void;
}

interface MarketQueue {
  readonly fence: number;
  /** It has been said in the log that another owner publishes from here on. */
  isAnnounced: boolean;
  events: Publication[];
  /** Channels of events that nobody wants any more, to be told behind these events. */
  ended: ChannelId[];
  readonly changed: Map<ChannelId, Publication>;
  readonly newest: Map<ChannelId, Publication>;
}

const retryMs = 200;
const maxMarketsPerBatch = 200;

/**
 * Gathers what the leases cover and gives it to Redis, one batch at a time: while one is under way the next one grows. An
 * unanswered batch is given again under its number, so that none is published twice.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #queues = new Map<MarketId, MarketQueue>();
  readonly #writer = new ByteWriter();
  #run: string | null = null;
  #lastRun: string | null = null;
  #number = 0;
  #waiting = 0;
  #unanswered: PublishedBatch | null = null;
  #isSending = false;
  #isClosed = false;
  #cancelFlush: (() => void) | null = null;
  #cancelRewrite: (() => void) | null = null;
  #stateDueMs = 0;
  #rewriteDueMs = 0;
  #counts = { batches: 0, events: 0, states: 0, bytes: 0, dropped: 0 };

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  counts(): Readonly<{
    batches: number;
    events: number;
    states: number;
    bytes: number;
    dropped: number;
  }> {
    return this.#counts;
  }

  /** Null: not known, and nothing goes out before it is. */
  setRun(run: string | null): void {
    if (run === this.#run) return;
    this.#run = run;
    if (run === null) return;
    if (run !== this.#lastRun) {
      this.#lastRun = run;
      this.#unanswered = null;
      // A log that begins anew has to be told by whom each market is published.
      for (const queue of this.#queues.values()) queue.isAnnounced = false;
    }
    this.#schedule(0);
  }

  /** What waits under a lease that is lost is dropped: the next owner's epoch tells of it. */
  setLeases(fences: ReadonlyMap<MarketId, number>): void {
    for (const [market, queue] of this.#queues) {
      if (fences.get(market) === queue.fence) continue;
      this.#waiting -= queue.events.length;
      this.#queues.delete(market);
    }
    for (const [market, fence] of fences) {
      if (this.#queues.has(market)) continue;
      this.#queues.set(market, {
        fence,
        isAnnounced: false,
        events: [],
        ended: [],
        changed: new Map(),
        newest: new Map(),
      });
      this.#schedule(0);
    }
  }

  /** False: nobody's lease here covers it, and it is not published. */
  offer(market: MarketId, publication: Publication): boolean {
    const queue = this.#queues.get(market);
    if (queue === undefined) return false;
    if (publication.type === 'state') {
      queue.changed.set(publication.channel, publication);
      queue.newest.set(publication.channel, publication);
      this.#schedule(this.#stateDelayMs());
      return true;
    }
    queue.events.push(publication);
    this.#waiting += 1;
    if (this.#waiting > scaleOutLimits.maxWaitingEvents) this.#dropOldest();
    this.#schedule(scaleOutLimits.eventGatherMs);
    return true;
  }

  /**
   * Nobody wants it any more: its last value is not written again, and that its events end here is said in the log. Who wants
   * it later has missed nothing then.
   */
  end(market: MarketId, channel: ChannelId): void {
    const queue = this.#queues.get(market);
    if (queue === undefined) return;
    queue.changed.delete(channel);
    queue.newest.delete(channel);
    queue.ended.push(channel);
    this.#schedule(scaleOutLimits.eventGatherMs);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelFlush?.();
    this.#cancelFlush = null;
    this.#cancelRewrite?.();
    this.#cancelRewrite = null;
  }

  #schedule(delayMs: number): void {
    if (this.#cancelFlush !== null || this.#isSending || this.#isClosed) return;
    this.#cancelFlush = this.#options.clock.after(delayMs, () => {
      this.#cancelFlush = null;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    if (this.#run === null || this.#isClosed) return;
    const batch = this.#unanswered ?? this.#nextBatch(this.#run);
    if (batch === null) {
      // A timer may be early by a fraction.
      if (this.#hasWork()) this.#schedule(this.#stateDelayMs());
      return;
    }
    this.#unanswered = batch;
    this.#isSending = true;
    let delayMs: number = scaleOutLimits.eventGatherMs;
    try {
      const refused = await this.#options.port.publish(batch);
      this.#unanswered = null;
      this.#count(batch, new Set(refused));
      this.#options.onTaken();
      if (refused.length > 0) this.#options.onRefused(refused);
    } catch (error) {
      delayMs = retryMs;
      if (!(error instanceof RedisAwayError)) this.#refuse(batch, error);
    } finally {
      this.#isSending = false;
    }
    if (this.#unanswered !== null || this.#hasWork()) this.#schedule(delayMs);
  }

  /** The same batch would be refused again: what was in it shows as lost by its sequences. */
  #refuse({ markets }: PublishedBatch, error: unknown): void {
    this.#drop(markets.reduce((sum, { eventCount }) => sum + eventCount, 0));
    this.#unanswered = null;
    this.#run = null;
    this.#rewriteDueMs = 0;
    this.#options.onFailed(error);
  }

  #stateDelayMs(): number {
    return Math.max(1, Math.ceil(this.#stateDueMs - this.#options.clock.monotonicMs()));
  }

  #hasWork(): boolean {
    return [...this.#queues.values()].some(
      ({ events, ended, changed, isAnnounced }) =>
        events.length + ended.length + changed.size > 0 || !isAnnounced,
    );
  }

  #nextBatch(run: string): PublishedBatch | null {
    const now = this.#options.clock.monotonicMs();
    const isStateDue = now >= this.#stateDueMs;
    if (now >= this.#rewriteDueMs) this.#rewriteAll(now);
    const markets: MarketBatch[] = [];
    let bytes = 0;
    for (const [market, queue] of this.#queues) {
      if (markets.length >= maxMarketsPerBatch || bytes > scaleOutLimits.maxEntryBytes / 2) break;
      const batch = this.#batchOf(market, queue, isStateDue);
      if (batch === null) continue;
      bytes += sizeOf(batch);
      markets.push(batch);
    }
    if (isStateDue) this.#stateDueMs = now + scaleOutLimits.stateGatherMs;
    if (markets.length === 0) return null;
    this.#number += 1;
    return { owner: this.#options.self, run, number: this.#number, markets };
  }

  #batchOf(market: MarketId, queue: MarketQueue, isStateDue: boolean): MarketBatch | null {
    const { fence } = queue;
    const sent = queue.events.splice(0, scaleOutLimits.maxEventsPerEntry);
    this.#waiting -= sent.length;
    const ended = queue.events.length === 0 ? queue.ended.splice(0) : [];
    const hasEvents = sent.length + ended.length > 0 || !queue.isAnnounced;
    const changed = isStateDue ? [...queue.changed.values()] : [];
    if (!hasEvents && changed.length === 0) return null;
    queue.isAnnounced = true;
    if (isStateDue) queue.changed.clear();
    return {
      market,
      fence,
      eventCount: sent.length,
      gapCount: sent.filter(({ value }) => value.kind === 'gaps').length,
      events: hasEvents ? encodePublications(this.#writer, fence, sent, ended) : null,
      states: changed.map((publication) => ({
        channel: publication.channel,
        bytes: encodePublications(this.#writer, fence, [publication]),
      })),
    };
  }

  #rewriteAll(now: number): void {
    this.#rewriteDueMs = now + scaleOutLimits.stateRewriteMs;
    for (const { changed, newest } of this.#queues.values()) {
      for (const [channel, publication] of newest) changed.set(channel, publication);
    }
    // Also where nothing changes by itself.
    this.#cancelRewrite?.();
    this.#cancelRewrite = this.#options.clock.after(scaleOutLimits.stateRewriteMs, () =>
      this.#schedule(0),
    );
  }

  #dropOldest(): void {
    let longest: MarketQueue | null = null;
    for (const queue of this.#queues.values()) {
      if (longest === null || queue.events.length > longest.events.length) longest = queue;
    }
    const dropped = longest?.events.splice(0, scaleOutLimits.maxEventsPerEntry) ?? [];
    this.#waiting -= dropped.length;
    this.#drop(dropped.length);
  }

  #drop(count: number): void {
    this.#counts = { ...this.#counts, dropped: this.#counts.dropped + count };
  }

  #count(batch: PublishedBatch, refused: ReadonlySet<MarketId>): void {
    const out = batch.markets.filter(({ market }) => !refused.has(market));
    const { batches, events, states, bytes, dropped } = this.#counts;
    this.#counts = {
      batches: batches + 1,
      events: events + out.reduce((sum, { eventCount }) => sum + eventCount, 0),
      states: states + out.reduce((sum, each) => sum + each.states.length, 0),
      bytes: bytes + out.reduce((sum, each) => sum + sizeOf(each), 0),
      dropped,
    };
  }
}

function sizeOf({ events, states }: MarketBatch): number {
  return (events?.length ?? 0) + states.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
