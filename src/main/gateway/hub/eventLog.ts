import { randomBytes } from 'node:crypto';
import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { ResyncReason } from '../../../shared/gateway/wire.ts';
import type { LogPosition, Publication } from './marketFeed.ts';

export interface LogEntry {
  /** Rises with every event of the log. */
  readonly n: number;
  readonly heardMs: number;
  readonly publication: Publication;
}

/** Events may be missing before the place `n`, which only the loss has. */
export interface LogLoss {
  readonly n: number;
  readonly reason: ResyncReason;
  readonly missing: number | null;
}

export type LogPlace =
  /** May be ahead of what has come here, in a log that several gateways share. */
  | { readonly type: 'inside'; readonly n: number }
  | { readonly type: 'outside'; readonly reason: ResyncReason };

export interface EventLogOptions {
  readonly retentionMs: number;
  readonly retentionEvents: number;
}

/** The last events of a channel are kept for snapshots however old they are. */
const keptPerChannel = 100;
/** Of a channel in one snapshot: of a busy one more are there, as long as they are kept for those who come back. */
const mostLast = 500;
const keptLosses = 1_000;

interface ChannelEvents {
  entries: LogEntry[];
  /** How many of them are older than what is kept. */
  expired: number;
}

/** All events of all channels in one order, bounded by count and time: what a client that comes back has missed. */
export class EventLog {
  private readonly options: EventLogOptions;
  /** Of the log whose places the cursors name: our own until a feed brings that of all gateways. */
  private name = randomBytes(5).toString('hex');
  private isShared = false;
  private entries: LogEntry[] = [];
  private first = 0;
  private readonly byChannel = new Map<ChannelId, ChannelEvents>();
  private readonly lossByChannel = new Map<ChannelId, LogLoss>();
  private lossOfAll: LogLoss | null = null;
  private newest = 0;
  private oldestKnown = 0;

  constructor(options: EventLogOptions) {
    this.options = options;
  }

  /** The place of the newest event. */
  get head(): number {
    return this.newest;
  }

  /** Events behind this place are all there. */
  get floor(): number {
    return this.oldestKnown;
  }

  get held(): number {
    return this.entries.length - this.first;
  }

  /** It belongs to another log than those before, or to one that has begun anew: no place of before means anything in it. */
  isOther({ position }: Publication): boolean {
    if (position === undefined) return false;
    return position.log !== this.name || position.n <= Math.floor(this.newest);
  }

  append(publication: Publication, heardMs: number): LogEntry {
    const { position } = publication;
    if (position !== undefined && this.isOther(publication)) this.begin(position.log, position.n);
    const n = position?.n ?? this.newest + 1;
    const entry: LogEntry = { n, heardMs, publication };
    this.newest = n;
    this.entries.push(entry);
    const own = this.byChannel.get(publication.channel);
    if (own === undefined)
      this.byChannel.set(publication.channel, { entries: [entry], expired: 0 });
    else own.entries.push(entry);
    this.trim(heardMs);
    return entry;
  }

  /** Another log, of which nothing has come yet. */
  beginBehind({ log, n }: LogPosition): void {
    this.begin(log, n + 1);
    this.newest = n;
  }

  /** Null: of all channels. */
  noteLoss(channels: readonly ChannelId[] | null, loss: Omit<LogLoss, 'n'>): void {
    this.newest = this.isShared ? betweenEntries(this.newest) : this.newest + 1;
    const noted = { ...loss, n: this.newest };
    if (channels === null) {
      this.lossOfAll = noted;
      this.lossByChannel.clear();
      this.byChannel.clear();
      return;
    }
    for (const channel of channels) {
      this.lossByChannel.delete(channel);
      this.lossByChannel.set(channel, noted);
      this.byChannel.delete(channel);
    }
    this.boundLosses();
  }

  /** The newest loss behind `n` in these channels; null: none. */
  lossSince(channels: Iterable<ChannelId>, n: number): LogLoss | null {
    let found = this.lossOfAll !== null && this.lossOfAll.n > n ? this.lossOfAll : null;
    for (const channel of channels) {
      const loss = this.lossByChannel.get(channel);
      if (loss !== undefined && loss.n > n && loss.n >= (found?.n ?? 0)) found = loss;
    }
    return found;
  }

