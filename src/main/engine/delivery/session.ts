import { assertNever } from '../../../shared/assert.ts';
import type {
  BridgeTransport,
  Command,
  CommandResult,
  HostEvent,
  HostMessage,
  PageMessage,
  TopicName,
  TopicRequest,
} from '../../../shared/bridge.ts';
import type { GapRecord } from '../../../shared/feedHealth.ts';
import type { MarketId } from '../../../shared/market.ts';
import { topics } from '../../../shared/topics.ts';
import type { CandleUpdate, TradeValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { CoreListener, DirtyKind } from '../coreView.ts';
import { BatchSender } from './batchSender.ts';
import type { BatchSent } from './batchSender.ts';
import type { DeliveryClock } from './deliveryClock.ts';
import type { EventQueueLimits, QueuedEvent } from './eventQueue.ts';
import { EventQueue, eventQueueLimits } from './eventQueue.ts';
import type { DeliverySource, HostView } from './deliverySource.ts';
import { parsePageMessage, refusal } from './pageMessage.ts';
import type { Subscription } from './subscription.ts';
import { SubscriptionSet } from './subscription.ts';

/** What the page measured of one batch, beside what the host knows of it. */
export interface PaintedSample {
  readonly sequence: number;
  /** From the first change that the batch carries until it left. */
  readonly heldMs: number;
  /** From leaving until its acknowledgement arrived. */
  readonly acknowledgedMs: number;
  /** Page clock since the message event. */
  readonly appliedMs: number;
  readonly paintedMs: number;
}

export interface DeliveryProbe {
  sent(sample: BatchSent): void;
  painted(sample: PaintedSample): void;
}

export interface SessionCounters {
  readonly batches: number;
  readonly bytes: number;
  readonly inFlight: number;
  readonly queuedEvents: number;
  readonly tradesDropped: number;
  readonly refusedMessages: number;
  readonly failedValues: number;
  readonly subscriptions: number;
  readonly visible: boolean;
}

export interface SessionOptions {
  readonly transport: BridgeTransport;
  readonly source: DeliverySource;
  readonly host: HostView;
  readonly hello: HostEvent & { readonly type: 'hello' };
  readonly clock: DeliveryClock;
  readonly runCommand: (command: Command) => Promise<CommandResult<unknown>>;
  /** The requests of the window changed, also to none when it closed. */
  readonly onRequests: (requests: readonly TopicRequest[]) => void;
  readonly onClosed: () => void;
  /** For the log: a value that could not be sent, a message that was refused. */
  readonly report: (text: string) => void;
  readonly probe?: DeliveryProbe;
  readonly limits?: EventQueueLimits;
}

const spacingMs = 1000 / 60;
const beatMs = 250;
/** The page takes two seconds without a word as a lost host. */
const heartbeatMs = 1000;
const baseCredit = 2;
const maxCredit = 8;
const maxReportedRefusals = 10;
/** A page that takes nothing while it asks on is let go. */
const maxBufferedBytes = 16 * 1024 * 1024;
const maxRunningCommands = 64;

interface SentBatch {
  readonly sequence: number;
  readonly sentMs: number;
  readonly heldMs: number;
}

/**
 * One window: takes notes of what changed for its topics and reads the values when it may send. Two batches at most are
 * on their way; until the page has painted one, changes conflate. A hidden window gets nothing.
 */
export class WindowSession {
  readonly #options: SessionOptions;
  readonly #clock: DeliveryClock;
  readonly #transport: BridgeTransport;
  readonly #subscriptions = new SubscriptionSet();
  readonly #events: EventQueue;
  readonly #sender: BatchSender;
  readonly #listener: CoreListener;
  readonly #inFlight: SentBatch[] = [];
  #source: DeliverySource;
  #unlisten: () => void;
  /** Each at most once (`listed`), in the order of their first change. */
  #changed: Subscription[] = [];
  #pageVisible = true;
  #hostVisible = true;
  #closed = false;
  #cancelSend: (() => void) | null = null;
  #cancelBeat: (() => void) | null = null;
  #dueMs = Number.NEGATIVE_INFINITY;
  #sentMs = Number.NEGATIVE_INFINITY;
  #firstChangeMs: number | null = null;
  #runningCommands = 0;
  #batches = 0;
  #bytes = 0;
  #tradesDropped = 0;
  #refusedMessages = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#transport = options.transport;
    this.#source = options.source;
    this.#sender = new BatchSender(options.host, options.clock, options.report);
    this.#events = new EventQueue(options.limits ?? eventQueueLimits, (event) =>
      this.#eventDropped(event),
    );
    this.#listener = {
      onTrade: (market, trade) => this.#onTrade(market, trade),
      onClosedCandle: (update) => this.#onClosedCandle(update),
      onGap: (gap) => this.#onGap(gap),
      onDirty: (kind, market, venue) => this.#onDirty(kind, market, venue),
    };
    this.#unlisten = options.source.view.listen(this.#listener);
    this.#transport.onClose(() => this.#end());
    this.sendEvent(options.hello);
    this.#transport.onMessage((bytes) => this.#onMessage(bytes));
    this.#scheduleBeat();
  }

  get counters(): SessionCounters {
    return {
      batches: this.#batches,
      bytes: this.#bytes,
      inFlight: this.#inFlight.length,
      queuedEvents: this.#events.length,
      tradesDropped: this.#tradesDropped,
      refusedMessages: this.#refusedMessages,
      failedValues: this.#sender.failedValues,
      subscriptions: this.#subscriptions.size,
      visible: this.#visible,
    };
  }

  get requests(): readonly TopicRequest[] {
    return this.#subscriptions.requests();
  }

  sendEvent(event: HostEvent): void {
    this.#post({ type: 'event', event });
  }

  /** What the host contributes itself has changed; `status` is also read several times a second. */
  hostChanged(topic: 'status' | 'links'): void {
    if (!this.#visible) return;
    for (const subscription of this.#subscriptions.of(topic)) this.#note(subscription);
  }

  /** The desktop's hide, minimise and show, beside what the page says itself. */
  setHostVisible(visible: boolean): void {
    this.#changeVisibility(this.#pageVisible, visible);
  }

  /** A new engine took over: nothing of the old one leaves after the event that says so. */
  switchSource(source: DeliverySource): void {
    if (this.#closed) return;
    this.#unlisten();
    this.#source = source;
    this.#unlisten = source.view.listen(this.#listener);
    this.#forget();
    this.sendEvent({ type: 'sourceChanged', source: source.source });
    this.#refreshAll();
  }

  close(reason: string): void {
    if (this.#closed) return;
    this.sendEvent({ type: 'goodbye', reason });
    this.#end();
    this.#transport.close();
  }

  get #visible(): boolean {
    return this.#pageVisible && this.#hostVisible && !this.#closed;
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unlisten();
    this.#stopTimers();
    this.#forget();
    this.#subscriptions.replace([]);
    this.#options.onRequests([]);
    this.#options.onClosed();
  }

  #onTrade(market: MarketId, value: TradeValue): void {
    if (!this.#visible) return;
    for (const subscription of this.#subscriptions.of('trades', market)) {
      if (!subscription.fresh) this.#events.push({ type: 'trade', subscription, value });
      this.#wake();
    }
  }

  #onClosedCandle(value: CandleUpdate): void {
    if (!this.#visible) return;
    for (const subscription of this.#subscriptions.of('candle', value.market)) {
      const { request } = subscription;
      const isSame =
        request.topic === 'candle' &&
        request.venue === value.venue &&
        request.interval === value.interval;
      if (!isSame || subscription.fresh) continue;
      this.#events.push({ type: 'candle', subscription, value });
      this.#wake();
    }
  }

  #onGap(value: GapRecord): void {
    if (!this.#visible) return;
    for (const subscription of this.#subscriptions.of('gaps')) {
      if (subscription.fresh) continue;
      this.#events.push({ type: 'gap', subscription, value });
      this.#wake();
    }
  }

  #onDirty(kind: DirtyKind, market: MarketId, venue: VenueId | null): void {
    if (!this.#visible) return;
    for (const subscription of this.#subscriptions.of(kind, market)) {
      if (!isConcerned(subscription.request, venue)) continue;
      subscription.noteVenue(venue);
      this.#note(subscription);
    }
  }

  /** A lost trade is counted for the tape; lost candles and gap records start their topic over. */
  #eventDropped(event: QueuedEvent): void {
    const { subscription } = event;
    if (!subscription.active) return;
    if (event.type === 'trade') {
      subscription.dropped++;
      this.#tradesDropped++;
    } else {
      subscription.refresh();
    }
    this.#note(subscription);
  }

  #note(subscription: Subscription): void {
    if (!subscription.listed) {
      subscription.listed = true;
      this.#changed.push(subscription);
    }
    this.#wake();
  }

  /** Sends as soon as a credit is free and the last batch is a frame old; without credit the next ack wakes again. */
  #wake(): void {
    if (this.#cancelSend !== null || !this.#visible) return;
    const now = this.#clock.monotonicMs();
    this.#firstChangeMs ??= now;
    if (this.#inFlight.length >= this.#credit()) return;
    const delayMs = Math.max(0, Math.ceil(this.#dueMs - now));
    this.#cancelSend = this.#clock.after(delayMs, () => {
      this.#cancelSend = null;
      this.#send(false);
    });
  }

  #credit(): number {
    const roundTripMs = this.#transport.roundTripMs?.() ?? 0;
    return Math.min(maxCredit, baseCredit + Math.floor(roundTripMs / 16));
  }

  #send(heartbeat: boolean): void {
    if (!this.#visible || this.#inFlight.length >= this.#credit()) return;
    const now = this.#clock.monotonicMs();
    if (now < this.#dueMs) {
      if (!heartbeat) this.#wake();
      return;
    }
    const batch = this.#sender.next(this.#source, this.#events, this.#changed, heartbeat);
    if (batch === null) return;
    this.#changed = batch.left;
    const heldMs = this.#firstChangeMs === null ? 0 : now - this.#firstChangeMs;
    this.#firstChangeMs = null;
    this.#sentMs = now;
    // A late timer may be made up for by one millisecond, so that the rate stays at 60 a second and no higher.
    this.#dueMs = Math.max(this.#dueMs + spacingMs, now + spacingMs - 1);
    this.#inFlight.push({ sequence: batch.sent.sequence, sentMs: now, heldMs });
    this.#batches++;
    this.#bytes += batch.bytes.length;
    this.#transport.send(batch.bytes);
    this.#options.probe?.sent(batch.sent);
    if (this.#hasMore()) this.#wake();
  }

  #hasMore(): boolean {
    return this.#changed.length > 0 || this.#events.length > 0 || this.#sender.hasParts;
  }

  /** Reads sampled topics, and says at least once a second that the host is there. */
  #scheduleBeat(): void {
    if (this.#cancelBeat !== null || !this.#visible) return;
    this.#cancelBeat = this.#clock.after(beatMs, () => {
      this.#cancelBeat = null;
      this.#scheduleBeat();
      this.#beat();
    });
  }

  #beat(): void {
    const now = this.#clock.monotonicMs();
    for (const topic of sampledTopics) {
      for (const subscription of this.#subscriptions.of(topic)) {
        // A beat may come a little early; it must not wait for the next one then.
        const dueMs = subscription.sampledAtMs + (topics[topic].sampledMs ?? 0) - beatMs / 2;
        if (now < dueMs) continue;
        subscription.sampledAtMs = now;
        this.#note(subscription);
      }
    }
    if (now - this.#sentMs >= heartbeatMs) this.#send(true);
  }

  #changeVisibility(page: boolean, host: boolean): void {
    const was = this.#visible;
    this.#pageVisible = page;
    this.#hostVisible = host;
    if (was === this.#visible) return;
    if (was) {
      this.#stopTimers();
      this.#forget();
    } else {
      this.#scheduleBeat();
      this.#refreshAll();
    }
  }

  #stopTimers(): void {
    this.#cancelSend?.();
    this.#cancelSend = null;
    this.#cancelBeat?.();
    this.#cancelBeat = null;
  }

  #forget(): void {
    this.#events.clear();
    for (const subscription of this.#changed) subscription.listed = false;
    this.#changed = [];
    this.#sender.forgetParts();
    this.#firstChangeMs = null;
  }

  #refreshAll(): void {
    if (!this.#visible) return;
    for (const subscription of this.#subscriptions.all()) {
      subscription.refresh();
      this.#note(subscription);
    }
  }

  #onMessage(bytes: Uint8Array): void {
    if (this.#closed) return;
    const parsed = parsePageMessage(bytes);
    if (parsed.message !== null) {
      this.#onPageMessage(parsed.message);
      return;
    }
    this.#refuse(parsed.reason);
    const { commandId } = parsed;
    if (commandId !== null) {
      this.#answer(commandId, refusal('invalid-command', 'The command is not valid.'));
    }
  }

  /** Counted each time; a page gone wild does not fill the log. */
  #refuse(reason: string): void {
    this.#refusedMessages++;
    if (this.#refusedMessages > maxReportedRefusals) return;
    this.#options.report(`refused a message of the page: ${reason}`);
  }

  #onPageMessage(message: PageMessage): void {
    switch (message.type) {
      case 'subscribe': {
        const added = this.#subscriptions.replace(message.topics);
        if (this.#visible) for (const subscription of added) this.#note(subscription);
        this.#options.onRequests(this.#subscriptions.requests());
        break;
      }
      case 'command':
        this.#runCommand(message.id, message.command);
        break;
      case 'ack':
        this.#onAck(message.sequence, message.appliedMs, message.paintedMs);
        break;
      case 'visibility':
        this.#changeVisibility(message.visible, this.#hostVisible);
        break;
      default:
        assertNever(message);
    }
  }

  /** Acknowledges everything up to `sequence`: the page answers once per frame. */
  #onAck(sequence: number, appliedMs: number, paintedMs: number): void {
    let last: SentBatch | null = null;
    while ((this.#inFlight[0]?.sequence ?? Number.POSITIVE_INFINITY) <= sequence) {
      last = this.#inFlight.shift() ?? null;
    }
    if (last === null || last.sequence !== sequence) {
      this.#refuse(`acknowledgement of batch ${sequence}`);
    }
    if (last === null) return;
    const acknowledgedMs = this.#clock.monotonicMs() - last.sentMs;
    const { heldMs } = last;
    this.#options.probe?.painted({ sequence, heldMs, acknowledgedMs, appliedMs, paintedMs });
    if (this.#hasMore()) this.#wake();
  }

  #runCommand(id: number, command: Command): void {
    if (this.#runningCommands >= maxRunningCommands) {
      const text = 'Too many commands at once; try again in a moment.';
      this.#answer(id, refusal('not-available', text));
      return;
    }
    this.#runningCommands++;
    this.#options.runCommand(command).then(
      (result) => {
        this.#runningCommands--;
        this.#answer(id, result);
      },
      (error: unknown) => {
        this.#runningCommands--;
        this.#options.report(`command ${command.type} failed: ${String(error)}`);
        this.#answer(id, refusal('internal', 'The command failed; the log says why.'));
      },
    );
  }

  #answer(id: number, result: CommandResult<unknown>): void {
    this.#post({ type: 'answer', id, result });
  }

  #post(message: HostMessage): void {
    if (this.#closed) return;
    if (this.#transport.bufferedBytes() > maxBufferedBytes) {
      this.#end();
      this.#transport.close();
      return;
    }
    this.#transport.send(new TextEncoder().encode(JSON.stringify(message)));
  }
}

const sampledTopics: readonly TopicName[] = Object.values(topics)
  .filter((kind) => kind.sampledMs !== null)
  .map((kind) => kind.name);

function isConcerned(request: TopicRequest, venue: VenueId | null): boolean {
  if (request.topic !== 'book' && request.topic !== 'candle') return true;
  return request.venue === null || request.venue === venue;
}
