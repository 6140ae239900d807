import type { SessionMetrics, StreamMetrics } from '../../../shared/sessionMetrics.ts';
import { uptimeShare } from '../../../shared/sessionMetrics.ts';

/** What a card stands for. */
export const cardKeys = [
  'messages',
  'bytes',
  'uptime',
  'roundTrip',
  'lag',
  'gaps',
  'resyncs',
  'reconnects',
] as const;
export type CardKey = (typeof cardKeys)[number];

export type Figures = Readonly<Record<CardKey, number | null>>;

export function sum<Row>(rows: readonly Row[], read: (row: Row) => number): number {
  return rows.reduce((total, row) => total + read(row), 0);
}

export function gapsOf({ gaps }: StreamMetrics): number {
  return sum(Object.values(gaps), (count) => count);
}

export function figuresOf({ connections, streams, roundTrip, lag }: SessionMetrics): Figures {
  const isEmpty = connections.length === 0;
  const ofConnections = (read: (each: (typeof connections)[number]) => number) =>
    isEmpty ? null : sum(connections, read);
  return {
    messages: ofConnections((each) => each.messagesPerSec),
    bytes: ofConnections((each) => each.bytesPerSec),
    uptime: uptimeShare({
      uptimeMs: sum(connections, (each) => each.uptimeMs),
      wantedMs: sum(connections, (each) => each.wantedMs),
    }),
    roundTrip: roundTrip.p50Ms,
    lag: lag.p99Ms,
    gaps: isEmpty ? null : sum(streams, gapsOf),
    resyncs: isEmpty ? null : sum(streams, (each) => each.resyncs),
    reconnects: ofConnections((each) => each.reconnects),
  };
}