  trim(nowMs: number): void {
    const { retentionMs, retentionEvents } = this.options;
    for (;;) {
      const oldest = this.entries[this.first];
      if (oldest === undefined) break;
      if (this.held <= retentionEvents && nowMs - oldest.heardMs <= retentionMs) break;
      this.oldestKnown = oldest.n;
      this.expire(oldest);
      this.first += 1;
    }
    if (this.first < 1024 || this.first * 2 < this.entries.length) return;
    this.entries = this.entries.slice(this.first);
    this.first = 0;
  }

  cursor(n: number = this.newest): string {
    return `${this.name}.${n}`;
  }

  place(cursor: string): LogPlace {
    const [, name, digits] = /^([\w:-]{1,80})\.(\d{1,15}(?:\.\d{1,3})?)$/.exec(cursor) ?? [];
    const n = Number(digits);
    if (name !== this.name || (n > this.newest && !this.isShared)) {
      return { type: 'outside', reason: 'epoch' };
    }
    return n < this.oldestKnown ? { type: 'outside', reason: 'retention' } : { type: 'inside', n };
  }

  /** Events of these channels behind `n` and up to `until`, in order, at most `limit`. */
  between(channels: Iterable<ChannelId>, n: number, until: number, limit: number): LogEntry[] {
    const ids = new Set(channels);
    // Sorting what is far more than is asked for would cost more than looking at each event of all channels.
    if (this.count(ids, n, until) > limit * 4) return this.walk(ids, n, until, limit);
    const found: LogEntry[] = [];
    for (const channel of ids) {
      const entries = this.byChannel.get(channel)?.entries ?? [];
      const start = firstBehind(entries, n);
      for (const entry of entries.slice(start, start + limit)) {
        if (entry.n > until) break;
        found.push(entry);
      }
    }
    found.sort((left, right) => left.n - right.n);
    return found.length > limit ? found.slice(0, limit) : found;
  }

  private walk(
    channels: ReadonlySet<ChannelId>,
    n: number,
    until: number,
    limit: number,
  ): LogEntry[] {
    const found: LogEntry[] = [];
    const start = Math.max(this.first, firstBehind(this.entries, n));
    for (let at = start; at < this.entries.length && found.length < limit; at += 1) {
      const entry = this.entries[at];
      if (entry === undefined || entry.n > until) break;
      if (channels.has(entry.publication.channel)) found.push(entry);
    }
    return found;
  }

  count(channels: Iterable<ChannelId>, n: number, until: number): number {
    let count = 0;
    for (const channel of channels) {
      const entries = this.byChannel.get(channel)?.entries ?? [];
      count += firstBehind(entries, until) - firstBehind(entries, n);
    }
    return count;
  }

  /** The newest ones of a channel, oldest first. */
  lastOf(channel: ChannelId): readonly LogEntry[] {
    return this.byChannel.get(channel)?.entries.slice(-mostLast) ?? [];
  }

  /** A log that several gateways share takes the place of the one before. */
  private begin(name: string, n: number): void {
    this.name = name;
    this.isShared = true;
    this.entries = [];
    this.first = 0;
    this.byChannel.clear();
    this.lossByChannel.clear();
    this.lossOfAll = null;
    this.oldestKnown = n - 1;
  }

  private expire(entry: LogEntry): void {
    const { publication } = entry;
    const own = this.byChannel.get(publication.channel);
    // One from before a loss is not in the list any more.
    if (own === undefined || own.entries[own.expired] !== entry) return;
    own.expired += 1;
    const spare = Math.min(own.expired, own.entries.length - keptPerChannel);
    // In pieces: what is left would be moved with every event.
    if (spare < Math.max(64, own.entries.length >> 2)) return;
    own.entries = own.entries.slice(spare);
    own.expired -= spare;
  }

  /** Who asks beyond the ones that are known is told of a loss rather than of none. */
  private boundLosses(): void {
    for (const [channel, loss] of this.lossByChannel) {
      if (this.lossByChannel.size <= keptLosses) return;
      this.lossByChannel.delete(channel);
      if (loss.n > (this.lossOfAll?.n ?? -1)) this.lossOfAll = loss;
    }
  }
}

/** Numbers of a shared log are its own: what happened here alone stands between two of them. */
function betweenEntries(n: number): number {
  return Number.isInteger(n) ? n + 0.5 : Math.round((n + 0.001) * 1_000) / 1_000;
}

function firstBehind(entries: readonly LogEntry[], n: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.n ?? 0) <= n) low = middle + 1;
    else high = middle;
  }
  return low;
}
