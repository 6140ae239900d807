import { randomBytes } from 'node:crypto';
import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import { channelId, readChannelWords } from '../../../shared/gateway/channelIds.ts';
import type { ClientState } from '../../../shared/gateway/clientsReport.ts';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import type { SubscribeRequest } from '../../../shared/gateway/requests.ts';
import type {
  ResyncMessage,
  ResyncReason,
  SubscribedMessage,
  UnsubscribedMessage,
  WelcomeMessage,
} from '../../../shared/gateway/wire.ts';
import type { Principal } from '../accounts/access.ts';
import type {
  ClientOptions,
  ClientSession,
  ClientView,
  ResumeResult,
  TransportName,
} from './clientContract.ts';
import type { ClientHub } from './clientHub.ts';
import type { EventReceiver } from './eventSender.ts';
import { EventSender } from './eventSender.ts';
import { readChannels } from './readChannels.ts';
import type { SharedRecord } from './shapes.ts';
import { createShape } from './shapes.ts';
import type { LogEntry } from './eventLog.ts';
import type { FeedLoss } from './marketFeed.ts';
import type { LaneOwner, SubscriptionOwner } from './subscription.ts';
import { Lane, Subscription } from './subscription.ts';
import { TokenBucket } from './tokenBucket.ts';
import { resyncText } from './resyncText.ts';
import { Unread } from './unread.ts';

const recordsPerMessage = 64;
const expiringMs = 60_000;
/** One that comes back may ask for its channels in several requests: those of this time belong to its cursor as well. */
const comeBackMs = 1_000;

/** One client: its subscriptions, its pace, and how much of what it was sent it has taken. */
export class HubClient implements ClientSession, EventReceiver, SubscriptionOwner, LaneOwner {
  readonly id = randomBytes(9).toString('base64url');
  readonly transport: TransportName;
  readonly address: string;
  readonly openedMs: number;
  private readonly options: ClientOptions;
  private readonly hub: ClientHub;
  private readonly subscriptions = new Map<ChannelId, Subscription>();
  private readonly laneByInterval = new Map<number, Lane>();
  private readonly messages: TokenBucket;
  private readonly subscribes: TokenBucket;
  private readonly events: EventSender;
  private readonly unread: Unread;
  isStalled = false;
  /** It asked to resume before it had channels. */
  private cursorForLater: string | null = null;
  private cameBack: { readonly cursor: string; readonly untilMs: number } | null = null;
  /** The newest cursor that it was sent. */
  private toldPlace = 0;
  private toldMs: number;
  private owner: Principal;
  private isReading = true;
  private isOpen = true;
  private isExpiryTold = false;
  private recordsSent = 0;
  private conflated = 0;

  constructor(options: ClientOptions, hub: ClientHub) {
    this.options = options;
    this.hub = hub;
    this.transport = options.transport;
    this.address = options.address;
    this.owner = options.principal;
    this.openedMs = hub.clock.monotonicMs();
    this.toldMs = this.openedMs;
    this.messages = new TokenBucket(hub.limits.messageBucket, this.openedMs);
    this.subscribes = new TokenBucket(hub.limits.subscribeBucket, this.openedMs);
    this.unread = new Unread(options.sink, hub.limits);
    this.events = new EventSender(this, hub, this.subscriptions);
  }

  get principal(): Principal {
    return this.owner;
  }

  get cursor(): string {
    return this.hub.log.cursor(this.events.place);
  }

  get channels(): ReadonlySet<ChannelId> {
    return new Set(this.subscriptions.keys());
  }

  /** It takes nothing now: state is conflated, and events wait in the log. */
  get isBlocked(): boolean {
    return !this.isOpen || !this.isReading || this.unread.isMuch;
  }

  private get state(): ClientState {
    if (this.unread.isMuch || this.isStalled) return 'slow';
    return this.isReading ? 'reading' : 'waiting';
  }

  view(nowMs: number): ClientView {
    const { id, transport, address, recordsSent, conflated, state } = this;
    const quickestMs = Math.min(...this.laneByInterval.keys());
    return {
      ...{ id, transport, user: this.owner.user, address, state },
      connectedMs: nowMs - this.openedMs,
      channels: [...this.subscriptions.keys()],
      ratePerSec: quickestMs === Infinity ? null : 1_000 / quickestMs,
      ...{ recordsSent, conflated, unreadBytes: this.options.sink.bufferedBytes() },
    };
  }

