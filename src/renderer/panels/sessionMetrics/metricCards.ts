import type { ConnectionMetrics, SessionMetrics } from '../../../shared/sessionMetrics.ts';
import { connectionName, uptimeShare } from '../../../shared/sessionMetrics.ts';
import { noValue } from '../../format/digits.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatBytes, formatCount, formatMs, formatRate } from '../../format/quantity.ts';
import type { CardKey } from './figures.ts';
import { cardKeys, figuresOf, sum } from './figures.ts';
import type { MetricsSample } from './metricsHistory.ts';
import { chartValues } from './metricsHistory.ts';

export type Trend = 'up' | 'down' | 'stable';

export interface Card {
  readonly key: CardKey;
  readonly label: string;
  readonly value: string;
  readonly unit: string;
  /** What `value` is of; null: not known. */
  readonly figure: number | null;
  readonly note: string;
  /** Null: too short a time to tell. */
  readonly trend: Trend | null;
  readonly chart: readonly (number | null)[];
  /** So much of a change is news, as a share of the figure; 0: any. */
  readonly newsShare: number;
}

interface CardWords {
  readonly label: string;
  readonly unit: string;
  readonly newsShare: number;
  /** A count since the session began: it only grows. */
  readonly isCount: boolean;
}

const words: Readonly<Record<CardKey, CardWords>> = {
  messages: { label: 'Messages', unit: 'msg/s', newsShare: 0.2, isCount: false },
  bytes: { label: 'Data', unit: '', newsShare: 0.2, isCount: false },
  uptime: { label: 'Connected', unit: '%', newsShare: 0.01, isCount: false },
  roundTrip: { label: 'Round trip p50', unit: 'ms', newsShare: 0.1, isCount: false },
  lag: { label: 'Lag p99', unit: 'ms', newsShare: 0.1, isCount: false },
  gaps: { label: 'Gaps', unit: '', newsShare: 0, isCount: true },
  resyncs: { label: 'Resyncs', unit: '', newsShare: 0, isCount: true },
  reconnects: { label: 'Reconnects', unit: '', newsShare: 0, isCount: true },
};

const leastSamples = 10;
const recentSamples = 10;
const comparedSamples = 70;
/** A figure within this share of what it was is the same. */
const stableShare = 0.05;

/** The last ten seconds against the minute before; of a count, whether it grew in that time. */
export function computeTrend(samples: readonly MetricsSample[], key: CardKey): Trend | null {
  const values = samples
    .slice(-comparedSamples)
    .flatMap(({ figures }) => (figures[key] === null ? [] : [figures[key]]));
  const first = values[0];
  const last = values.at(-1);
  if (first === undefined || last === undefined || values.length <= leastSamples) return null;
  if (words[key].isCount) return last > first ? 'up' : 'stable';
  const mean = (some: readonly number[]) => sum(some, (value) => value) / some.length;
  const recent = mean(values.slice(-recentSamples));
  const before = mean(values.slice(0, -recentSamples));
  const share = key === 'uptime' ? 0.0005 : stableShare;
  if (Math.abs(recent - before) <= Math.abs(before) * share) return 'stable';
  return recent > before ? 'up' : 'down';
}

/** Whole only where nothing is missing: `99.99` is not `100`. */
export function formatShare(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return noValue;
  return share >= 1 ? '100' : (Math.floor(share * 10_000) / 100).toFixed(2);
}

function lowestUptime(connections: readonly ConnectionMetrics[]): string {
  const known = connections.filter((each) => uptimeShare(each) !== null);
  const lowest = known.toSorted((a, b) => (uptimeShare(a) ?? 1) - (uptimeShare(b) ?? 1))[0];
  if (lowest === undefined) return 'nothing to connect yet';
  const share = uptimeShare(lowest);
  if (share === 1) return 'all connections, all the time';
  return `least ${formatShare(share)}%, ${connectionName(lowest.connection)}`;
}

function noteOf(key: CardKey, metrics: SessionMetrics): string {
  const { connections, streams, roundTrip, lag } = metrics;
  switch (key) {
    case 'messages':
      return `${formatCount(sum(connections, (each) => each.messagesReceived))} in all`;
    case 'bytes':
      return `${formatBytes(sum(connections, (each) => each.bytesReceived))} in all`;
    case 'uptime':
      return lowestUptime(connections);
    case 'roundTrip':
      return `p99 ${formatMs(roundTrip.p99Ms)} · max ${formatMs(roundTrip.maxMs)}`;
    case 'lag':
      return `p50 ${formatMs(lag.p50Ms)} · max ${formatMs(lag.maxMs)}`;
    case 'gaps': {
      const repaired = formatCount(sum(streams, (each) => each.gapsRepaired));
      const lostMs = sum(streams, (each) => each.gapMs);
      return `${repaired} repaired${lostMs > 0 ? ` · ${formatDuration(lostMs)} not` : ''}`;
    }
    case 'resyncs':
      return `${formatCount(sum(connections, (each) => each.decodeErrors))} unreadable frames`;
    case 'reconnects':
      return `${formatCount(sum(connections, (each) => each.errors))} errors`;
    default:
      return key satisfies never;
  }
}

function valueOf(key: CardKey, figure: number | null): { value: string; unit: string } {
  const { unit } = words[key];
  if (figure === null) return { value: noValue, unit };
  switch (key) {
    case 'messages':
      return { value: formatRate(figure), unit };
    case 'bytes': {
      const [value = '', size = ''] = formatBytes(figure).split(' ');
      return { value, unit: `${size}/s` };
    }
    case 'uptime':
      return { value: formatShare(figure), unit };
    case 'roundTrip':
    case 'lag':
      return { value: formatMs(figure), unit };
    case 'gaps':
    case 'resyncs':
    case 'reconnects':
      return { value: formatCount(figure), unit };
    default:
      return key satisfies never;
  }
}

export function computeCards(
  metrics: SessionMetrics,
  samples: readonly MetricsSample[],
): readonly Card[] {
  const figures = figuresOf(metrics);
  return cardKeys.map((key) => ({
    key,
    label: words[key].label,
    ...valueOf(key, figures[key]),
    figure: figures[key],
    note: noteOf(key, metrics),
    trend: computeTrend(samples, key),
    chart: chartValues(samples, key),
    newsShare: words[key].newsShare,
  }));
}
