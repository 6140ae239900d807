import { exportSchema } from '../../../../shared/exportSchema.ts';
import type { EpochMs } from '../../../../shared/market.ts';
import { parseInstrumentId } from '../../../../shared/market.ts';
import type {
  ConnectionMetrics,
  Percentiles,
  SessionMetrics,
  StreamMetrics,
} from '../../../../shared/sessionMetrics.ts';
import { uptimeShare } from '../../../../shared/sessionMetrics.ts';
import type { DataSource } from '../../../../shared/values.ts';
import type { CoreView } from '../../coreView.ts';
import type { RecordedLoss } from '../../recording/recordedLosses.ts';
import { lostInputsOf } from '../../recording/recordedLosses.ts';
import { computeSessionMetrics } from '../../health/sessionMetrics.ts';
import type { Cell, Row } from '../cells.ts';
import { textCell, timeCell } from '../cells.ts';
import type { TableOptions, TableRows } from './tableRows.ts';
import { isWanted } from './tableRows.ts';

/** One set of rows, at the end of the range. */
export function createMetricsTable(
  options: TableOptions,
  source: DataSource,
  startTime: EpochMs,
): TableRows {
  let view: CoreView | null = null;
  return {
    onCore(next) {
      view = next;
    },
    finish() {
      if (view === null) return;
      const metrics = computeSessionMetrics(view, source, startTime);
      for (const row of metricsRows(metrics, options)) options.emit(row);
    },
  };
}

export function metricsRows(
  metrics: SessionMetrics,
  options: Pick<TableOptions, 'markets'>,
): readonly Row[] {
  return [
    ...metrics.connections.map((connection) => connectionRow(connection, metrics)),
    ...metrics.streams.flatMap((stream) => {
      const market = parseInstrumentId(stream.instrument)?.market ?? stream.instrument;
      return isWanted(options, market) ? [streamRow(stream, market, metrics)] : [];
    }),
  ];
}

/** Null: the recording holds everything. */
export function recordingRow(
  losses: readonly RecordedLoss[],
  startTime: EpochMs,
  time: EpochMs,
): Row | null {
  const known = losses.filter(({ from }) => from <= time);
  if (known.length === 0) return null;
  const cells = new Map<string, Cell>([
    ['scope', 'recording'],
    ['status', 'missing'],
    ['start_time', timeCell(startTime)],
    ['time', timeCell(time)],
    ['gap_time', known.reduce((sum, { from, to }) => sum + Math.min(to, time) - from, 0)],
    ['lost_inputs', known.some(({ count }) => count !== null) ? lostInputsOf(known) : null],
  ]);
  return exportSchema.metrics.columns.map(({ name }) => cells.get(name) ?? null);
}

function connectionRow(each: ConnectionMetrics, metrics: SessionMetrics): Row {
  return [
    ...['connection', textCell(each.connection), each.venue, null, null, null, each.status],
    ...timesOf(each.openedTime, each.uptimeMs, uptimeShare(each), metrics),
    ...[each.messagesReceived, each.messagesSent, each.bytesReceived],
    ...[each.messagesPerSec, each.bytesPerSec, each.subscriptions, each.queuedMessages],
    ...[each.reconnects, each.errors],
    ...[...percentileCells(each.roundTrip), each.roundTripMeanMs, each.clockOffsetMs],
    ...[null, null, null, null],
    ...[null, null, null, null, null, null, null, null, null],
    ...[each.decodeErrors, null],
  ];
}

function streamRow(each: StreamMetrics, market: string, metrics: SessionMetrics): Row {
  const { gaps } = each;
  return [
    ...['stream', textCell(each.connection), each.venue, market, each.channel],
    ...[each.interval, each.status],
    ...timesOf(null, each.uptimeMs, shareOfSession(each, metrics), metrics),
    ...[each.messages, null, null, each.messagesPerSec, null, null, null, null, null],
    ...[null, null, null, null, null, null],
    ...percentileCells(each.lag),
    ...[gaps.disconnect, gaps.sequence, gaps.stale, gaps.overflow, gaps.decode, gaps.clock],
    ...[each.gapMs, each.gapsRepaired, each.resyncs, each.decodeErrors, null],
  ];
}

function shareOfSession(
  { uptimeMs }: StreamMetrics,
  { startTime, time }: SessionMetrics,
): number | null {
  return time > startTime ? Math.min(1, uptimeMs / (time - startTime)) : null;
}

function timesOf(
  openedTime: EpochMs | null,
  uptimeMs: number,
  share: number | null,
  { startTime, time }: SessionMetrics,
): readonly Cell[] {
  return [timeCell(startTime), timeCell(time), timeCell(openedTime), uptimeMs, share];
}

function percentileCells({ count, p50Ms, p99Ms, maxMs }: Percentiles): readonly Cell[] {
  return [count, p50Ms, p99Ms, maxMs];
}
