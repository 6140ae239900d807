import type { LatencyFigures, LatencyStage, VenueLatency } from '../../../shared/latency.ts';
import { latencyStages } from '../../../shared/latency.ts';

export interface StageRow {
  readonly key: LatencyStage | 'total';
  readonly name: string;
  readonly note: string;
  readonly estimated: boolean;
  readonly figures: LatencyFigures;
  /** Where its bar begins: the medians of the stages before it. */
  readonly startMs: number;
}

const words: Readonly<Record<LatencyStage, { readonly name: string; readonly note: string }>> = {
  received: { name: 'Venue event → received', note: 'network, by venue clock' },
  decoded: { name: 'Received → decoded', note: 'frame to typed message' },
  applied: { name: 'Decoded → applied', note: 'sequence check, book, tape' },
  batched: { name: 'Applied → batched', note: 'waits for the next frame' },
  pageReceived: { name: 'Batched → page', note: 'bridge, half a round trip' },
  painted: { name: 'Page → painted', note: 'store, draw, compositor' },
};

const nothing: LatencyFigures = {
  count: 0,
  meanMs: null,
  p50Ms: null,
  p99Ms: null,
  maxMs: null,
  shape: [],
};

/** One row per stage and the total that is ours; without a report the same rows without figures. */
export function computeStageRows(venue: VenueLatency | null): readonly StageRow[] {
  let startMs = 0;
  let ownStartMs = 0;
  const rows: StageRow[] = [];
  for (const stage of latencyStages) {
    const measured = venue?.stages.find((each) => each.stage === stage);
    const figures = measured ?? nothing;
    const estimated = measured?.estimated ?? false;
    rows.push({ key: stage, ...words[stage], estimated, figures, startMs });
    // A venue clock that is off may say that a message came before it was sent.
    startMs += Math.max(0, figures.p50Ms ?? 0);
    if (stage === 'received') ownStartMs = startMs;
  }
  const total = venue?.receivedToPainted ?? nothing;
  const name = 'Received → painted';
  const note = 'ours to answer for';
  rows.push({ key: 'total', name, note, estimated: false, figures: total, startMs: ownStartMs });
  return rows;
}

export interface Axis {
  readonly endMs: number;
  readonly ticks: readonly number[];
}

/** An outlier of one stage must not press the others flat: its whisker leaves the axis at this many medians. */
const axisMedians = 6;

export function computeAxis(rows: readonly StageRow[]): Axis {
  const medians = Math.max(
    0,
    ...rows.map(({ startMs, figures }) => startMs + (figures.p50Ms ?? 0)),
  );
  const longest = Math.max(
    0,
    ...rows.map(({ startMs, figures }) => startMs + (figures.p99Ms ?? 0)),
  );
  return axisOf(Math.min(longest, medians * axisMedians));
}

/** Four or five even steps of 1, 2 or 5 that reach the value. */
export function axisOf(valueMs: number): Axis {
  const wanted = Math.max(valueMs, 0.1) / 4;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= wanted) ?? power;
  const count = Math.max(1, Math.ceil(valueMs / step - 1e-9));
  const ticks = Array.from({ length: count + 1 }, (_, index) => tidy(index * step));
  return { endMs: tidy(count * step), ticks };
}

function tidy(value: number): number {
  return Number(value.toPrecision(6));
}
