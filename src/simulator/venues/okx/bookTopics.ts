import type { PushForm } from '../../faults/faultBoard.ts';
import type { Instrument } from '../../market/instrument.ts';
import { GapCadence, GridCadence } from '../../wire/cadence.ts';
import { publish } from '../../wire/topic.ts';
import type { Topic, TopicClient } from '../../wire/topic.ts';
import type { VenueContext } from '../../wire/venueContext.ts';
import { WindowView } from '../../wire/windowView.ts';
import type { WindowChanges } from '../../wire/windowView.ts';
import { checksumField } from './checksum.ts';
import { levelsText, sequenceOf } from './frames.ts';

const idleRepeatMs = 60_000;
const topGapMs = 10;
const bookPeriodMs = 100;
const bookDepth = 400;
const shortDepth = 5;

export interface ChannelParts {
  readonly context: VenueContext;
  readonly name: string;
  readonly instrument: Instrument;
  /** `{"channel":"books","instId":"BTC-USDT"}`. */
  readonly argText: string;
}

const none: WindowChanges = { bids: [], asks: [] };

/** `books`: a snapshot, then a chain of updates of the best 400 levels. */
export class BooksTopic implements Topic<TopicClient> {
  readonly name: string;
  readonly clients = new Set<TopicClient>();
  readonly instruments: readonly Instrument[];
  readonly rank = 1;
  private readonly parts: ChannelParts;
  private readonly view: WindowView;
  private readonly cadence: GridCadence;
  private readonly flushTop: () => void;
  private sequence = 0;
  /** The book's change id that `sequence` stands for. */
  private toldId = 0;
  private cancelKeepalive: (() => void) | undefined;

  /** `flushTop` sends a best price that still waits: it comes before the book. */
  constructor(parts: ChannelParts, flushTop: () => void) {
    this.parts = parts;
    this.name = parts.name;
    this.instruments = [parts.instrument];
    this.flushTop = flushTop;
    this.view = new WindowView(parts.instrument, bookDepth);
    this.cadence = new GridCadence(parts.context, bookPeriodMs, 0, () => this.emit());
  }

  joined(client: TopicClient): void {
    if (this.clients.size === 1) {
      this.view.update();
      this.toldId = this.view.changeId;
      this.sequence = sequenceOf(this.parts.instrument, this.view.changeId);
    }
    const levels = this.view.levels();
    this.send([client], 'snapshot', () => this.write('snapshot', levels, -1));
    if (this.clients.size === 1) this.scheduleKeepalive();
  }

  left(): void {
    if (this.clients.size > 0) return;
    this.cadence.stop();
    this.cancelKeepalive?.();
  }

  onBookChanged(): void {
    this.cadence.mark();
  }

  /** A restart is no message of its own: the next update goes on from a smaller number. */
  push(form: PushForm): boolean {
    if (form === 'restart') return true;
    if (form === 'keepalive') {
      this.send(this.clients, 'diff', () => this.write('update', none, this.sequence));
      return true;
    }
    this.cadence.stop();
    this.view.update();
    this.toldId = this.view.changeId;
    this.flushTop();
    this.sequence = sequenceOf(this.parts.instrument, this.view.changeId);
    const levels = this.view.levels();
    this.send(this.clients, 'snapshot', () => this.write('snapshot', levels, -1));
    return true;
  }

  private emit(): void {
    const net = this.view.update();
    if (net.bids.length === 0 && net.asks.length === 0) return;
    const changes = this.view.withTouched(net, this.toldId);
    this.toldId = this.view.changeId;
    this.flushTop();
    const previous = this.sequence;
    this.sequence = sequenceOf(this.parts.instrument, this.view.changeId);
    this.send(this.clients, 'diff', () => this.write('update', changes, previous));
    this.scheduleKeepalive();
  }

