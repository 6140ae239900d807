import type { LatencyReport } from '../../../shared/latency.ts';
import { formatTime } from '../../format/time.ts';
import { formatCount, formatMs } from '../../format/quantity.ts';
import { axisOf } from './stageRows.ts';

type Points = LatencyReport['trend'];

const spanMs = 15 * 60_000;
/** The highest points may leave the picture above: a block of seconds must not press the rest flat. */
const shownShare = 0.9;
const width = 1_000;
const height = 100;

function linePath(
  points: Points,
  read: (point: Points[number]) => number | null,
  endTime: number,
  endMs: number,
): string {
  let path = '';
  let drawing = false;
  for (const point of points) {
    const value = read(point);
    if (value === null) {
      drawing = false;
      continue;
    }
    const x = width * (1 - (endTime - point.time) / spanMs);
    const y = height * (1 - value / endMs);
    // A point that stands alone is a dot: a line of no length with round ends.
    path += drawing ? `L${x.toFixed(1)} ${y.toFixed(2)}` : `M${x.toFixed(1)} ${y.toFixed(2)}h0`;
    drawing = true;
  }
  return path;
}

function trendWords(points: Points, limitMs: number): string {
  const known = points.flatMap(({ p99Ms }) => (p99Ms === null ? [] : [p99Ms]));
  if (known.length === 0) return 'Received to painted, last 15 minutes: nothing measured yet';
  const over = known.filter((value) => value > limitMs).length;
  return (
    `Received to painted, last 15 minutes: p99 between ${formatMs(Math.min(...known))} and ` +
    `${formatMs(Math.max(...known))} ms; over the limit of ${limitMs} ms in ${over} of ` +
    `${formatCount(known.length)} spans of 5 seconds`
  );
}

function highestShown(points: Points, limitMs: number): number {
  const sorted = points.flatMap(({ p99Ms }) => p99Ms ?? []).toSorted((a, b) => a - b);
  const high = sorted[Math.floor((sorted.length - 1) * shownShare)] ?? 0;
  return Math.max(limitMs * 1.15, high * 1.15);
}

/** p50 and p99 of received to painted. Where nothing was painted the lines stop. */
export function Trend({ report }: { readonly report: LatencyReport }) {
  const { trend, limitP99Ms } = report;
  const axis = axisOf(highestShown(trend, limitP99Ms));
  const endTime = trend.at(-1)?.time ?? report.time;
  const limitTop = 100 * (1 - limitP99Ms / axis.endMs);
  const labels = axis.ticks.filter((_, index) => index % Math.ceil(axis.ticks.length / 4) === 0);
  return (
    <section className="latency-trend" aria-label="Last 15 minutes">
      <header>
        <b>Last 15 minutes</b>
        <span className="latency-legend">
          <i data-line="p50" /> p50
          <i data-line="p99" /> p99
        </span>
      </header>
      <div className="latency-plot" role="img" aria-label={trendWords(trend, limitP99Ms)}>
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
          <path
            className="latency-p99"
            d={linePath(trend, (at) => at.p99Ms, endTime, axis.endMs)}
          />
          <path
            className="latency-p50"
            d={linePath(trend, (at) => at.p50Ms, endTime, axis.endMs)}
          />
        </svg>
        <span className="latency-limit" style={{ top: `${limitTop}%` }}>
          <small>limit p99 {limitP99Ms} ms</small>
        </span>
        {labels.map((tick) => (
          <small
            key={tick}
            className="latency-y num"
            style={{ top: `${100 * (1 - tick / axis.endMs)}%` }}
          >
            {formatCount(tick)} ms
          </small>
        ))}
      </div>
      <div className="latency-times num" aria-hidden="true">
        {[15, 10, 5, 0].map((minutes) => (
          <small key={minutes}>{formatTime(endTime - minutes * 60_000).slice(0, 5)}</small>
        ))}
      </div>
    </section>
  );
}
