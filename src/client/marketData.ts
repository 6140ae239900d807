import type {
  ResyncMessage,
  StatusMessage,
  UpdatesMessage,
  WireStatus,
  WireUpdate,
} from '../shared/gateway/wire.ts';
import type { EpochMs } from '../shared/market.ts';
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
/** Once it has: so long new events may still overtake those that were missed. */
const overtakeMs = 250;

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
  /** It is where this first connection began: there is nothing before it to go on from. */
  private isBeginning = false;
  /** The stream was asked to go on from the end of a snapshot. */
  private beganBehindSnapshot = false;
  /** Why nothing comes to the gateway itself; null: as far as is known it does. */
  private lostNote: string | null = null;
  /** Why nothing comes here; null: there is a connection, or there was none yet. */
  private goneNote: string | null = null;
  private cancelResume: (() => void) | null = null;
  private isResumeAnswered = false;

  constructor(options: MarketDataOptions) {
    this.options = options;
  }

  /** Where a stream has to go on; null: it begins. */
  get cursor(): string | null {
    return this.isBeginning ? null : this.position;
  }

  /** Of the source a gateway may know as little here as we do: the first value says it. */
  welcome(cursor: string): void {
    this.goneNote = null;
    if (this.position !== null) return;
    this.position = cursor;
    this.isBeginning = true;
  }

  beginResume(): void {
    this.goneNote = null;
    if (this.cursor === null) return;
    this.sequences.beginResume();
    this.isResumeAnswered = false;
    this.endResumeIn(resumeMs);
  }

  /** From now on a hole is no longer one that is just being filled. */
  resumeAnswered(): void {
    this.isBeginning = false;
    if (this.cancelResume === null) return;
    this.isResumeAnswered = true;
    this.endResumeIn(overtakeMs);
  }

  /** All that was missed has come, or will not. */
  endResume(): void {
    this.cancelResume?.();
    this.cancelResume = null;
    this.isResumeAnswered = false;
    const ready: WireUpdate[] = [];
    for (const taken of this.sequences.endResume()) this.collect(taken, ready, null);
    if (ready.length > 0) this.options.onUpdates(ready, 'stream');
  }

  apply({ updates, cursor, time }: UpdatesMessage): void {
    const ready: WireUpdate[] = [];
    if (updates.some(isFresh)) this.lostNote = null;
    for (const update of updates) {
      if (this.options.isWanted(update.channel)) this.take(update, time, ready);
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
      if (this.position === null) this.beganBehindSnapshot = true;
      this.position ??= cursor;
      this.sequences.begin(last);
    }
    if (ready.length > 0) this.options.onUpdates(ready, 'snapshot');
  }

  resync({ reason, channels, missing, to, time }: ResyncMessage): void {
    this.resyncs += 1;
    this.position = to;
    this.sequences.beginAnew(channels);
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
    this.isBeginning = false;
    this.lostNote = null;
    this.goneNote = note;
    this.mark('stale', note);
  }

  setSource(source: DataSource): void {
    if (this.source !== null && this.source !== source) {
      this.cache.clear();
      this.sequences.forget(null);
    }
    this.source = source;
  }

  /** What was left out of it so far is no loss. */
  beginAnew(channel: string): void {
    this.sequences.beginAnew([channel]);
  }

  forget(channel: string): void {
    this.cache.forget(channel);
    this.sequences.forget([channel]);
  }

  validity(channel: string, isConnected: boolean): ChannelValidity {
    const held = this.cache.get(channel);
    const isKnown = this.cache.has(channel);
    const isFlowing = isConnected && this.lostNote === null;
    const status = statusOf(held, isFlowing, isKnown);
    const lossNote = isKnown ? (this.goneNote ?? this.lostNote) : this.lostNote;
    return {
      status,
      note: held !== null && 'note' in held ? (held.note ?? null) : lossNote,
      ageMs: this.cache.ageMs(channel, this.options.clock.monotonicMs()),
      isWhole: this.cache.isWhole(channel),
    };
  }

  private endResumeIn(delayMs: number): void {
    this.cancelResume?.();
    this.cancelResume = this.options.clock.after(delayMs, () => this.endResume());
  }

  private take(update: WireUpdate, time: EpochMs, ready: WireUpdate[]): void {
    if (saysSource(update) && this.source !== update.source) this.setSource(update.source);
    if (!isEventUpdate(update)) {
      this.store(update, 'stream', ready, time);
      return;
    }
    const { channel } = update;
    const isAwaited = this.sequences.isHolding(channel);
    const taken = this.sequences.take(update, this.options.isFiltered(channel));
    this.collect(taken, ready, time);
    // What was missed is still on its way: a slow link takes its time for much of it.
    if (isAwaited && this.isResumeAnswered && taken.ready.length > 0) this.endResumeIn(overtakeMs);
  }

  private takeSnapshot(update: WireUpdate, ready: WireUpdate[]): void {
    if (saysSource(update)) {
      if (this.source !== null && this.source !== update.source) return;
      this.source = update.source;
    }
    this.store(update, 'snapshot', ready, update.time);
  }

  private collect(
    { ready: events, hole, isDuplicate }: Taken,
    ready: WireUpdate[],
    time: EpochMs | null,
  ): void {
    if (isDuplicate) this.duplicates += 1;
    if (hole?.isBehindSnapshot === true && !this.beganBehindSnapshot) {
      // The stream began elsewhere than the snapshot ended: none is lost, they are two beginnings, and one is enough.
      this.cache.forget(hole.channel);
    } else if (hole !== null) {
      const { channel, reason, firstSeq, lastSeq } = hole;
      const missing = firstSeq === null || lastSeq === null ? null : lastSeq - firstSeq + 1;
      const timestamp = this.options.clock.wallMs();
      this.tellGap({ reason, channels: [channel], firstSeq, lastSeq, missing, timestamp });
    }
    for (const event of events) this.store(event, 'stream', ready, time ?? event.time);
  }

  private store(
    update: WireUpdate,
    origin: UpdateOrigin,
    ready: WireUpdate[],
    time: EpochMs,
  ): void {
    const nowMs = this.options.clock.monotonicMs();
    const stored = this.cache.apply(update, { origin, time, nowMs });
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

/** Where there is no value, nobody has looked where it would come from. */
function saysSource(update: WireUpdate): boolean {
  return !('status' in update && update.status === 'none');
}

function statusOf(held: WireUpdate | null, isFlowing: boolean, isKnown: boolean): WireStatus {
  if (held !== null && held.type !== 'health_update' && 'status' in held) return held.status;
  if (!isKnown) return 'none';
  // Events have no status of their own: they are as good as the way on which the next one comes.
  return isFlowing ? 'live' : 'stale';
}
