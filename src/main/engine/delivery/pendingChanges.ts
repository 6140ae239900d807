import type { TopicName, TopicRequest, TopicSubscription } from '../../../shared/bridge.ts';
import type { GapRecord } from '../../../shared/feedHealth.ts';
import type { Incident } from '../../../shared/incidents.ts';
import type { MarketId } from '../../../shared/market.ts';
import type { CandleUpdate, TradeValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { CoreListener, DirtyKind } from '../coreView.ts';
import type { EventQueueLimits, QueuedEvent } from './eventQueue.ts';
import { EventQueue } from './eventQueue.ts';
import type { Subscription } from './subscription.ts';
import { SubscriptionSet } from './subscription.ts';

/** Notes of what a window has not been told yet. Taken while the core works, so they are short and read no value. */
export class PendingChanges implements CoreListener {
  readonly subscriptions = new SubscriptionSet();
  readonly events: EventQueue;
  readonly #onNoted: () => void;
  /** Each at most once (`listed`), in the order of their first change. */
  #changed: Subscription[] = [];
  #isOpen = true;
  tradesDropped = 0;

  constructor(limits: EventQueueLimits, onNoted: () => void) {
    this.events = new EventQueue(limits, (event) => this.#eventDropped(event));
    this.#onNoted = onNoted;
  }

  get changed(): readonly Subscription[] {
    return this.#changed;
  }

  get hasAny(): boolean {
    return this.#changed.length > 0 || this.events.length > 0;
  }

  /** Replaces the wanted topics; each new one is told its whole present value. */
  want(topics: readonly TopicSubscription[]): void {
    const added = this.subscriptions.replace(topics);
    if (this.#isOpen) for (const subscription of added) this.note(subscription);
  }

  /** A hidden window takes no notes; shown again, it is told everything anew. */
  setOpen(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.startOver();
  }

  /** Forgets what was noted, and where there is a reader starts every topic over. */
  startOver(): void {
    this.events.clear();
    for (const subscription of this.#changed) subscription.listed = false;
    this.#changed = [];
    if (!this.#isOpen) return;
    for (const subscription of this.subscriptions.all()) {
      subscription.refresh();
      this.note(subscription);
    }
  }

  /** What found no room in the last batch. */
  keep(left: Subscription[]): void {
    this.#changed = left;
  }

  noteTopic(topic: TopicName): void {
    if (!this.#isOpen) return;
    for (const subscription of this.subscriptions.of(topic)) this.note(subscription);
  }

  note(subscription: Subscription): void {
    if (!subscription.listed) {
      subscription.listed = true;
      this.#changed.push(subscription);
    }
    this.#onNoted();
  }

  onTrade(market: MarketId, value: TradeValue): void {
    if (!this.#isOpen) return;
    for (const subscription of this.subscriptions.of('trades', market)) {
      if (!subscription.fresh) this.#queue({ type: 'trade', subscription, value });
    }
  }

  onClosedCandle(value: CandleUpdate): void {
    if (!this.#isOpen) return;
    for (const subscription of this.subscriptions.of('candle', value.market)) {
      if (subscription.fresh || !isSeries(subscription.request, value)) continue;
      this.#queue({ type: 'candle', subscription, value });
    }
  }

  onGap(value: GapRecord): void {
    if (!this.#isOpen) return;
    for (const subscription of this.subscriptions.of('gaps')) {
      if (!subscription.fresh) this.#queue({ type: 'gap', subscription, value });
    }
  }

  onIncident(value: Incident): void {
    if (!this.#isOpen) return;
    for (const subscription of this.subscriptions.of('incidents')) {
      if (!subscription.fresh) this.#queue({ type: 'incident', subscription, value });
    }
  }

  onDirty(kind: DirtyKind, market: MarketId, venue: VenueId | null): void {
    if (!this.#isOpen) return;
    for (const subscription of this.subscriptions.of(kind, market)) {
      if (!isConcerned(subscription.request, venue)) continue;
      subscription.noteVenue(venue);
      this.note(subscription);
    }
  }

  #queue(event: QueuedEvent): void {
    this.events.push(event);
    this.#onNoted();
  }

  /** A lost trade is counted for the tape; lost candles and gap records start their topic over. */
  #eventDropped(event: QueuedEvent): void {
    const { subscription } = event;
    if (!subscription.active) return;
    if (event.type === 'trade') {
      subscription.dropped++;
      this.tradesDropped++;
    } else {
      subscription.refresh();
    }
    this.note(subscription);
  }
}

function isSeries(request: TopicRequest, { venue, interval }: CandleUpdate): boolean {
  return request.topic === 'candle' && request.venue === venue && request.interval === interval;
}

function isConcerned(request: TopicRequest, venue: VenueId | null): boolean {
  if (request.topic !== 'book' && request.topic !== 'candle') return true;
  return request.venue === null || request.venue === venue;
}
