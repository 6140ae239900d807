import type {
  ResyncMessage,
  StatusMessage,
  UpdatesMessage,
  WireStatus,
  WireUpdate,
} from '../shared/gateway/wire.ts';
import type { DataSource } from '../shared/values.ts';
import type { ClientClock } from './clientClock.ts';
import type { ChannelValidity, ClientGap } from './clientContract.ts';
import type { Taken } from './eventSequences.ts';
import { EventSequences } from './eventSequences.ts';
import type { UpdateOrigin } from './marketCache.ts';
import { MarketCache } from './marketCache.ts';
import type { ChannelSnapshot } from './snapshots.ts';
import { isEventUpdate } from './wireKinds.ts';

export interface MarketDataOptions {
  readonly clock: ClientClock;
  readonly isWanted: (channel: string) => boolean;
  readonly isFiltered: (channel: string) => boolean;
  readonly onGap: (gap: ClientGap) => void;
  /** After the caches have them. */
  readonly onUpdates: (updates: readonly WireUpdate[], origin: UpdateOrigin | 'mark') => void;
}

/** A resumed stream that never says so is taken as it came. */
const resumeMs = 5_000;

/** What the client knows of the markets, how far it can be believed, and where its stream of events stands. */
export class MarketData {
  readonly cache = new MarketCache();
  duplicates = 0;
  gaps = 0;
  resyncs = 0;
  source: DataSource | null = null;
  private readonly sequences = new EventSequences();
  private readonly options: MarketDataOptions;
  private position: string | null = null;
  /** Why nothing comes to the gateway itself; null: as far as is known it does. */
  private lostNote: string | null = null;
  private cancelResume: (() => void) | null = null;

  constructor(options: MarketDataOptions) {
    this.options = options;
  }

  /** Where a stream has to go on; null: it begins. */
  get cursor(): string | null {
    return this.position;
  }

  welcome(source: DataSource, cursor: string): void {
    this.setSource(source);
    this.position ??= cursor;
  }

  beginResume(): void {
    this.cancelResume?.();
    if (this.position === null) return;
    this.sequences.beginResume();
    this.cancelResume = this.options.clock.after(resumeMs, () => this.endResume());
  }

  /** All that was missed has come, or will not. */
  endResume(): void {
    this.cancelResume?.();
    this.cancelResume = null;
    const ready: WireUpdate[] = [];
    for (const taken of this.sequences.endResume()) this.collect(taken, ready);
    if (ready.length > 0) this.options.onUpdates(ready, 'stream');
  }

  apply({ updates, cursor }: UpdatesMessage): void {
    const ready: WireUpdate[] = [];
    if (updates.some(isFresh)) this.lostNote = null;
    for (const update of updates) {
      if (this.options.isWanted(update.channel)) this.take(update, ready);
    }
    this.position = cursor;
    if (ready.length > 0) this.options.onUpdates(ready, 'stream');
  }

  applySnapshot({ updates, cursor }: ChannelSnapshot): void {
    const ready: WireUpdate[] = [];
    const isNew = updates.every(({ channel }) => !this.cache.has(channel));
    for (const update of updates) {
      if (!this.options.isWanted(update.channel)) continue;
      if (isEventUpdate(update) && !isNew) continue;
      this.takeSnapshot(update, ready);
    }
    const last = ready.findLast(isEventUpdate);
    if (last !== undefined) {
      // The stream goes on from here: between the two nothing is missed.
      this.position ??= cursor;
      this.sequences.begin(last);
    }
    if (ready.length > 0) this.options.onUpdates(ready, 'snapshot');
  }

  resync({ reason, channels, missing, to, time }: ResyncMessage): void {
    this.resyncs += 1;
    this.position = to;
    this.sequences.forget(channels);
    this.tellGap({ reason, channels, firstSeq: null, lastSeq: null, missing, timestamp: time });
    this.mark('resyncing', 'What was missed is being read anew.', channels);
    this.endResume();
  }

