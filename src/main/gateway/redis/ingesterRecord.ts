import * as v from 'valibot';
import type { EpochMs } from '../../../shared/market.ts';
import { notRecording } from '../../../shared/recordings.ts';
import type { DataSource, HostStatus } from '../../../shared/values.ts';

/** What an ingesting process says of itself with each beat. */
export interface IngesterRecord {
  readonly source: DataSource;
  readonly startedTime: EpochMs;
  readonly version: string;
  /** Changes with its list of markets. */
  readonly marketsVersion: string;
  /** Changes with the lists of markets that it hears. */
  readonly symbolsVersion: string;
  /** Without what only its own machine is concerned with: notices, recording, replay. */
  readonly status: HostStatus;
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000));
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const time = v.pipe(v.number(), v.finite(), v.minValue(0));
const sourceSchema = v.custom<DataSource>(
  (text) =>
    text === 'live' ||
    text === 'simulated' ||
    (typeof text === 'string' && text.startsWith('replay:') && text.length <= 200),
);

const recordSchema = v.object({
  source: sourceSchema,
  startedTime: time,
  version: v.pipe(v.string(), v.maxLength(40)),
  marketsVersion: v.pipe(v.string(), v.maxLength(40)),
  symbolsVersion: v.pipe(v.string(), v.maxLength(40)),
  status: v.object({
    source: sourceSchema,
    sourceReason: v.picklist(['live', 'chosen', 'probing', 'fallback', 'replay']),
    decisionTime: v.nullable(time),
    liveReachable: v.boolean(),
    version: v.pipe(v.string(), v.maxLength(40)),
    startedTime: time,
    watchedSince: time,
    queuedMessages: count,
    venuesLive: count,
    venuesTotal: count,
    symbolsLive: count,
    symbolsTotal: count,
    messagesPerSec: amount,
    loop: v.nullable(
      v.object({
        p99Ms: amount,
        maxMs: amount,
        blockedTime: v.nullable(time),
        blockedMs: v.nullable(amount),
      }),
    ),
  }),
});

const maxRecordLength = 8_192;

/** Null for whatever is no record of an ingester. */
export function parseIngesterRecord(text: string): IngesterRecord | null {
  if (text.length > maxRecordLength) return null;
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const parsed = v.safeParse(recordSchema, content);
  if (!parsed.success) return null;
  const { status } = parsed.output;
  return {
    ...parsed.output,
    status: { ...status, recording: notRecording, replay: null, notices: [] },
  };
}

export function writeIngesterRecord(record: IngesterRecord): string {
  const own = { recording: undefined, replay: undefined, notices: undefined, beside: undefined };
  return JSON.stringify({ ...record, status: { ...record.status, ...own } });
}

/**
 * Processes of different sources are never mixed: the one that came first decides, and the others wait. Null: there is none.
 */
export function leadingSource(records: Iterable<IngesterRecord>): DataSource | null {
  let first: IngesterRecord | null = null;
  for (const record of records) {
    if (first === null || record.startedTime < first.startedTime) first = record;
  }
  return first?.source ?? null;
}