  /** A minute without change: an empty update that repeats the number. */
  private scheduleKeepalive(): void {
    const { context } = this.parts;
    this.cancelKeepalive?.();
    this.cancelKeepalive = context.schedule(context.now() + idleRepeatMs, () => {
      this.send(this.clients, 'diff', () => this.write('update', none, this.sequence));
      this.scheduleKeepalive();
    });
  }

  private send(
    clients: Iterable<TopicClient>,
    kind: 'snapshot' | 'diff',
    write: () => string,
  ): void {
    publish(this.parts.context, this.parts, clients, kind, write);
  }

  private write(action: 'snapshot' | 'update', levels: WindowChanges, previous: number): string {
    const { argText, instrument, context } = this.parts;
    const mode = context.faults.checksum(context.now(), instrument.market);
    const checksum = checksumField(instrument, this.view.levels(), mode);
    return (
      `{"arg":${argText},"action":"${action}","data":[{"asks":${levelsText(instrument, levels.asks)},` +
      `"bids":${levelsText(instrument, levels.bids)},"ts":"${Math.floor(context.now())}",${checksum}` +
      `"prevSeqId":${previous},"seqId":${this.sequence}}]}`
    );
  }
}

/** `bbo-tbt` and `books5`: the whole small window each time. */
export class SnapshotTopic implements Topic<TopicClient> {
  readonly name: string;
  readonly clients = new Set<TopicClient>();
  readonly instruments: readonly Instrument[];
  readonly rank: number;
  private readonly parts: ChannelParts;
  private readonly isTop: boolean;
  private readonly view: WindowView;
  private readonly cadence: GapCadence | GridCadence;
  private cancelRepeat: (() => void) | undefined;

  constructor(parts: ChannelParts, channel: 'bbo-tbt' | 'books5') {
    this.parts = parts;
    this.name = parts.name;
    this.instruments = [parts.instrument];
    this.isTop = channel === 'bbo-tbt';
    this.rank = this.isTop ? 0 : 2;
    this.view = new WindowView(parts.instrument, this.isTop ? 1 : shortDepth);
    const { context } = parts;
    this.cadence = this.isTop
      ? new GapCadence(context, topGapMs, () => this.emit())
      : // One millisecond behind `books`, which comes first on a connection.
        new GridCadence(context, bookPeriodMs, 1, () => this.emit());
  }

  joined(client: TopicClient): void {
    if (this.clients.size === 1) this.view.update();
    publish(this.parts.context, this.parts, [client], 'snapshot', () => this.write());
    this.scheduleRepeat();
  }

  left(): void {
    if (this.clients.size > 0) return;
    this.cadence.stop();
    this.cancelRepeat?.();
  }

  onBookChanged(topChanged: boolean): void {
    if (!this.isTop || topChanged) this.cadence.mark();
  }

  /** Sends what waits for the end of its gap. */
  flush(): void {
    if (this.cadence instanceof GapCadence) this.cadence.flush();
  }

  private emit(): void {
    const changes = this.view.update();
    if (changes.bids.length === 0 && changes.asks.length === 0) return;
    publish(this.parts.context, this.parts, this.clients, 'state', () => this.write());
    this.scheduleRepeat();
  }

  private scheduleRepeat(): void {
    const { context } = this.parts;
    this.cancelRepeat?.();
    this.cancelRepeat = context.schedule(context.now() + idleRepeatMs, () => {
      publish(context, this.parts, this.clients, 'state', () => this.write());
      this.scheduleRepeat();
    });
  }

  private write(): string {
    const { argText, instrument, context } = this.parts;
    const { asks, bids } = this.view.levels();
    const sides = `"asks":${levelsText(instrument, asks)},"bids":${levelsText(instrument, bids)}`;
    const sequence = sequenceOf(instrument, this.view.changeId);
    // The best price carries the matching engine's time.
    const time = Math.floor(this.isTop ? instrument.changedAt : context.now());
    const name = this.isTop ? '' : `"instId":"${instrument.market}",`;
    return `{"arg":${argText},"data":[{${sides},${name}"ts":"${time}","seqId":${sequence}}]}`;
  }
}
