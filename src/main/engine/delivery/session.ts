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
import { topics } from '../../../shared/topics.ts';
import { systemRandom } from '../ports/random.ts';
import { BatchSender } from './batchSender.ts';
import type { BatchSent } from './batchSender.ts';
import { CommandRunner } from './commandRunner.ts';
import type { DeliveryClock } from './deliveryClock.ts';
import type { EventQueueLimits } from './eventQueue.ts';
import { eventQueueLimits } from './eventQueue.ts';
import type { DeliverySource, HostView } from './deliverySource.ts';
import { parsePageMessage, refusal } from './pageMessage.ts';
import { SendWindow } from './sendWindow.ts';
import { PendingChanges } from './pendingChanges.ts';
import { WindowTraces } from './windowTraces.ts';

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

/** What the host contributes and says itself when it has changed. */
export type HostTopic = 'status' | 'links' | 'recordings' | 'exports' | 'marks';

const beatMs = 250;
/** The page takes 1.2 s without a word as a lost host: two of these, and the lateness of a busy one. */
const heartbeatMs = 500;
const maxReportedRefusals = 10;
/** A page that takes nothing while it asks on is let go. */
const maxBufferedBytes = 16 * 1024 * 1024;
/**
 * One window: takes notes of what changed for its topics and reads the values when it may send. Two batches at most are
 * on their way; until the page has painted one, changes conflate. A hidden window gets nothing.
 */
