import type { CandleUpdate } from '../../shared/values.ts';
import type { CandleSeries } from './marketStore.ts';

/** What the page holds of one subscription. */
export interface HeldValue<Value> {
  reset(): void;
  apply(value: Value): void;
}

export class LatestValue<Value> implements HeldValue<Value> {
  value: Value | null = null;

  reset(): void {
    this.value = null;
  }

  apply(value: Value): void {
    this.value = value;
  }
}

/**
 * Latest per part of a value (venue, group, record), as one list in a fixed order that is replaced on change. Of more than
 * `longest` the first to come goes that is over: what still runs stays in sight.
 */
export class ListedValues<Value> implements HeldValue<Value> {
  readonly #rankOf: (value: Value) => number;
  readonly #longest: number;
  readonly #isOver: (value: Value) => boolean;
  #byRank = new Map<number, Value>();
  #list: readonly Value[] | null = null;

  constructor(
    rankOf: (value: Value) => number,
    longest = Number.POSITIVE_INFINITY,
    isOver: (value: Value) => boolean = () => true,
  ) {
    this.#rankOf = rankOf;
    this.#longest = longest;
    this.#isOver = isOver;
  }

  get list(): readonly Value[] {
    this.#list ??= [...this.#byRank].sort(([a], [b]) => a - b).map(([, value]) => value);
    return this.#list;
  }

  reset(): void {
    this.#byRank = new Map();
    this.#list = null;
  }

  apply(value: Value): void {
    this.#byRank.set(this.#rankOf(value), value);
    this.#list = null;
    if (this.#byRank.size > this.#longest) this.#forget();
  }

  #forget(): void {
    for (const [rank, value] of this.#byRank) {
      if (!this.#isOver(value)) continue;
      this.#byRank.delete(rank);
      return;
    }
    const [first] = this.#byRank.keys();
    if (first !== undefined) this.#byRank.delete(first);
  }
}

const longestSeries = 2000;
const emptySeries: CandleSeries = { latest: null, closed: [], epoch: 0 };

export class CandleValues implements HeldValue<CandleUpdate> {
  series: CandleSeries = emptySeries;

  reset(): void {
    this.series = { ...emptySeries, epoch: this.series.epoch + 1 };
  }

  apply({ candle }: CandleUpdate): void {
    const { latest, closed, epoch } = this.series;
    // The venue may close a candle after it opened the next one: the newer stays the latest.
    const isLatest = latest === null || candle.openTime >= latest.openTime;
    this.series = {
      latest: isLatest ? candle : latest,
      closed: candle.closed ? withCandle(closed, candle) : closed,
      epoch,
    };
  }
}

/** One per open time, oldest first; a second one of the same time replaces the first. */
function withCandle(
  closed: CandleSeries['closed'],
  candle: CandleUpdate['candle'],
): CandleSeries['closed'] {
  let at = closed.length;
  while ((closed[at - 1]?.openTime ?? Number.NEGATIVE_INFINITY) >= candle.openTime) at--;
  const replaced = closed[at]?.openTime === candle.openTime ? 1 : 0;
  return closed.toSpliced(at, replaced, candle).slice(-longestSeries);
}
