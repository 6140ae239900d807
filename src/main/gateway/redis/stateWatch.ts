import { DamagedBytesError } from '../../../shared/bytes.ts';
import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import { parseChannelId } from '../../../shared/gateway/channelIds.ts';
import type { MarketId } from '../../../shared/market.ts';
import type { Publication } from '../hub/marketFeed.ts';
import { marketOfChannel } from './channelEpochs.ts';
import { decodePublications } from './publicationCodec.ts';
import type { Lease, RedisPort } from './redisPort.ts';
import { stateTopic } from './redisPort.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';
import { markStale } from './staleValue.ts';

interface Watched {
  readonly market: MarketId;
  readonly unlisten: () => void;
  fence: number;
  newest: Publication | null;
  /** `owner`: nobody publishes it. `doubt`: something may have been missed since. Null: it is believed. */
  stale: 'owner' | 'doubt' | null;
  /** Rises with what is heard: a last value that was asked for before is older. */
  heard: number;
}

const stateKinds: ReadonlySet<string> = new Set(['price', 'ticker', 'orderbook', 'candles']);

/**
 * Newest values of the channels that are wanted here: heard as they change, and read from their keys at the start and after
 * an interruption. A value counts only under the lease that runs now; without one it is shown as stale.
 */
export class StateWatch {
  readonly #port: RedisPort;
  readonly #onState: (publications: readonly Publication[]) => void;
  readonly #watched = new Map<ChannelId, Watched>();
  readonly #fences = new Map<MarketId, number>();
  #leases: ReadonlyMap<MarketId, Lease | null> = new Map();
  #unreadable = 0;

  constructor(port: RedisPort, onState: (publications: readonly Publication[]) => void) {
    this.#port = port;
    this.#onState = onState;
  }

  get unreadable(): number {
    return this.#unreadable;
  }

  markets(): ReadonlySet<MarketId> {
    return new Set([...this.#watched.values()].map(({ market }) => market));
  }

  /** Returns those that are new here: their last values have to be read. */
  want(channels: ReadonlySet<ChannelId>): readonly ChannelId[] {
    for (const [channel, { unlisten }] of this.#watched) {
      if (channels.has(channel)) continue;
      unlisten();
      this.#watched.delete(channel);
    }
    const begun: ChannelId[] = [];
    for (const channel of channels) {
      if (this.#watched.has(channel)) continue;
      const parsed = parseChannelId(channel);
      if (parsed === null || !stateKinds.has(parsed.kind)) continue;
      const unlisten = this.#port.listen(stateTopic(channel), (bytes) =>
        this.#hear(channel, bytes, true),
      );
      const { market } = parsed;
      this.#watched.set(channel, {
        market,
        unlisten,
        fence: 0,
        newest: null,
        stale: null,
        heard: 0,
      });
      begun.push(channel);
    }
    return begun;
  }

  /** Last values of these channels, or of all. */
  async read(channels: readonly ChannelId[] = [...this.#watched.keys()]): Promise<void> {
    const before = channels.map((channel) => this.#watched.get(channel)?.heard);
    for (let at = 0; at < channels.length; at += scaleOutLimits.readCount) {
      const part = channels.slice(at, at + scaleOutLimits.readCount);
      const values = await this.#port.readStates(part);
      for (const [index, channel] of part.entries()) {
        const bytes = values[index] ?? null;
        const wasHeard = this.#watched.get(channel)?.heard !== before[at + index];
        if (bytes !== null && !wasHeard) this.#hear(channel, bytes, false);
      }
    }
  }

  /** Who publishes each market now, as the leases say it. */
  look(leases: ReadonlyMap<MarketId, Lease | null>): void {
    this.#leases = leases;
    for (const [market, lease] of leases) {
      if (lease === null) this.#mark(market, Infinity, 'owner');
      else {
        this.own(market, lease.fence);
        this.#believe(market, lease.fence);
      }
    }
  }

  own(market: MarketId, fence: number): void {
    if (fence <= (this.#fences.get(market) ?? 0)) return;
    this.#fences.set(market, fence);
    this.#mark(market, fence, 'owner');
  }

  /** Redis began anew, perhaps on another machine with another clock: leases of before say nothing of those of now. */
  begin(): void {
    this.#fences.clear();
    this.#leases = new Map();
    for (const watched of this.#watched.values()) watched.fence = 0;
  }

  /** Everything held is of another time: what is not heard again stays stale. */
  doubtAll(): void {
    for (const market of this.markets()) this.#mark(market, Infinity, 'doubt');
  }

  close(): void {
    for (const { unlisten } of this.#watched.values()) unlisten();
    this.#watched.clear();
  }

  /** `isNews`: published at this moment, under a lease; otherwise a last value, whose owner may be long gone. */
  #hear(channel: ChannelId, bytes: Uint8Array, isNews: boolean): void {
    const watched = this.#watched.get(channel);
    if (watched === undefined) return;
    const blob = this.#decode(bytes);
    const publication = blob?.publications[0];
    if (blob === null || publication?.type !== 'state' || publication.channel !== channel) {
      this.#unreadable += 1;
      return;
    }
    watched.heard += 1;
    const { newest, market } = watched;
    if (blob.fence < (this.#fences.get(market) ?? 0)) return;
    const isOwned = isNews || this.#leases.get(market)?.fence === blob.fence;
    const stale = isOwned ? null : 'owner';
    const isOfSame = newest?.epoch === publication.epoch;
    if (isOfSame && publication.seq < newest.seq) return;
    const isTold = (stale === null) === (watched.stale === null);
    if (isOfSame && publication.seq === newest.seq && isTold) {
      watched.stale = stale;
      return;
    }
    watched.newest = publication;
    watched.fence = blob.fence;
    watched.stale = stale;
    this.own(market, blob.fence);
    this.#onState([stale === null ? publication : markStale(publication)]);
  }

  #mark(market: MarketId, belowFence: number, reason: 'owner' | 'doubt'): void {
    const marked: Publication[] = [];
    for (const watched of this.#watched.values()) {
      const { newest, stale, fence } = watched;
      if (watched.market !== market || newest === null || fence >= belowFence) continue;
      if (reason === 'doubt' || stale === null) watched.stale = reason;
      if (stale === null) marked.push(markStale(newest));
    }
    if (marked.length > 0) this.#onState(marked);
  }

  /** A last value that was read before its lease was seen. */
  #believe(market: MarketId, leaseFence: number): void {
    const believed: Publication[] = [];
    for (const watched of this.#watched.values()) {
      const { newest, stale, fence } = watched;
      if (watched.market !== market || newest === null) continue;
      if (stale !== 'owner' || fence !== leaseFence) continue;
      watched.stale = null;
      believed.push(newest);
    }
    if (believed.length > 0) this.#onState(believed);
  }

  #decode(bytes: Uint8Array) {
    if (bytes.length > scaleOutLimits.maxValueBytes) return null;
    try {
      return decodePublications(bytes);
    } catch (error) {
      if (error instanceof DamagedBytesError) return null;
      throw error;
    }
  }
}

export function marketsOf(channels: Iterable<ChannelId>): ReadonlySet<MarketId> {
  const markets = new Set<MarketId>();
  for (const channel of channels) {
    const market = marketOfChannel(channel);
    if (market !== null) markets.add(market);
  }
  return markets;
}
