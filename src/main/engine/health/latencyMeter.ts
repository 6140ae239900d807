import type { LatencyFigures, LatencyReport, LatencySpan } from '../../../shared/latency.ts';
import { latencyStages } from '../../../shared/latency.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';
import type { ClockPort } from '../ports/clock.ts';
import { LatencyHistogram } from './latencyHistogram.ts';
import { SpanHistogram, sliceMs } from './spanHistogram.ts';

export const latencySeries = [...latencyStages, 'receivedToPainted', 'eventToPainted'] as const;
export type LatencySeries = (typeof latencySeries)[number];

/** Of one painted message, in whole microseconds: the stages add up to the totals to the last digit. Null: not known. */
export type PaintedStages = Readonly<Record<LatencySeries, number | null>>;

export type SeriesFigures = Readonly<Record<LatencySeries, LatencyFigures>>;
type TrendPoint = LatencyReport['trend'][number];

const trendPoints = 180;

/** All that is kept of painted messages: per venue and stage the histograms of three spans, and the trend. Some 3 MiB. */
export class LatencyMeter {
  private readonly clock: Pick<ClockPort, 'wallMs' | 'monotonicMs'>;
  /** In the order of `latencySeries`. */
  private readonly byVenue = new Map<VenueId, readonly SpanHistogram[]>();
  private readonly whole = new SpanHistogram();
  private trend: TrendPoint[] = [];
  private slice: number | null = null;

  constructor(clock: Pick<ClockPort, 'wallMs' | 'monotonicMs'>) {
    this.clock = clock;
  }

  /** `times`: how many messages this one was drawn from. */
  add(venue: VenueId, stages: PaintedStages, times: number): void {
    const slice = this.advance();
    const histograms = this.histogramsOf(venue);
    for (let at = 0; at < latencySeries.length; at += 1) {
      const series = latencySeries[at];
      const us = series === undefined ? null : stages[series];
      if (us !== null) histograms[at]?.add(us / 1_000, times, slice);
    }
    const { receivedToPainted } = stages;
    if (receivedToPainted !== null) this.whole.add(receivedToPainted / 1_000, times, slice);
  }

  /** Null: all venues together. */
  figures(venue: VenueId | null, span: LatencySpan): SeriesFigures {
    const slice = this.advance();
    const venues = venue === null ? venueIds : [venue];
    const figuresOf = (series: LatencySeries): LatencyFigures => {
      const sum = new LatencyHistogram();
      const at = latencySeries.indexOf(series);
      for (const id of venues) this.byVenue.get(id)?.[at]?.collect(span, slice, sum);
      return sum.figures();
    };
    return {
      received: figuresOf('received'),
      decoded: figuresOf('decoded'),
      applied: figuresOf('applied'),
      batched: figuresOf('batched'),
      pageReceived: figuresOf('pageReceived'),
      painted: figuresOf('painted'),
      receivedToPainted: figuresOf('receivedToPainted'),
      eventToPainted: figuresOf('eventToPainted'),
    };
  }

  /** Closed slices only: a point does not change any more. */
  points(): readonly TrendPoint[] {
    this.advance();
    return this.trend;
  }

  private histogramsOf(venue: VenueId): readonly SpanHistogram[] {
    let histograms = this.byVenue.get(venue);
    if (histograms === undefined) {
      histograms = latencySeries.map(() => new SpanHistogram());
      this.byVenue.set(venue, histograms);
    }
    return histograms;
  }

  /** Slices follow the monotonic clock; their labels are of the wall clock. */
  private advance(): number {
    const nowMs = this.clock.monotonicMs();
    const slice = Math.floor(nowMs / sliceMs);
    const before = this.slice ?? slice;
    this.slice = slice;
    if (slice === before) return slice;
    const closed = this.whole.advance(slice);
    const first = Math.max(before, slice - trendPoints);
    for (let each = first; each < slice; each += 1) {
      const held = each === before ? closed : null;
      this.trend.push({
        time: Math.round(this.clock.wallMs() - (nowMs - (each + 1) * sliceMs)),
        p50Ms: held?.quantile(0.5) ?? null,
        p99Ms: held?.quantile(0.99) ?? null,
      });
    }
    this.trend = this.trend.slice(-trendPoints);
    return slice;
  }
}