  welcome(): WelcomeMessage {
    const { hub, owner } = this;
    return {
      ...{ type: 'welcome', protocol: 1, version: hub.version, client: this.id },
      ...{ source: hub.source, time: hub.time(), cursor: this.cursor },
      heartbeatMs: hub.limits.heartbeatMs,
      retentionMs: hub.limits.retentionMs,
      ...{ user: owner.user, expiresTime: owner.expiresTime },
    };
  }

  subscribe(
    request: SubscribeRequest,
    confirm?: (answer: SubscribedMessage) => void,
  ): SubscribedMessage {
    const { hub } = this;
    const held = new Set(this.subscriptions.keys());
    const { accepted, rejected } = readChannels(request.channels, request.fields, held, hub);
    const rate = request.rate ?? hub.limits.defaultRatePerSec;
    const lane = this.laneOf(1_000 / Math.min(rate, hub.limits.maxRatePerSec));
    const shape = createShape(request.fields, request.depth);
    for (const id of this.isOpen ? accepted : []) {
      const subscription = this.subscriptions.get(id) ?? this.join(id, shape, lane);
      subscription.lane.dirty.delete(subscription);
      subscription.shape = shape;
      subscription.lane = lane;
      subscription.filters = request.filters ?? null;
      if (subscription.board.state !== null) subscription.onState(true);
    }
    this.dropIdleLanes();
    // One that comes meanwhile has not heard it when it happened.
    if (held.size === 0 && hub.lostNote !== null) hub.tell(this, 'feed-lost', hub.lostNote);
    const answer: SubscribedMessage = {
      ...{ type: 'subscribed', id: request.id ?? null, accepted, rejected },
      ...{ channels: this.subscriptions.size, time: hub.time() },
    };
    confirm?.(answer);
    if (accepted.some((id) => !held.has(id))) this.resumeLate();
    return answer;
  }

  unsubscribe(channels: readonly string[], id: string | null): UnsubscribedMessage {
    // Once each, whatever the request repeats.
    const removed = [...new Set([...new Set(channels)].flatMap((text) => this.named(text)))];
    for (const channel of removed) {
      const subscription = this.subscriptions.get(channel);
      if (subscription !== undefined) this.leave(subscription);
    }
    this.dropIdleLanes();
    const time = this.hub.time();
    return { type: 'unsubscribed', id, removed, channels: this.subscriptions.size, time };
  }

  resume(cursor: string): ResumeResult {
    if (this.subscriptions.size === 0) {
      // Its channels come behind: without them there is nothing to look for.
      this.cursorForLater = cursor;
      return { type: 'resumed', events: 0 };
    }
    const found = this.events.resume(cursor);
    if (found.type === 'outside') {
      return { type: 'resync', message: this.resync(found.reason, null, cursor, found.missing) };
    }
    this.cameBack = { cursor, untilMs: this.hub.clock.monotonicMs() + comeBackMs };
    this.hub.tally.resumed += 1;
    return { type: 'resumed', events: found.events };
  }

  renew(principal: Principal): GatewayError | null {
    if (principal.user !== this.owner.user) {
      const message = 'This connection belongs to another user. Open a new one.';
      return { code: 'FORBIDDEN', message };
    }
    this.owner = principal;
    this.isExpiryTold = false;
    return null;
  }

  spend(kind: 'message' | 'subscribe'): GatewayError | null {
    const nowMs = this.hub.clock.monotonicMs();
    if (kind === 'message') return this.refusesAnswers() ?? this.messages.take('messages', nowMs);
    return this.subscribes.take('subscriptions', nowMs);
  }

  /** Who asks and does not read the answers is looked at as one that does not read its data. */
  private refusesAnswers(): GatewayError | null {
    if (!this.isOpen || !this.unread.isMuch) return null;
    if (!this.isStalled) this.hub.stall(this);
    if (!this.unread.isFull) return null;
    return this.evict('You ask and do not read the answers. Read them, then ask for more.');
  }

  private evict(message: string): GatewayError {
    const error: GatewayError = { code: 'SLOW_CONSUMER', message };
    this.hub.tally.evicted += 1;
    this.end(error);
    return error;
  }

