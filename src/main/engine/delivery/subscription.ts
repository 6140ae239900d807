import type { TopicName, TopicRequest, TopicSubscription } from '../../../shared/bridge.ts';
import type { MarketId } from '../../../shared/market.ts';
import { topicKey } from '../../../shared/topics.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';

const everyVenue = ~0;

/** One topic that a window sees, and what it has not been told yet. */
export class Subscription {
  readonly id: number;
  readonly request: TopicRequest;
  readonly key: string;
  /** False once the window gave it up: what waits for it is dropped. */
  active = true;
  /** The next value is the whole present one and resets what the page holds; until then no event is queued for it. */
  fresh = true;
  /** It stands in the session's list of changes. */
  listed = false;
  /** Of quotes and tickers: a bit per venue whose value changed. */
  changedVenues = everyVenue;
  /** Trades lost to the bound since the last one sent. */
  dropped = 0;
  nextOrdinal = 0;
  /** When a sampled topic was last sent. */
  sampledAtMs = Number.NEGATIVE_INFINITY;

  constructor(subscription: TopicSubscription) {
    this.id = subscription.id;
    this.request = subscription.request;
    this.key = topicKey(subscription.request);
  }

  /** Starts over with the next batch. */
  refresh(): void {
    this.fresh = true;
    this.dropped = 0;
    this.changedVenues = everyVenue;
  }

  noteVenue(venue: VenueId | null): void {
    this.changedVenues |= venue === null ? everyVenue : 1 << venueIds.indexOf(venue);
  }

  isChanged(venue: VenueId): boolean {
    return (this.changedVenues & (1 << venueIds.indexOf(venue))) !== 0;
  }

  /** The present value has gone out. */
  settle(): void {
    this.fresh = false;
    this.changedVenues = 0;
    this.settleDropped();
  }

  settleDropped(): void {
    this.nextOrdinal += this.dropped;
    this.dropped = 0;
  }
}

const none: readonly Subscription[] = [];

/** The set of one window: by id for the page's next list, by topic and market for the core's notes. */
export class SubscriptionSet {
  readonly #byId = new Map<number, Subscription>();
  readonly #byTopic = new Map<TopicName, Map<MarketId, Subscription[]>>();

  get size(): number {
    return this.#byId.size;
  }

  all(): IterableIterator<Subscription> {
    return this.#byId.values();
  }

  requests(): TopicRequest[] {
    return [...this.#byId.values()].map((subscription) => subscription.request);
  }

  /** Topics without a market are filed under the empty one. */
  of(topic: TopicName, market: MarketId = ''): readonly Subscription[] {
    return this.#byTopic.get(topic)?.get(market) ?? none;
  }

  /** Makes the set equal to the list; returns the new ones. An id that now means another topic is a new one. */
  replace(wanted: readonly TopicSubscription[]): readonly Subscription[] {
    const stay = new Set<number>();
    const added: Subscription[] = [];
    for (const next of wanted) {
      const held = this.#byId.get(next.id);
      stay.add(next.id);
      if (held?.key === topicKey(next.request)) continue;
      if (held !== undefined) this.#remove(held);
      const subscription = new Subscription(next);
      this.#add(subscription);
      added.push(subscription);
    }
    for (const held of [...this.#byId.values()]) {
      if (!stay.has(held.id)) this.#remove(held);
    }
    return added;
  }

  #add(subscription: Subscription): void {
    this.#byId.set(subscription.id, subscription);
    const { topic } = subscription.request;
    const byMarket = this.#byTopic.get(topic) ?? new Map<MarketId, Subscription[]>();
    this.#byTopic.set(topic, byMarket);
    const market = marketOf(subscription.request);
    byMarket.set(market, [...(byMarket.get(market) ?? none), subscription]);
  }

  #remove(subscription: Subscription): void {
    subscription.active = false;
    this.#byId.delete(subscription.id);
    const byMarket = this.#byTopic.get(subscription.request.topic);
    const market = marketOf(subscription.request);
    const left = (byMarket?.get(market) ?? none).filter((other) => other !== subscription);
    if (left.length === 0) byMarket?.delete(market);
    else byMarket?.set(market, left);
  }
}

function marketOf(request: TopicRequest): MarketId {
  return 'market' in request ? request.market : '';
}
