import type {
  ClientConnection,
  ClientState,
  ClientsReport,
} from '../../../shared/gateway/clientsReport.ts';
import { clientTransports } from '../../../shared/gateway/clientsReport.ts';
import { noValue } from '../../format/digits.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatBytes, formatCount, formatMs, formatRate } from '../../format/quantity.ts';
import type { Validity } from '../../widgets/validity.ts';
import type { ClientsReading } from './ClientsFeed.ts';

export const transportNames: Readonly<Record<ClientConnection['transport'], string>> = {
  websocket: 'WebSocket',
  socketio: 'Socket.IO',
  sse: 'SSE',
  poll: 'polling',
};

export const stateWords: Readonly<Record<ClientState, string>> = {
  reading: 'It reads what it is sent.',
  slow: 'It does not read fast enough: it gets the newest state only, and is ended if it stays so.',
  waiting: 'Between two requests; its events wait for it.',
};

const stateMarks: Readonly<Record<ClientState, Validity>> = {
  reading: 'live',
  slow: 'stale',
  waiting: 'quiet',
};

/** What was true when the gateway was last heard is no state of now. */
export function markOf(state: ClientState, isStale: boolean): Validity {
  return isStale ? 'stale' : stateMarks[state];
}

/** One figure above the table. */
export interface ClientFigure {
  readonly key: string;
  readonly label: string;
  readonly value: string;
  readonly unit: string;
  readonly note: string;
}

function programsNote({ clients }: ClientsReport): string {
  const used = clientTransports.filter((transport) => clients[transport] > 0);
  if (used.length === 0) return 'none connected';
  return used
    .map((transport) => `${formatCount(clients[transport])} ${transportNames[transport]}`)
    .join(' · ');
}

function deliveryNote({ deliveryMs: { p50, p99, max } }: ClientsReport): string {
  if (p50 === null) return 'nothing delivered in the last minute';
  return `p99 ${formatMs(p99)} · max ${formatMs(max)} · last minute`;
}

const labels = [
  ['programs', 'Programs'],
  ['windows', 'Windows'],
  ['records', 'Records'],
  ['delivery', 'Delivery p50'],
  ['slow', 'Slow now'],
  ['resyncs', 'Resyncs'],
  ['connected', 'Connected'],
  ['ended', 'Ended'],
] as const;
type FigureKey = (typeof labels)[number][0];

type Figure = readonly [value: string, unit: string, note: string];

function figuresOf({ report, recordsPerSec }: ClientsReading): Readonly<Record<FigureKey, Figure>> {
  const { clients, connectedMs, ended, deliveryMs } = report;
  const programs = clientTransports.reduce((sum, transport) => sum + clients[transport], 0);
  const sent = `${formatCount(report.recordsSent)} sent · ${formatBytes(report.bytesSent)}`;
  const held = `${formatCount(report.evicted)} evicted · ${formatCount(report.conflated)} conflated`;
  return {
    programs: [formatCount(programs), '', programsNote(report)],
    windows: [formatCount(report.windows), '', 'of the workstation'],
    records: [formatRate(recordsPerSec), recordsPerSec === null ? '' : '/s', sent],
    delivery: [formatMs(deliveryMs.p50), deliveryMs.p50 === null ? '' : 'ms', deliveryNote(report)],
    slow: [formatCount(report.slow), '', held],
    resyncs: [formatCount(report.resyncs), '', `${formatCount(report.resumed)} resumed`],
    connected: [
      formatDuration(connectedMs.average),
      '',
      `on average · longest ${formatDuration(connectedMs.longest)}`,
    ],
    ended: [
      formatCount(ended.count),
      '',
      ended.averageMs === null
        ? 'since the gateway started'
        : `after ${formatDuration(ended.averageMs)} on average`,
    ],
  };
}

/** Before the first answer the same places, and nothing in them. */
export function clientFigures(reading: ClientsReading | null): readonly ClientFigure[] {
  const figures = reading === null ? null : figuresOf(reading);
  return labels.map(([key, label]) => {
    const [value, unit, note] = figures?.[key] ?? [noValue, '', ''];
    return { key, label, value, unit, note };
  });
}
