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
  isStale: boolean;
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
        this.#hear(channel, bytes),
      );
      const { market } = parsed;
      this.#watched.set(channel, {
        market,
        unlisten,
        fence: 0,
        newest: null,
        isStale: false,
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
        if (bytes !== null && !wasHeard) this.#hear(channel, bytes);
      }
    }
  }

  /** Who publishes each market now, as the leases say it. */
  look(leases: ReadonlyMap<MarketId, Lease | null>): void {
    for (const [market, lease] of leases) {
      if (lease === null) this.#markStale(market, Infinity);
      else this.own(market, lease.fence);
    }
  }

  own(market: MarketId, fence: number): void {
    if (fence <= (this.#fences.get(market) ?? 0)) return;
    this.#fences.set(market, fence);
    this.#markStale(market, fence);
  }

  /** Everything held is of another time: what is not heard again stays stale. */
  doubtAll(): void {
    for (const market of this.markets()) this.#markStale(market, Infinity);
  }

  close(): void {
    for (const { unlisten } of this.#watched.values()) unlisten();
    this.#watched.clear();
  }

  #hear(channel: ChannelId, bytes: Uint8Array): void {
    const watched = this.#watched.get(channel);
    if (watched === undefined) return;
    const blob = this.#decode(bytes);
    const publication = blob?.publications[0];
    if (blob === null || publication?.type !== 'state' || publication.channel !== channel) {
      this.#unreadable += 1;
      return;
    }
    watched.heard += 1;
    if (blob.fence < (this.#fences.get(watched.market) ?? 0)) return;
    const { newest, isStale } = watched;
    const isOlder = newest?.epoch === publication.epoch && publication.seq < newest.seq;
    const isSame = newest?.epoch === publication.epoch && publication.seq === newest.seq;
    if (isOlder || (isSame && !isStale)) return;
    watched.newest = publication;
    watched.fence = blob.fence;
    watched.isStale = false;
    this.own(watched.market, blob.fence);
    this.#onState([publication]);
  }

  #markStale(market: MarketId, belowFence: number): void {
    const marked: Publication[] = [];
    for (const watched of this.#watched.values()) {
      const { newest, isStale, fence } = watched;
      if (watched.market !== market || newest === null || isStale || fence >= belowFence) continue;
      watched.isStale = true;
      marked.push(markStale(newest));
    }
    if (marked.length > 0) this.#onState(marked);
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
