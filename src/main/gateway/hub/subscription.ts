import type { ChannelFilters } from '../../../shared/gateway/requests.ts';
import type { LogEntry } from './eventLog.ts';
import type { Paced } from './pacer.ts';
import type { BoardChannel, ChannelReader } from './stateBoard.ts';
import type { Shape } from './shapes.ts';
import { passesFilters } from './shapes.ts';

/** What a subscription needs of its client. */
export interface SubscriptionOwner {
  /** State of the subscription is to be told. */
  noteState(subscription: Subscription, wasDirty: boolean): void;
  noteEvent(subscription: Subscription, entry: LogEntry): void;
}

interface SentSpan {
  readonly after: number;
  readonly until: number;
}

/** One channel of one client, and what of it the client has not been told. */
export class Subscription implements ChannelReader {
  readonly board: BoardChannel;
  private readonly owner: SubscriptionOwner;
  shape: Shape;
  filters: ChannelFilters | null = null;
  lane: Lane;
  /** Events up to this place are not for it, or have been sent. */
  from: number;
  /** Events between these places have been sent before those that it missed. */
  private sent: readonly SentSpan[] = [];
  /** Its client came back with a cursor: what was before it came is of its concern. */
  hasPast = false;
  isDirty = false;
  isUrgent = false;
  /** Of the newest record that went out. */
  size = 240;

  constructor(
    owner: SubscriptionOwner,
    board: BoardChannel,
    place: { readonly shape: Shape; readonly lane: Lane; readonly from: number },
  ) {
    this.owner = owner;
    this.board = board;
    this.shape = place.shape;
    this.lane = place.lane;
    this.from = place.from;
  }

  onState(isUrgent: boolean): void {
    const wasDirty = this.isDirty;
    this.isDirty = true;
    if (isUrgent) this.isUrgent = true;
    this.owner.noteState(this, wasDirty);
  }

  onEvent(entry: LogEntry): void {
    if (this.isFor(entry)) this.owner.noteEvent(this, entry);
  }

  /** It goes back behind what it has had. */
  noteSent(span: SentSpan): void {
    const apart = this.sent.filter(({ after, until }) => until < span.after || after > span.until);
    const joined = [span, ...this.sent.filter((other) => !apart.includes(other))];
    const after = Math.min(...joined.map((each) => each.after));
    const until = Math.max(...joined.map((each) => each.until));
    this.sent = [...apart, { after, until }];
  }

  forgetSent(): void {
    this.sent = [];
  }

  isFor({ n, publication }: LogEntry): boolean {
    if (n <= this.from || publication.isPast === true) return false;
    if (this.sent.some(({ after, until }) => n > after && n <= until)) return false;
    return this.filters === null || passesFilters(publication, this.filters);
  }
}

export interface LaneOwner {
  sendState(lane: Lane, nowMs: number): void;
}

/** State of one client at one rate: sent together. */
export class Lane implements Paced {
  readonly intervalMs: number;
  readonly dirty = new Set<Subscription>();
  dueMs = Infinity;
  /** Something has changed since it was looked at. */
  hasNews = false;
  /** Not before this, but for what is urgent. */
  nextMs = -Infinity;
  private readonly owner: LaneOwner;

  constructor(owner: LaneOwner, intervalMs: number) {
    this.owner = owner;
    this.intervalMs = intervalMs;
  }

  fire(nowMs: number): void {
    this.owner.sendState(this, nowMs);
  }
}