  setReading(isReading: boolean): void {
    if (this.isReading === isReading) return;
    this.isReading = isReading;
    if (isReading) this.goOn();
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const subscription of this.subscriptions.values()) this.leave(subscription);
    this.laneByInterval.clear();
    this.hub.left(this);
  }

  end(error: GatewayError): void {
    if (!this.isOpen) return;
    this.close();
    this.options.sink.end(error);
  }

  sendMessage(message: Parameters<ClientOptions['sink']['sendMessage']>[0]): void {
    if (this.isOpen) this.options.sink.sendMessage(message);
  }

  /** `isNews`: what has just happened, in contrast to what is told again or late. */
  sendRecords(records: readonly SharedRecord[], isNews: boolean): void {
    const { hub } = this;
    this.toldPlace = this.events.place;
    this.toldMs = hub.clock.monotonicMs();
    this.options.sink.sendUpdates({ time: hub.time(), cursor: this.cursor, records });
    this.recordsSent += records.length;
    hub.countSent(records, isNews);
  }

  noteState(subscription: Subscription, wasDirty: boolean): void {
    const { lane } = subscription;
    lane.dirty.add(subscription);
    if (wasDirty) {
      this.hub.tally.conflated += 1;
      this.conflated += 1;
    }
    lane.hasNews = true;
    if (this.isStalled) return;
    const dueMs = subscription.isUrgent ? this.hub.clock.monotonicMs() : lane.nextMs;
    this.hub.pacer.schedule(lane, dueMs);
  }

  noteEvent(subscription: Subscription, entry: LogEntry): void {
    if (this.events.isBehind) this.unread.missed(subscription.size);
    else this.events.add(subscription, entry);
  }

  flushEvents(place: number): void {
    this.events.flush(place);
  }

  /** Of the lane: what has changed, at most once in its interval; what is urgent at once. */
  sendState(lane: Lane, nowMs: number): void {
    if (!this.isOpen) return;
    if (this.isBlocked) {
      if (this.isReading) this.hub.stall(this);
      return;
    }
    const isDue = nowMs >= lane.nextMs;
    let records: SharedRecord[] = [];
    let isNews = true;
    for (const subscription of lane.dirty) {
      if (!isDue && !subscription.isUrgent) continue;
      const record = this.takeState(subscription, nowMs);
      if (record === null) continue;
      if (subscription.isUrgent) isNews = false;
      subscription.isUrgent = false;
      records.push(record);
      if (records.length < recordsPerMessage) continue;
      this.sendRecords(records, isNews);
      records = [];
      if (this.isBlocked) break;
    }
    if (records.length > 0) this.sendRecords(records, isNews);
    if (isDue) lane.nextMs = nowMs + lane.intervalMs;
    if (lane.dirty.size > 0) this.hub.pacer.schedule(lane, lane.nextMs);
  }

  private resumeLate(): void {
    if (this.subscriptions.size === 0) return;
    const { cursorForLater, cameBack } = this;
    if (cursorForLater !== null) {
      this.cursorForLater = null;
      this.resume(cursorForLater);
    } else if (cameBack !== null && this.hub.clock.monotonicMs() <= cameBack.untilMs) {
      // What it has had of its other channels does not come again.
      const found = this.events.resume(cameBack.cursor);
      if (found.type === 'outside') this.resync(found.reason, null, cameBack.cursor, found.missing);
    }
  }

  private takeState(subscription: Subscription, nowMs: number): SharedRecord | null {
    subscription.lane.dirty.delete(subscription);
    subscription.isDirty = false;
    const record = this.hub.stateRecord(subscription.board, subscription.shape, nowMs);
    if (record !== null) subscription.size = record.size;
    return record;
  }

  look(nowMs: number): boolean {
    if (!this.isOpen || !this.isReading) return true;
    if (!this.unread.isMuch) {
      this.goOn();
      return !this.events.isBehind && !this.unread.isMuch;
    }
    for (const lane of this.laneByInterval.values()) this.countMissed(lane, nowMs);
    if (!this.unread.isTooMuch(nowMs)) return false;
    const message = `You did not read for ${Math.round(this.hub.limits.evictMs / 1_000)} s. Connect again with your cursor; ask for fewer channels or a lower rate if it happens again.`;
    this.evict(message);
    return true;
  }

  keepCursor(nowMs: number): void {
    if (nowMs - this.toldMs < this.hub.limits.retentionMs / 4) return;
    const isQuiet = this.subscriptions.size === 0 || this.events.place === this.toldPlace;
    if (isQuiet || this.isBlocked) return;
    this.sendRecords([], false);
  }

  checkAccess(wallMs: number): void {
    const { expiresTime } = this.owner;
    if (expiresTime === null) return;
    if (wallMs >= expiresTime) {
      const message = 'The token has expired. Ask for a new one, then connect again.';
      this.end({ code: 'TOKEN_EXPIRED', message });
      return;
    }
    if (this.isExpiryTold || wallMs < expiresTime - expiringMs) return;
    this.isExpiryTold = true;
    const seconds = Math.max(1, Math.round((expiresTime - wallMs) / 1_000));
    this.hub.tell(
      this,
      'expiring',
      `The token expires in ${seconds} s. Authenticate with a new one.`,
    );
  }

  /** Events are missing, and it is told so once; the present state follows. `channels` null: all that it has. */
  resync(
    reason: ResyncReason,
    channels: readonly ChannelId[] | null,
    from: string | null,
    missing: number | null,
  ): ResyncMessage {
    const { hub } = this;
    this.cameBack = null;
    this.events.goToHead();
    const message: ResyncMessage = {
      ...{ type: 'resync', reason, channels, from, to: this.cursor, missing },
      ...{ time: hub.time(), message: resyncText[reason] },
    };
    hub.tally.resyncs += 1;
    this.sendMessage(message);
    for (const subscription of this.subscriptions.values()) {
      if (channels !== null && !channels.includes(subscription.board.id)) continue;
      if (subscription.board.state !== null) subscription.onState(true);
    }
    return message;
  }

  onLogBegun(place: number): void {
    this.events.begin();
    for (const subscription of this.subscriptions.values()) {
      subscription.from = place;
      subscription.forgetSent();
    }
  }

  onLost({ reason, channels, missing, isOld = false }: FeedLoss): void {
    const isOwn = (id: ChannelId): boolean => {
      const subscription = this.subscriptions.get(id);
      return subscription !== undefined && (!isOld || subscription.hasPast);
    };
    const own = channels?.filter(isOwn) ?? null;
    if (this.subscriptions.size === 0 || own?.length === 0 || this.events.isBehind) return;
    this.resync(reason, own, null, missing);
  }

  /** What it would have been sent at its rate. */
  private countMissed(lane: Lane, nowMs: number): void {
    if (!lane.hasNews || nowMs < lane.nextMs) return;
    lane.hasNews = false;
    lane.nextMs = nowMs + lane.intervalMs;
    for (const { size } of lane.dirty) this.unread.missed(size);
  }

  private goOn(): void {
    this.isStalled = false;
    this.unread.reset();
    this.events.catchUp();
    const nowMs = this.hub.clock.monotonicMs();
    for (const lane of this.laneByInterval.values()) {
      if (lane.dirty.size > 0) this.hub.pacer.schedule(lane, Math.max(nowMs, lane.nextMs));
    }
  }

  private join(id: ChannelId, shape: Subscription['shape'], lane: Lane): Subscription {
    const board = this.hub.join(id);
    const subscription = new Subscription(this, board, { shape, lane, from: this.hub.log.head });
    board.readers.add(subscription);
    this.subscriptions.set(id, subscription);
    return subscription;
  }

  private leave(subscription: Subscription): void {
    this.subscriptions.delete(subscription.board.id);
    subscription.lane.dirty.delete(subscription);
    subscription.board.readers.delete(subscription);
    this.hub.release(subscription.board);
  }

  private laneOf(intervalMs: number): Lane {
    const held = this.laneByInterval.get(intervalMs);
    if (held !== undefined) return held;
    const lane = new Lane(this, intervalMs);
    this.laneByInterval.set(intervalMs, lane);
    return lane;
  }

  private dropIdleLanes(): void {
    const used = new Set([...this.subscriptions.values()].map(({ lane }) => lane));
    for (const [intervalMs, lane] of this.laneByInterval) {
      if (!used.has(lane)) this.laneByInterval.delete(intervalMs);
    }
  }

  /** Its channels that the text means, in whatever spelling. */
  private named(text: string): readonly ChannelId[] {
    if (this.subscriptions.has(text)) return [text];
    const words = readChannelWords(text);
    if (words === null) return [];
    if (words.symbol === '*') {
      const { kind, venue } = words;
      const tail = channelId({ ...words, market: '' }).slice(kind.length + 1);
      return [...this.subscriptions.keys()].filter(
        (id) =>
          id.startsWith(`${kind}.`) && id.endsWith(tail) && (venue !== null || !id.includes('@')),
      );
    }
    const resolved = this.hub.resolve(words.symbol);
    if (!resolved.ok) return [];
    const id = channelId({ ...words, market: resolved.market });
    return this.subscriptions.has(id) ? [id] : [];
  }
}
