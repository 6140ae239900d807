import { segmentMinutes } from './assetPath.ts';
import type { AssetPath } from './assetPath.ts';
import type { Bar } from './bar.ts';
import { minuteMs } from './intervals.ts';
import { Random } from './random.ts';

const keptSegments = 3;
/** With fewer trades a bar could not have four different prices. */
const minTradesPerMinute = 6;

export interface HistoryShape {
  readonly seed: string;
  readonly path: AssetPath;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  /** This venue's part of the asset's volume. */
  readonly share: number;
  /** Epoch minute of the first minute that is not history. */
  readonly endMinute: number;
  readonly days: number;
}

/** One venue's minute bars before the start: the asset's path in the venue's ticks and lots. */
export class SyntheticHistory {
  readonly startMinute: number;
  readonly endMinute: number;
  private readonly shape: HistoryShape;
  private readonly segments = new Map<number, readonly Bar[]>();

  constructor(shape: HistoryShape) {
    this.shape = shape;
    this.endMinute = shape.endMinute;
    this.startMinute = shape.endMinute - shape.days * segmentMinutes;
  }

  minute(minute: number): Bar | undefined {
    if (minute < this.startMinute || minute >= this.endMinute) return undefined;
    const index = Math.floor((this.endMinute - 1 - minute) / segmentMinutes);
    const firstMinute = this.endMinute - (index + 1) * segmentMinutes;
    return this.segment(index)[minute - firstMinute];
  }

  /** What a usual minute of this venue trades: the start of the live bar before any trade. */
  usualMinuteLots(): number {
    return this.dailyLots() / segmentMinutes;
  }

  private dailyLots(): number {
    const { profile } = this.shape.path;
    const base = (profile.quoteVolume24h * this.shape.share) / profile.price;
    return base * 10 ** this.shape.sizeDecimals;
  }

  private segment(index: number): readonly Bar[] {
    const kept = this.segments.get(index);
    if (kept !== undefined) return kept;
    const made = this.makeSegment(index);
    this.segments.set(index, made);
    if (this.segments.size > keptSegments) {
      // The last day carries the 24 h statistics: never drop it.
      const oldest = [...this.segments.keys()].find((key) => key !== 0);
      if (oldest !== undefined) this.segments.delete(oldest);
    }
    return made;
  }

  private makeSegment(index: number): readonly Bar[] {
    const { shape } = this;
    const segment = shape.path.segment(index);
    const random = new Random(`${shape.seed}:segment:${index}`);
    const tickScale = 10 ** shape.priceDecimals;
    const dayLots = this.dailyLots() * segment.volumeFactor;
    const dayTrades = usualDailyTrades(shape.path.profile.quoteVolume24h * shape.share);
    const firstMinute = this.endMinute - (index + 1) * segmentMinutes;
    const bars: Bar[] = [];
    let open = Math.max(1, Math.round((segment.price[0] ?? 0) * tickScale));
    for (let minute = 0; minute < segmentMinutes; minute += 1) {
      const from = (segment.price[minute] ?? 0) * tickScale;
      const to = (segment.price[minute + 1] ?? 0) * tickScale;
      const top = Math.max(from, to) * (1 + (segment.above[minute] ?? 0));
      const bottom = Math.min(from, to) * (1 - (segment.below[minute] ?? 0));
      const close = Math.max(1, Math.round(to));
      const activity = (segment.activity[minute] ?? 0) * (0.7 + 0.6 * random.next());
      const trades = Math.max(minTradesPerMinute, Math.round(dayTrades * activity));
      const volume = Math.max(trades * 2, Math.round(dayLots * activity));
      const high = Math.max(open, close, Math.floor(top));
      const low = Math.max(1, Math.min(open, close, Math.ceil(bottom)));
      const middle = Math.round((open + close + high + low) / 4);
      const takerVolume = Math.round(volume * (0.35 + 0.3 * random.next()));
      bars.push({
        openTime: (firstMinute + minute) * minuteMs,
        open,
        high,
        low,
        close,
        volume,
        quote: BigInt(volume) * BigInt(middle),
        trades,
        takerVolume,
        takerQuote: BigInt(takerVolume) * BigInt(middle),
      });
      open = close;
    }
    return bars;
  }
}

/** Larger markets have more and larger trades. */
function usualDailyTrades(dailyQuote: number): number {
  return 145_000 * (dailyQuote / 1e8) ** 0.6;
}
