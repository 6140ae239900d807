import { assertNever } from '../../shared/assert.ts';
import type { TopicName } from '../../shared/bridge.ts';
import type { ExportReport } from '../../shared/exports.ts';
import type { FeedHealth, GapRecord } from '../../shared/feedHealth.ts';
import type { Incident } from '../../shared/incidents.ts';
import type { LatencyReport } from '../../shared/latency.ts';
import type { InstrumentId } from '../../shared/market.ts';
import { parseInstrumentId } from '../../shared/market.ts';
import type { MarkList } from '../../shared/marks.ts';
import type { RecordingList } from '../../shared/recordings.ts';
import type { SessionMetrics } from '../../shared/sessionMetrics.ts';
import type { TopicUpdate } from '../../shared/topics.ts';
import type {
  BookView,
  HostStatus,
  LinkState,
  PriceValue,
  QuoteValue,
  TickerValue,
} from '../../shared/values.ts';
import { venueIds } from '../../shared/venues.ts';
import { HeldPrice } from './heldPrice.ts';
import type { HeldValue } from './heldValues.ts';
import { CandleValues, LatestValue, ListedValues } from './heldValues.ts';
import { TapeRing } from './tapeRing.ts';

/** The subscriptions of one topic and what is held for each. */
class HeldTable<Value, Held extends HeldValue<Value>> {
  readonly #create: () => Held;
  readonly #byKey = new Map<string, Held>();

  constructor(create: () => Held) {
    this.#create = create;
  }

  get(key: string): Held | undefined {
    return this.#byKey.get(key);
  }

  add(key: string): void {
    this.#byKey.set(key, this.#create());
  }

  remove(key: string): void {
    this.#byKey.delete(key);
  }

  reset(key: string): void {
    this.#byKey.get(key)?.reset();
  }

  apply(key: string, value: Value): void {
    this.#byKey.get(key)?.apply(value);
  }
}

const keptGaps = 10_000;
const keptIncidents = 1_000;

/** All market values of the page, by topic and key. */
export class HeldTopics {
  readonly price = new HeldTable<PriceValue, HeldPrice>(() => new HeldPrice());
  readonly quote = new HeldTable(
    () => new ListedValues<QuoteValue>((quote) => venueRank(quote.instrument)),
  );
  readonly ticker = new HeldTable(
    () => new ListedValues<TickerValue>((ticker) => venueRank(ticker.instrument)),
  );
  readonly trades = new HeldTable(() => new TapeRing());
  readonly book = new HeldTable(() => new LatestValue<BookView>());
  readonly candle = new HeldTable(() => new CandleValues());
  readonly gaps = new HeldTable(
    () =>
      new ListedValues<GapRecord>(
        (gap) => gap.id,
        keptGaps,
        ({ to }) => to !== null,
      ),
  );
  readonly health = new HeldTable(() => new LatestValue<FeedHealth>());
  readonly status = new HeldTable(() => new LatestValue<HostStatus>());
  readonly links = new HeldTable(() => new ListedValues<LinkState>((link) => link.group));
  readonly incidents = new HeldTable(
    () =>
      new ListedValues<Incident>(
        ({ id }) => id,
        keptIncidents,
        ({ to }) => to !== null,
      ),
  );
  readonly latency = new HeldTable(() => new LatestValue<LatencyReport>());
  readonly recordings = new HeldTable(() => new LatestValue<RecordingList>());
  readonly exports = new HeldTable(() => new LatestValue<ExportReport>());
  readonly marks = new HeldTable(() => new LatestValue<MarkList>());
  readonly metrics = new HeldTable(() => new LatestValue<SessionMetrics>());

  add(topic: TopicName, key: string): void {
    this[topic].add(key);
  }

  remove(topic: TopicName, key: string): void {
    this[topic].remove(key);
  }

  reset(topic: TopicName, key: string): void {
    this[topic].reset(key);
  }

  apply(key: string, update: TopicUpdate): void {
    switch (update.topic) {
      case 'price':
        return this.price.apply(key, update.value);
      case 'quote':
        return this.quote.apply(key, update.value);
      case 'ticker':
        return this.ticker.apply(key, update.value);
      case 'trades':
        return this.trades.apply(key, update.value);
      case 'book':
        return this.book.apply(key, update.value);
      case 'candle':
        return this.candle.apply(key, update.value);
      case 'gaps':
        return this.gaps.apply(key, update.value);
      case 'health':
        return this.health.apply(key, update.value);
      case 'status':
        return this.status.apply(key, update.value);
      case 'links':
        return this.links.apply(key, update.value);
      case 'incidents':
        return this.incidents.apply(key, update.value);
      case 'latency':
        return this.latency.apply(key, update.value);
      case 'recordings':
        return this.recordings.apply(key, update.value);
      case 'exports':
        return this.exports.apply(key, update.value);
      case 'marks':
        return this.marks.apply(key, update.value);
      case 'metrics':
        return this.metrics.apply(key, update.value);
      default:
        return assertNever(update);
    }
  }
}

function venueRank(instrument: InstrumentId): number {
  const venue = parseInstrumentId(instrument)?.venue;
  return venue === undefined ? venueIds.length : venueIds.indexOf(venue);
}
