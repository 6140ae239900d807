import type { EpochMs } from '../../../shared/market.ts';
import type { SessionMetrics } from '../../../shared/sessionMetrics.ts';
import type { MarketStore } from '../../store/marketStore.ts';
import type { CardKey, Figures } from './figures.ts';
import { figuresOf } from './figures.ts';

/** Five minutes of one a second. */
const maxSamples = 300;
/** Longer without a report, and the line of a chart stops. */
const brokenMs = 5_000;
/** Chart points that stand for several samples each. */
const perPoint = 5;

export interface MetricsSample {
  readonly time: EpochMs;
  readonly figures: Figures;
  /** Nothing came before it for a while. */
  readonly isAfterBreak: boolean;
}

/** The last minutes of a session as reports came in: what the small charts and the trends are made of. */
export class MetricsHistory {
  private samples: readonly MetricsSample[] = [];
  private last: SessionMetrics | null = null;
  private lastPageMs = 0;
  private readonly pageNow: () => number;

  constructor(pageNow: () => number = () => performance.now()) {
    this.pageNow = pageNow;
  }

  /** The samples up to this report, which may be told again and again. */
  upTo(metrics: SessionMetrics | null): readonly MetricsSample[] {
    const { last } = this;
    if (metrics === null || metrics === last) return this.samples;
    const pageMs = this.pageNow();
    const isOther =
      last !== null && (metrics.source !== last.source || metrics.startTime !== last.startTime);
    // A replay that was sent back: what was seen after that place has not happened yet.
    const kept = isOther ? [] : this.samples.filter(({ time }) => time < metrics.time);
    const isAfterBreak = kept.length > 0 && pageMs - this.lastPageMs > brokenMs;
    const sample = { time: metrics.time, figures: figuresOf(metrics), isAfterBreak };
    this.samples = [...kept, sample].slice(-maxSamples);
    this.last = metrics;
    this.lastPageMs = pageMs;
    return this.samples;
  }
}

/** Oldest first; null where the line stops. */
export function chartValues(
  samples: readonly MetricsSample[],
  key: CardKey,
): readonly (number | null)[] {
  const points: (number | null)[] = [];
  let open: number[] = [];
  const close = () => {
    if (open.length > 0) points.push(open.reduce((sum, value) => sum + value, 0) / open.length);
    open = [];
  };
  for (const { figures, isAfterBreak } of samples) {
    if (isAfterBreak) {
      close();
      points.push(null);
    }
    const value = figures[key];
    if (value !== null) open.push(value);
    if (open.length === perPoint) close();
  }
  close();
  return points;
}

const keptByStore = new WeakMap<MarketStore, MetricsHistory>();

/** One per window, so that a panel that is opened again goes on. */
export function metricsHistory(store: MarketStore): MetricsHistory {
  const kept = keptByStore.get(store) ?? new MetricsHistory();
  keptByStore.set(store, kept);
  return kept;
}
