import type { LatencyFigures, VenueLatency } from '../../../shared/latency.ts';
import { formatCount } from '../../format/quantity.ts';
import { stageFigure, stageWords } from './latencyWords.ts';
import type { Axis, StageRow } from './stageRows.ts';
import { computeAxis, computeStageRows } from './stageRows.ts';

const shapeWidth = 79;
const shapeHeight = 22;

/** How the values are spread from 0 to p99: a picture, not a measure. */
function Shape({ shape }: { readonly shape: LatencyFigures['shape'] }) {
  const highest = Math.max(0, ...shape);
  const step = shapeWidth / Math.max(1, shape.length);
  return (
    <svg
      className="latency-shape"
      viewBox={`0 0 ${shapeWidth} ${shapeHeight}`}
      aria-hidden="true"
      preserveAspectRatio="none"
    >
      {shape.map((share, index) => {
        const height = highest === 0 ? 0 : Math.max(share > 0 ? 1 : 0, (share / highest) * 20);
        const x = index * step;
        return <rect key={x} x={x} y={shapeHeight - height} width={step - 1} height={height} />;
      })}
    </svg>
  );
}

function Bar({ row, axis }: { readonly row: StageRow; readonly axis: Axis }) {
  const { figures, startMs, estimated } = row;
  const share = (ms: number): number => Math.min(1, Math.max(0, ms / axis.endMs)) * 100;
  const start = share(startMs);
  const median = share(startMs + (figures.p50Ms ?? 0));
  const end = share(startMs + (figures.p99Ms ?? 0));
  const isCut = startMs + (figures.p99Ms ?? 0) > axis.endMs;
  return (
    <span className="latency-bar" role="img" aria-label={stageWords(row)} title={stageWords(row)}>
      {figures.count === 0 ? null : (
        <>
          <i
            className="latency-median"
            data-estimated={estimated}
            style={{ left: `${start}%`, width: `${Math.max(0, median - start)}%` }}
          />
          <i
            className="latency-whisker"
            data-estimated={estimated}
            data-cut={isCut}
            style={{ left: `${median}%`, width: `${Math.max(0, end - median)}%` }}
          />
        </>
      )}
    </span>
  );
}

function AxisTicks({ axis }: { readonly axis: Axis }) {
  return (
    <span className="latency-axis num" role="columnheader" aria-label="Milliseconds">
      {axis.ticks.map((tick, index) => {
        const isLast = index === axis.ticks.length - 1;
        return (
          <i key={tick} style={{ left: `${(tick / axis.endMs) * 100}%` }}>
            {tick < 1_000 ? tick : formatCount(tick)}
            {isLast ? ' ms' : ''}
          </i>
        );
      })}
    </span>
  );
}

export function StageTable({ venue }: { readonly venue: VenueLatency | null }) {
  const rows = computeStageRows(venue);
  const axis = computeAxis(rows);
  return (
    <div className="latency-stages" role="table" aria-label="Stages of a message">
      <div className="latency-row latency-head" role="row">
        <span role="columnheader">Stage</span>
        <AxisTicks axis={axis} />
        <span role="columnheader">p50</span>
        <span role="columnheader">p99 ms</span>
        <span role="columnheader">max</span>
        <span className="latency-shape-head" role="columnheader">
          shape
        </span>
      </div>
      {rows.map((row) => (
        <div key={row.key} className="latency-row latency-stage" role="row" data-stage={row.key}>
          <span className="latency-name" role="rowheader">
            <b>{row.name}</b>
            <small>{row.note}</small>
          </span>
          <span role="cell" className="latency-bar-cell">
            <Bar row={row} axis={axis} />
          </span>
          <span className="num latency-strong" role="cell">
            {stageFigure(row.figures.p50Ms)}
          </span>
          <span className="num latency-strong" role="cell">
            {stageFigure(row.figures.p99Ms)}
          </span>
          <span className="num" role="cell">
            {stageFigure(row.figures.maxMs)}
          </span>
          <span role="cell">
            <Shape shape={row.figures.shape} />
          </span>
        </div>
      ))}
    </div>
  );
}
