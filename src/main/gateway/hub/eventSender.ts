import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { ResyncReason } from '../../../shared/gateway/wire.ts';
import type { ClientHub, HubMember } from './clientHub.ts';
import type { LogEntry } from './eventLog.ts';
import type { SharedRecord } from './shapes.ts';
import type { Subscription } from './subscription.ts';

const chunk = 256;
/** Then others have their turn: what is left follows in a moment. */
const maxChunks = 8;
const countedEvents = chunk * maxChunks;

export interface EventReceiver extends HubMember {
  readonly isBlocked: boolean;
  sendRecords(records: readonly SharedRecord[], isNews: boolean): void;
  /** Calls `goToHead`. */
  resync(reason: ResyncReason, channels: null, from: string | null, missing: number | null): void;
}

type Resumed =
  | { readonly type: 'inside'; readonly events: number }
  | { readonly type: 'outside'; readonly reason: ResyncReason; readonly missing: number | null };

/**
 * Events of one client, in order and each once. One that keeps up is told those of each turn; one that does not stands at a
 * place in the log, and goes on from there when it reads.
 */
export class EventSender {
  private readonly client: EventReceiver;
  private readonly hub: ClientHub;
  private readonly subscriptions: ReadonlyMap<ChannelId, Subscription>;
  private turn: SharedRecord[] = [];
  /** Null: it has all up to the hub's own place. */
  private behind: number | null = null;
  /** It has events that have not come to this gateway yet. */
  private ahead = 0;

  constructor(
    client: EventReceiver,
    hub: ClientHub,
    subscriptions: ReadonlyMap<ChannelId, Subscription>,
  ) {
    this.client = client;
    this.hub = hub;
    this.subscriptions = subscriptions;
  }

  get isBehind(): boolean {
    return this.behind !== null;
  }

  get place(): number {
    return this.behind ?? Math.max(this.hub.flushedPlace, this.ahead);
  }

  add(subscription: Subscription, { publication, heardMs }: LogEntry): void {
    const record = this.hub.eventRecord(publication, subscription.shape, heardMs);
    if (this.turn.length === 0) this.hub.touch(this.client);
    this.turn.push(record);
  }

  /** The turn began behind `place`; the hub's own is behind its last event by now. */
  flush(place: number): void {
    const records = this.turn;
    if (records.length === 0) return;
    this.turn = [];
    if (records.length <= chunk && !this.client.isBlocked) {
      this.client.sendRecords(records, true);
      return;
    }
    this.behind = Math.max(place, this.ahead);
    this.catchUp();
  }

  /** Places of another log than before. */
  begin(): void {
    this.goToHead();
    this.ahead = 0;
  }

  goToHead(): void {
    this.behind = null;
    this.turn = [];
  }

  /** Sends what waits in the log until it has all, does not read, or has had much. */
  catchUp(): void {
    for (let chunks = 0; chunks < maxChunks; chunks += 1) {
      if (this.behind === null || this.client.isBlocked) break;
      const { log, flushedPlace } = this.hub;
      const loss = log.lossSince(this.subscriptions.keys(), this.behind);
      if (this.behind < log.floor || (loss !== null && loss.n <= flushedPlace)) {
        const from = log.cursor(this.behind);
        this.client.resync(loss?.reason ?? 'slow', null, from, loss?.missing ?? null);
        return;
      }
      const entries = log.between(this.subscriptions.keys(), this.behind, flushedPlace, chunk);
      const records = this.recordsOf(entries);
      const last = entries.length < chunk ? undefined : entries.at(-1);
      this.behind = last?.n ?? null;
      if (records.length > 0) this.client.sendRecords(records, false);
    }
    if (this.behind !== null) this.hub.stall(this.client);
  }

  resume(cursor: string): Resumed {
    const { hub } = this;
    hub.flush();
    const place = hub.log.place(cursor);
    if (place.type === 'outside') return { ...place, missing: null };
    const loss = hub.log.lossSince(this.subscriptions.keys(), place.n);
    if (loss !== null) return { type: 'outside', reason: loss.reason, missing: loss.missing };
    const reached = this.place;
    for (const subscription of this.subscriptions.values())
      this.rewind(subscription, place.n, reached);
    this.ahead = Math.max(this.ahead, place.n);
    if (place.n >= hub.flushedPlace) return { type: 'inside', events: 0 };
    this.behind = place.n;
    const events = this.countMissed(place.n);
    this.catchUp();
    return { type: 'inside', events };
  }

  /** Exact where it is little; of much, those of its channels, whatever it filters. */
  private countMissed(n: number): number {
    const { log, flushedPlace } = this.hub;
    const channels = [...this.subscriptions.keys()];
    const all = log.count(channels, n, flushedPlace);
    if (all > countedEvents) return all;
    const entries = log.between(channels, n, flushedPlace, all);
    return entries.filter((entry) => this.subscriptionFor(entry) !== null).length;
  }

  /** A poll that asks again with an earlier cursor has not had the answer: it gets it again. Others never get one twice. */
  private rewind(subscription: Subscription, n: number, reached: number): void {
    subscription.hasPast = true;
    if (this.client.transport === 'poll') {
      subscription.from = n;
      return;
    }
    const { from } = subscription;
    if (reached > from) subscription.noteSent({ after: from, until: reached });
    if (n < from || n > reached) subscription.from = n;
  }

  private recordsOf(entries: readonly LogEntry[]): readonly SharedRecord[] {
    return entries.flatMap((entry) => {
      const subscription = this.subscriptionFor(entry);
      if (subscription === null) return [];
      return [this.hub.eventRecord(entry.publication, subscription.shape, entry.heardMs)];
    });
  }

  private subscriptionFor(entry: LogEntry): Subscription | null {
    const subscription = this.subscriptions.get(entry.publication.channel);
    return subscription?.isFor(entry) === true ? subscription : null;
  }
}
