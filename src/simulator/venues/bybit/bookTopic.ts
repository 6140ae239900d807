import type { PushForm } from '../../faults/faultBoard.ts';
import type { Instrument } from '../../market/instrument.ts';
import { GapCadence, GridCadence } from '../../wire/cadence.ts';
import { publish } from '../../wire/topic.ts';
import type { Topic, TopicClient } from '../../wire/topic.ts';
import type { VenueContext } from '../../wire/venueContext.ts';
import { WindowView } from '../../wire/windowView.ts';
import { bookFrame } from './frames.ts';
import type { Sequences } from './sequences.ts';

const firstUpdateId = 18_521_288;
const rememberedIds = 1024;
const repeatAfterMs = 3000;

/** Spot depths and how often each is pushed, ms. */
export const bookPeriods: Readonly<Record<number, number>> = { 1: 10, 50: 20, 200: 100, 1000: 200 };

/** `orderbook.<depth>.<symbol>`: `u` rises by one per message of this topic. */
export class BookTopic implements Topic<TopicClient> {
  readonly name: string;
  readonly clients = new Set<TopicClient>();
  readonly instruments: readonly Instrument[];
  readonly rank = 0;
  readonly instrument: Instrument;
  private readonly context: VenueContext;
  private readonly sequences: Sequences;
  private readonly view: WindowView;
  private readonly cadence: GapCadence | GridCadence;
  private readonly changeIds = new Map<number, number>();
  private updateId: number;
  private sequence = 0;
  private cancelRepeat: (() => void) | undefined;

  constructor(context: VenueContext, instrument: Instrument, depth: number, sequences: Sequences) {
    this.context = context;
    this.instrument = instrument;
    this.instruments = [instrument];
    this.sequences = sequences;
    this.name = `orderbook.${depth}.${instrument.base}${instrument.quote}`;
    this.view = new WindowView(instrument, depth);
    this.updateId = firstUpdateId + instrument.assetIndex * 1000 + depth;
    const period = bookPeriods[depth] ?? 100;
    this.cadence =
      depth === 1
        ? new GapCadence(context, period, () => this.emit())
        : new GridCadence(context, period, 0, () => this.emit());
  }

  /** Between subscribers the topic stands still: it catches up in one step. */
  joined(client: TopicClient): void {
    if (this.clients.size === 1) this.catchUp();
    publish(this.context, this, [client], 'snapshot', () => this.snapshot());
    this.scheduleRepeat();
  }

  left(): void {
    if (this.clients.size > 0) return;
    this.cadence.stop();
    this.cancelRepeat?.();
  }

  onBookChanged(topChanged: boolean): void {
    if (this.view.depth > 1 || topChanged) this.cadence.mark();
  }

  /** What REST shows: the state that the topic last published. */
  published(): WindowView {
    if (this.clients.size === 0) this.catchUp();
    return this.view;
  }

  publishedIds(): { readonly updateId: number; readonly sequence: number } {
    return { updateId: this.updateId, sequence: this.sequence };
  }

  changeIdOf(updateId: number): number | undefined {
    return this.changeIds.get(updateId);
  }

  /** After a restart of the venue's service `u` begins at 1. */
  push(form: PushForm): boolean {
    if (form === 'keepalive') return false;
    this.cadence.stop();
    this.catchUp();
    if (form === 'restart') {
      this.updateId = 1;
      this.remember();
    }
    publish(this.context, this, this.clients, 'snapshot', () => this.snapshot());
    return true;
  }

  private catchUp(): void {
    if (this.view.changeId !== this.instrument.book.changeId) this.advance();
  }

  private advance(): ReturnType<WindowView['update']> {
    const changes = this.view.update();
    if (changes.bids.length > 0 || changes.asks.length > 0) this.updateId += 1;
    this.remember();
    this.sequence = this.sequences.of(this.instrument);
    return changes;
  }

  private remember(): void {
    this.changeIds.delete(this.updateId);
    this.changeIds.set(this.updateId, this.view.changeId);
    if (this.changeIds.size <= rememberedIds) return;
    const [oldest] = this.changeIds.keys();
    if (oldest !== undefined) this.changeIds.delete(oldest);
  }

  private emit(): void {
    const changes = this.advance();
    if (changes.bids.length === 0 && changes.asks.length === 0) return;
    if (this.view.depth === 1) {
      publish(this.context, this, this.clients, 'state', () => this.snapshot());
      this.scheduleRepeat();
      return;
    }
    publish(this.context, this, this.clients, 'diff', () =>
      bookFrame(this.instrument, {
        topic: this.name,
        type: 'delta',
        levels: changes,
        updateId: this.updateId,
        sequence: this.sequence,
        now: this.context.now(),
      }),
    );
  }

  private snapshot(): string {
    return bookFrame(this.instrument, {
      topic: this.name,
      type: 'snapshot',
      levels: this.view.levels(),
      updateId: this.updateId,
      sequence: this.sequence,
      now: this.context.now(),
    });
  }

  /** Level 1 is pushed again with the same `u` when nothing changed for 3 s. */
  private scheduleRepeat(): void {
    if (this.view.depth !== 1) return;
    this.cancelRepeat?.();
    this.cancelRepeat = this.context.schedule(this.context.now() + repeatAfterMs, () => {
      publish(this.context, this, this.clients, 'state', () => this.snapshot());
      this.scheduleRepeat();
    });
  }
}
