import type { EpochMs, MarketId } from '../../../shared/market.ts';

/** How often a recording is sampled. */
const sampleMs = 5_000;
/** At first more often: a short session has a course too. Ten minutes. */
const firstSampleMs = 1_000;
const firstSamples = 600;
/** A day's; beyond it every second one goes, and from then on as many fewer are taken. */
const mostSamples = 20_000;
/** Prices of one sample; with more markets they take turns. */
export const pricesPerSample = 30;
const mostMarkets = 2_000;

/** What was recorded since the sample before. */
export interface TimelineSample {
  readonly time: EpochMs;
  /** How much time before `time` it is about, by the monotonic clock. */
  readonly coversMs: number;
  /** Inputs that the engine has handled by then. */
  readonly inputs: number;
  readonly messages: number;
  readonly bytes: number;
  readonly venuesLive: number;
  /** Consolidated; null where none is valid. A market that is absent was not looked at. */
  readonly prices: ReadonlyMap<MarketId, number | null>;
}

export type SampleCounts = Omit<TimelineSample, 'prices'>;

export interface PricePoint {
  readonly time: EpochMs;
  readonly price: number | null;
}

/** The samples of a session, bounded: a long session is held as fine as a short one is not. */
export class TimelineSamples {
  counts: SampleCounts[] = [];
  readonly markets: MarketId[] = [];
  private readonly known = new Set<MarketId>();
  private readonly points = new Map<MarketId, PricePoint[]>();
  private readonly limit: number;
  /** So many samples of the recording make one that is kept. */
  private factor = 1;
  private gathered: TimelineSample[] = [];

  constructor(limit = mostSamples) {
    this.limit = limit;
  }

  /** Names that were not known; their places follow those of the others. */
  name(markets: Iterable<MarketId>): readonly MarketId[] {
    const added: MarketId[] = [];
    for (const market of markets) {
      if (this.known.has(market) || this.markets.length >= mostMarkets) continue;
      this.known.add(market);
      this.markets.push(market);
      added.push(market);
    }
    return added;
  }

  /** Null until there are enough for one that is kept. */
  gather(sample: TimelineSample): TimelineSample | null {
    this.gathered.push(sample);
    if (this.gathered.length < this.factor) return null;
    const parts = this.gathered;
    this.gathered = [];
    return {
      ...sample,
      coversMs: sum(parts, ({ coversMs }) => coversMs),
      messages: sum(parts, ({ messages }) => messages),
      bytes: sum(parts, ({ bytes }) => bytes),
    };
  }

  add(sample: TimelineSample): void {
    const { prices, ...counts } = sample;
    this.counts.push(counts);
    for (const [market, price] of prices) {
      const points = this.points.get(market) ?? [];
      this.points.set(market, points);
      points.push({ time: sample.time, price });
    }
    if (this.counts.length >= this.limit) this.thin();
  }

  /** The markets whose turn it is in sample number `n`. */
  turnOf(n: number): { readonly first: number; readonly markets: readonly MarketId[] } {
    const first = (n % this.turns) * pricesPerSample;
    return { first, markets: this.markets.slice(first, first + pricesPerSample) };
  }

  pointsOf(market: MarketId): readonly PricePoint[] {
    return this.points.get(market) ?? [];
  }

  /** How soon the next sample is due. */
  get intervalMs(): number {
    return this.factor === 1 && this.counts.length < firstSamples ? firstSampleMs : sampleMs;
  }

  /** So long a price holds when no other follows. */
  get holdMs(): number {
    return sampleMs * this.factor * this.turns * 1.5;
  }

  clear(): void {
    this.counts = [];
    this.points.clear();
    this.factor = 1;
    this.gathered = [];
  }

  private get turns(): number {
    return Math.max(1, Math.ceil(this.markets.length / pricesPerSample));
  }

  private thin(): void {
    this.factor *= 2;
    const merged = mergePairs(this.counts);
    const fits = merged.length <= this.limit * 0.75;
    this.counts = fits ? merged : merged.filter((_, index) => index % 2 === 1);
    for (const [market, points] of this.points) {
      this.points.set(
        market,
        points.filter((_, index) => index % 2 === 1),
      );
    }
  }
}

/** Two that do not touch stay apart: only what was recorded is covered. */
function mergePairs(counts: readonly SampleCounts[]): SampleCounts[] {
  const merged: SampleCounts[] = [];
  let first: SampleCounts | null = null;
  for (const second of counts) {
    if (first === null) {
      first = second;
      continue;
    }
    const apartMs = second.time - second.coversMs - first.time;
    if (Math.abs(apartMs) > sampleMs / 2) {
      merged.push(first);
      first = second;
      continue;
    }
    merged.push({
      ...second,
      coversMs: first.coversMs + second.coversMs,
      messages: first.messages + second.messages,
      bytes: first.bytes + second.bytes,
    });
    first = null;
  }
  if (first !== null) merged.push(first);
  return merged;
}

function sum<Part>(parts: readonly Part[], read: (part: Part) => number): number {
  return parts.reduce((total, part) => total + read(part), 0);
}