export class WindowSession {
  readonly #options: SessionOptions;
  readonly #clock: DeliveryClock;
  readonly #transport: BridgeTransport;
  readonly #pending: PendingChanges;
  readonly #sender: BatchSender;
  readonly #window: SendWindow;
  readonly #traces: WindowTraces;
  readonly #commands: CommandRunner;
  #source: DeliverySource;
  #unlisten: () => void;
  #pageVisible = true;
  #hostVisible = true;
  #closed = false;
  #cancelListen: () => void;
  #cancelSend: (() => void) | null = null;
  #cancelBeat: (() => void) | null = null;
  #firstChangeMs: number | null = null;
  #batches = 0;
  #bytes = 0;
  #refusedMessages = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#transport = options.transport;
    this.#source = options.source;
    this.#sender = new BatchSender(options.host, options.clock, options.report);
    this.#traces = new WindowTraces(options.source.traces ?? null, systemRandom);
    this.#pending = new PendingChanges(options.limits ?? eventQueueLimits, () => {
      this.#traces.note();
      this.#wake();
    });
    this.#unlisten = options.source.view.listen(this.#pending);
    this.#window = new SendWindow(() => this.#transport.roundTripMs?.() ?? null);
    this.#commands = new CommandRunner({
      run: options.runCommand,
      answer: (id, result) => this.#post({ type: 'answer', id, result }),
      report: options.report,
    });
    this.sendEvent(options.hello);
    this.#scheduleBeat();
    // Not before the owner has this session in hand: a transport tells at once what it kept, its close included.
    this.#cancelListen = this.#clock.after(0, () => {
      this.#transport.onClose(() => this.#end());
      this.#transport.onMessage((bytes) => this.#onMessage(bytes));
    });
  }

  get counters(): SessionCounters {
    return {
      batches: this.#batches,
      bytes: this.#bytes,
      inFlight: this.#window.inFlight,
      queuedEvents: this.#pending.events.length,
      tradesDropped: this.#pending.tradesDropped,
      refusedMessages: this.#refusedMessages,
      failedValues: this.#sender.failedValues,
      subscriptions: this.#pending.subscriptions.size,
      visible: this.#visible,
    };
  }

  get requests(): readonly TopicRequest[] {
    return this.#pending.subscriptions.requests();
  }

  sendEvent(event: HostEvent): void {
    this.#post({ type: 'event', event });
  }

  /** What the host contributes itself has changed; `status` is also read several times a second. */
  hostChanged(topic: HostTopic): void {
    this.#pending.noteTopic(topic);
  }

  /** The desktop's hide, minimise and show, beside what the page says itself. */
  setHostVisible(visible: boolean): void {
    this.#changeVisibility(this.#pageVisible, visible);
  }

  /** A new engine took over: nothing of the old one leaves after the event that says so. */
  switchSource(source: DeliverySource): void {
    if (this.#closed) return;
    this.#listenTo(source);
    this.sendEvent({ type: 'sourceChanged', source: source.source });
    this.#startOver();
  }

  /** The same source jumped to another moment: the next batch takes back all that is shown, and brings what is now. */
  restart(): void {
    if (this.#closed) return;
    this.#listenTo(this.#source);
    this.#sender.takeBack();
    this.#startOver();
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
    this.#cancelListen();
    this.#stopTimers();
    this.#pending.setOpen(false);
    this.#pending.want([]);
    this.#options.onRequests([]);
    this.#options.onClosed();
  }

  /** Sends as soon as a credit is free and the last batch is a frame old; without credit the next ack wakes again. */
  #wake(): void {
    if (this.#cancelSend !== null || !this.#visible) return;
    const now = this.#clock.monotonicMs();
    this.#firstChangeMs ??= now;
    if (!this.#window.hasCredit) return;
    this.#cancelSend = this.#clock.after(Math.ceil(this.#window.waitMs(now)), () => {
      this.#cancelSend = null;
      this.#send(false);
    });
  }

  #send(heartbeat: boolean): void {
    if (!this.#visible || !this.#window.hasCredit) return;
    const now = this.#clock.monotonicMs();
    if (this.#window.waitMs(now) > 0) {
      if (!heartbeat) this.#wake();
      return;
    }
    const batch = this.#sender.next(this.#source, this.#pending, heartbeat);
    if (batch === null) return;
    this.#pending.keep(batch.left);
    const heldMs = this.#firstChangeMs === null ? 0 : now - this.#firstChangeMs;
    this.#firstChangeMs = null;
    this.#window.sent({ sequence: batch.sent.sequence, sentMs: now, heldMs });
    this.#batches++;
    this.#bytes += batch.bytes.length;
    const hasMore = this.#hasMore();
    this.#traces.sent(batch.sent.sequence, this.#clock.monotonicMs(), !hasMore);
    this.#transport.send(batch.bytes);
    this.#options.probe?.sent(batch.sent);
    if (hasMore) this.#wake();
  }

  #hasMore(): boolean {
    return this.#pending.hasAny || this.#sender.hasParts;
  }

  /** Reads sampled topics, and says at least twice a second that the host is there. */
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
      for (const subscription of this.#pending.subscriptions.of(topic)) {
        // A beat may come a little early; it must not wait for the next one then.
        const dueMs = subscription.sampledAtMs + (topics[topic].sampledMs ?? 0) - beatMs / 2;
        if (now < dueMs) continue;
        subscription.sampledAtMs = now;
        this.#pending.note(subscription);
      }
    }
    if (this.#window.silentMs(now) >= heartbeatMs) this.#send(true);
  }

  #changeVisibility(page: boolean, host: boolean): void {
    const was = this.#visible;
    this.#pageVisible = page;
    this.#hostVisible = host;
    if (was === this.#visible) return;
    this.#sender.forgetParts();
    this.#traces.forget();
    this.#firstChangeMs = null;
    if (was) this.#stopTimers();
    else this.#scheduleBeat();
    this.#pending.setOpen(!was);
  }

  #listenTo(source: DeliverySource): void {
    this.#unlisten();
    this.#source = source;
    this.#traces.forget(source.traces ?? null);
    this.#unlisten = source.view.listen(this.#pending);
  }

  #startOver(): void {
    this.#sender.forgetParts();
    this.#firstChangeMs = null;
    this.#pending.startOver();
  }

  #stopTimers(): void {
    this.#cancelSend?.();
    this.#cancelSend = null;
    this.#cancelBeat?.();
    this.#cancelBeat = null;
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
      const result = refusal('invalid-command', 'The command is not valid.');
      this.#post({ type: 'answer', id: commandId, result });
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
        this.#pending.want(message.topics);
        this.#options.onRequests(this.requests);
        break;
      }
      case 'command':
        this.#commands.run(message.id, message.command);
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

  #onAck(sequence: number, appliedMs: number, paintedMs: number): void {
    const batch = this.#window.acknowledge(sequence);
    if (batch === null) {
      this.#refuse(`acknowledgement of batch ${sequence}`);
      return;
    }
    const { sentMs, heldMs } = batch;
    const now = this.#clock.monotonicMs();
    const acknowledgedMs = now - sentMs;
    this.#traces.acknowledged(sequence, now, paintedMs);
    this.#options.probe?.painted({ sequence, heldMs, acknowledgedMs, appliedMs, paintedMs });
    if (this.#hasMore()) this.#wake();
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
