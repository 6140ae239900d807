import { DamagedBytesError } from '../../../shared/bytes.ts';
import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { MarketId } from '../../../shared/market.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type { FeedLoss, Publication } from '../hub/marketFeed.ts';
import { marketOfChannel } from './channelEpochs.ts';
import { decodePublications } from './publicationCodec.ts';
import type { EventEntry } from './redisPort.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';

export interface TailListener {
  onEvents(publications: readonly Publication[]): void;
  onLost(loss: FeedLoss): void;
  /** Another process publishes this market from here on. */
  onOwner(market: MarketId, fence: number): void;
  /** Somebody here has it at this moment. */
  isWanted(channel: ChannelId): boolean;
}

interface HeardChannel {
  epoch: string;
  seq: number;
}

/**
 * Follows the log of events by numbers of its own: those of the log, and each channel's. Whatever is missing between two of
 * them (trimmed, dropped, not to be read, another owner) is told before what comes after it; what comes twice goes once.
 */
export class EventTail {
  readonly #listener: TailListener;
  readonly #fences = new Map<MarketId, number>();
  readonly #heard = new Map<ChannelId, HeardChannel>();
  #run: string | null = null;
  #next: number | null = null;
  #unreadable = 0;
  #ready: Publication[] = [];

  constructor(listener: TailListener) {
    this.#listener = listener;
  }

  /** Entries, or markets in them, that could not be read. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** Null before the first entry. */
  get run(): string | null {
    return this.#run;
  }

  /** Of the newest owner that the log told of; 0: none yet. */
  fenceOf(market: MarketId): number {
    return this.#fences.get(market) ?? 0;
  }

  take(entries: readonly EventEntry[]): void {
    for (const entry of entries) this.#entry(entry);
    this.#flush();
  }

  #entry(entry: EventEntry): void {
    if (entry.run === '') {
      // Its numbers are not known: the hole that it leaves shows at the next one.
      this.#unreadable += 1;
      return;
    }
    this.#follow(entry);
    let n = entry.firstEvent;
    let gap = entry.firstGap;
    for (const { market, bytes } of entry.markets) {
      const blob = this.#decode(market, bytes);
      if (blob === null) {
        // How many it held is not known either, so that no later number of this entry is.
        this.#next = null;
        this.#lose({ channels: null, reason: 'upstream', missing: null });
        return;
      }
      this.#own(market, blob.fence);
      for (const publication of blob.publications) {
        const position = { log: entry.run, n };
        n += 1;
        if (publication.value.kind === 'gaps') {
          this.#ready.push({ ...publication, epoch: entry.run, seq: gap, position });
          gap += 1;
        } else if (this.#isNext(publication)) this.#ready.push({ ...publication, position });
      }
      for (const channel of blob.ended) this.#end(channel);
    }
    this.#next = n;
  }

  /** The log's own numbers. */
  #follow({ run, firstEvent }: EventEntry): void {
    const isOther = this.#run !== null && (run !== this.#run || firstEvent < (this.#next ?? 0));
    if (isOther) {
      this.#heard.clear();
      this.#fences.clear();
      const position = { log: run, n: firstEvent - 1 };
      this.#lose({ channels: null, reason: 'epoch', missing: null, position });
    } else if (this.#next !== null && firstEvent > this.#next) {
      this.#heard.clear();
      this.#lose({ channels: null, reason: 'upstream', missing: firstEvent - this.#next });
    }
    this.#run = run;
  }

  #decode(market: MarketId, bytes: Uint8Array) {
    if (bytes.length > scaleOutLimits.maxEntryBytes) {
      this.#unreadable += 1;
      return null;
    }
    try {
      const blob = decodePublications(bytes);
      const isOurs = blob.publications.every(
        ({ type, channel, value }) =>
          type === 'event' &&
          (value.kind === 'gaps'
            ? parseInstrumentId(value.gap.instrument)?.market === market
            : marketOfChannel(channel) === market),
      );
      const areEndsOurs = blob.ended.every((channel) => marketOfChannel(channel) === market);
      if (isOurs && areEndsOurs) return blob;
    } catch (error) {
      if (!(error instanceof DamagedBytesError)) throw error;
    }
    this.#unreadable += 1;
    return null;
  }

  /** One marked gap for all channels of a market that goes to another process. */
  #own(market: MarketId, fence: number): void {
    const known = this.fenceOf(market);
    if (fence === known) return;
    this.#fences.set(market, fence);
    const moved = [...this.#heard.keys()].filter((channel) => marketOfChannel(channel) === market);
    for (const channel of moved) this.#heard.delete(channel);
    if (known !== 0 && moved.length > 0) {
      this.#lose({ channels: moved, reason: 'epoch', missing: null });
    }
    this.#flush();
    this.#listener.onOwner(market, fence);
  }

  /** Whoever wants it from here on has missed nothing; who still has it, or comes back to it, has. */
  #end(channel: ChannelId): void {
    if (!this.#heard.delete(channel)) return;
    const isOld = !this.#listener.isWanted(channel);
    this.#lose({ channels: [channel], reason: 'epoch', missing: null, isOld });
  }

  /** The channel's own numbers. */
  #isNext({ channel, epoch, seq }: Publication): boolean {
    const heard = this.#heard.get(channel);
    if (heard === undefined) {
      this.#heard.set(channel, { epoch, seq });
      return true;
    }
    if (heard.epoch !== epoch) {
      this.#lose({ channels: [channel], reason: 'epoch', missing: null });
    } else if (seq <= heard.seq) {
      return false;
    } else if (seq > heard.seq + 1) {
      this.#lose({ channels: [channel], reason: 'upstream', missing: seq - heard.seq - 1 });
    }
    heard.epoch = epoch;
    heard.seq = seq;
    return true;
  }

  #lose(loss: FeedLoss): void {
    this.#flush();
    this.#listener.onLost(loss);
  }

  #flush(): void {
    if (this.#ready.length === 0) return;
    const ready = this.#ready;
    this.#ready = [];
    this.#listener.onEvents(ready);
  }
}