  /** Nothing that is held may look live any more. */
  mark(status: WireStatus, note: string, channels: readonly string[] | null = null): void {
    const changed = this.cache.mark(status, note, channels);
    if (changed.length > 0) this.options.onUpdates(changed, 'mark');
  }

  /** What the gateway says of its own way to the data. */
  follow({ status, source, message }: StatusMessage): void {
    if (status === 'source-changed') this.setSource(source);
    if (status === 'feed-back') this.lostNote = null;
    if (status === 'resumed') this.endResume();
    if (status !== 'feed-lost') return;
    this.lostNote = message;
    this.mark('stale', message);
  }

  connectionGone(note: string): void {
    this.lostNote = null;
    this.mark('stale', note);
  }

  setSource(source: DataSource): void {
    if (this.source !== null && this.source !== source) {
      this.cache.clear();
      this.sequences.forget(null);
    }
    this.source = source;
  }

  forget(channel: string): void {
    this.cache.forget(channel);
    this.sequences.forget([channel]);
  }

  validity(channel: string, isConnected: boolean): ChannelValidity {
    const held = this.cache.get(channel);
    const isWhole = this.cache.isWhole(channel);
    const { lostNote } = this;
    const status = statusOf(held, isConnected && lostNote === null, this.cache.has(channel));
    const note = held !== null && 'note' in held ? (held.note ?? null) : lostNote;
    const sinceMs = this.cache.sinceMs(channel, this.options.clock.monotonicMs());
    const ageMs = held !== null && 'ageMs' in held ? held.ageMs : 0;
    return {
      status,
      note,
      ageMs: sinceMs === null || ageMs === null ? null : ageMs + sinceMs,
      isWhole,
    };
  }

  private take(update: WireUpdate, ready: WireUpdate[]): void {
    if (this.source !== update.source) this.setSource(update.source);
    if (isEventUpdate(update)) {
      this.collect(this.sequences.take(update, this.options.isFiltered(update.channel)), ready);
    } else this.store(update, 'stream', ready);
  }

  private takeSnapshot(update: WireUpdate, ready: WireUpdate[]): void {
    if (this.source !== null && this.source !== update.source) return;
    this.source = update.source;
    this.store(update, 'snapshot', ready);
  }

  private collect({ ready: events, hole, isDuplicate }: Taken, ready: WireUpdate[]): void {
    if (isDuplicate) this.duplicates += 1;
    if (hole !== null) {
      const { channel, reason, firstSeq, lastSeq } = hole;
      const missing = firstSeq === null || lastSeq === null ? null : lastSeq - firstSeq + 1;
      const timestamp = this.options.clock.wallMs();
      this.tellGap({ reason, channels: [channel], firstSeq, lastSeq, missing, timestamp });
    }
    for (const event of events) this.store(event, 'stream', ready);
  }

  private store(update: WireUpdate, origin: UpdateOrigin, ready: WireUpdate[]): void {
    const stored = this.cache.apply(update, origin, this.options.clock.monotonicMs());
    if (stored === null) this.duplicates += 1;
    else ready.push(stored);
  }

  private tellGap(gap: ClientGap): void {
    this.gaps += 1;
    this.cache.markBroken(gap.channels);
    this.options.onGap(gap);
  }
}

/** Present, and believed by the gateway: what is replayed of before says nothing of the way to the data. */
function isFresh(update: WireUpdate): boolean {
  return 'ageMs' in update && (update.status === 'live' || update.status === 'quiet');
}

function statusOf(held: WireUpdate | null, isFlowing: boolean, isKnown: boolean): WireStatus {
  if (held !== null && held.type !== 'health_update' && 'status' in held) return held.status;
  if (!isKnown) return 'none';
  // Events have no status of their own: they are as good as the way on which the next one comes.
  return isFlowing ? 'live' : 'stale';
}
