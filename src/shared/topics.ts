import { assertNever } from './assert.ts';
import type { TopicName, TopicRequest } from './bridge.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { DamagedBytesError } from './bytes.ts';
import { decodeBookView, encodeBookView } from './codecs/book.ts';
import { decodeCandleUpdate, encodeCandleUpdate } from './codecs/candle.ts';
import { decodeGapRecord, encodeGapRecord } from './codecs/gap.ts';
import { decodeFeedHealth, encodeFeedHealth } from './codecs/health.ts';
import {
  decodeHostStatus,
  decodeLinkState,
  encodeHostStatus,
  encodeLinkState,
} from './codecs/host.ts';
import { decodePriceValue, encodePriceValue } from './codecs/price.ts';
import { decodeQuoteValue, encodeQuoteValue } from './codecs/quote.ts';
import {
  decodeIncident,
  decodeLatencyReport,
  encodeIncident,
  encodeLatencyReport,
} from './codecs/report.ts';
import {
  decodeExportReport,
  decodeMarkList,
  decodeRecordingList,
  decodeSessionMetrics,
  encodeExportReport,
  encodeMarkList,
  encodeRecordingList,
  encodeSessionMetrics,
} from './codecs/recorded.ts';
import { decodeTickerValue, encodeTickerValue } from './codecs/ticker.ts';
import { decodeTapeEvent, encodeTapeEvent } from './codecs/tape.ts';
import type { ExportReport } from './exports.ts';
import type { FeedHealth, GapRecord } from './feedHealth.ts';
import type { Incident } from './incidents.ts';
import type { LatencyReport } from './latency.ts';
import type { MarkList } from './marks.ts';
import type { RecordingList } from './recordings.ts';
import type { SessionMetrics } from './sessionMetrics.ts';
import type {
  BookView,
  CandleUpdate,
  HostStatus,
  LinkState,
  PriceValue,
  QuoteValue,
  TickerValue,
  TradesDropped,
  TradeValue,
} from './values.ts';

/** What one record of each topic carries. */
export interface TopicValues {
  readonly price: PriceValue;
  /** One venue's; the subscription is of the market. */
  readonly quote: QuoteValue;
  readonly ticker: TickerValue;
  readonly trades: TradeValue | TradesDropped;
  readonly book: BookView;
  /** The open candle is state; a closed one is an event, never conflated away. */
  readonly candle: CandleUpdate;
  /** Sent again under the same id when it was closed or repaired. */
  readonly gaps: GapRecord;
  readonly health: FeedHealth;
  readonly status: HostStatus;
  readonly links: LinkState;
  /** Sent again under the same id when it changed. */
  readonly incidents: Incident;
  readonly latency: LatencyReport;
  readonly recordings: RecordingList;
  readonly exports: ExportReport;
  /** Of the session that the window looks at. */
  readonly marks: MarkList;
  readonly metrics: SessionMetrics;
}

type RequestOf<Name extends TopicName> = Extract<TopicRequest, { topic: Name }>;

/** One data kind: adding one starts with a record here. */
export interface TopicKind<Name extends TopicName> {
  readonly name: Name;
  /** On the wire; never used for another kind again. */
  readonly code: number;
  /** Events are appended and never conflated away; state is latest wins. */
  readonly class: 'event' | 'state';
  /** State that changes all the time is read this often instead of on each change. */
  readonly sampledMs: number | null;
  /** Equal for requests that mean the same. */
  readonly key: (request: RequestOf<Name>) => string;
  readonly encode: (writer: ByteWriter, value: TopicValues[Name]) => void;
  readonly decode: (reader: ByteReader) => TopicValues[Name];
}

export const topics: { readonly [Name in TopicName]: TopicKind<Name> } = {
  price: {
    name: 'price',
    code: 1,
    class: 'state',
    sampledMs: null,
    key: (request) => `price ${request.market}`,
    encode: encodePriceValue,
    decode: decodePriceValue,
  },
  quote: {
    name: 'quote',
    code: 2,
    class: 'state',
    sampledMs: null,
    key: (request) => `quote ${request.market}`,
    encode: encodeQuoteValue,
    decode: decodeQuoteValue,
  },
  ticker: {
    name: 'ticker',
    code: 3,
    class: 'state',
    sampledMs: null,
    key: (request) => `ticker ${request.market}`,
    encode: encodeTickerValue,
    decode: decodeTickerValue,
  },
  trades: {
    name: 'trades',
    code: 4,
    class: 'event',
    sampledMs: null,
    key: (request) => `trades ${request.market}`,
    encode: encodeTapeEvent,
    decode: decodeTapeEvent,
  },
  book: {
    name: 'book',
    code: 5,
    class: 'state',
    sampledMs: null,
    key: ({ market, venue, group, rows, muted }) =>
      `book ${market} ${venue ?? '*'} ${group} ${rows} ${[...new Set(muted)].sort().join(',')}`,
    encode: encodeBookView,
    decode: decodeBookView,
  },
  candle: {
    name: 'candle',
    code: 6,
    class: 'state',
    sampledMs: null,
    key: ({ market, venue, interval }) => `candle ${market} ${venue ?? '*'} ${interval}`,
    encode: encodeCandleUpdate,
    decode: decodeCandleUpdate,
  },
  gaps: {
    name: 'gaps',
    code: 7,
    class: 'event',
    sampledMs: null,
    key: () => 'gaps',
    encode: encodeGapRecord,
    decode: decodeGapRecord,
  },
  health: {
    name: 'health',
    code: 8,
    class: 'state',
    sampledMs: 250,
    key: () => 'health',
    encode: encodeFeedHealth,
    decode: decodeFeedHealth,
  },
  status: {
    name: 'status',
    code: 9,
    class: 'state',
    sampledMs: 250,
    key: () => 'status',
    encode: encodeHostStatus,
    decode: decodeHostStatus,
  },
  links: {
    name: 'links',
    code: 10,
    class: 'state',
    sampledMs: null,
    key: () => 'links',
    encode: encodeLinkState,
    decode: decodeLinkState,
  },
  incidents: {
    name: 'incidents',
    code: 11,
    class: 'event',
    sampledMs: null,
    key: () => 'incidents',
    encode: encodeIncident,
    decode: decodeIncident,
  },
  latency: {
    name: 'latency',
    code: 12,
    class: 'state',
    sampledMs: 1000,
    key: ({ span }) => `latency ${span}`,
    encode: encodeLatencyReport,
    decode: decodeLatencyReport,
  },
  recordings: {
    name: 'recordings',
    code: 13,
    class: 'state',
    sampledMs: 1000,
    key: () => 'recordings',
    encode: encodeRecordingList,
    decode: decodeRecordingList,
  },
  exports: {
    name: 'exports',
    code: 14,
    class: 'state',
    sampledMs: null,
    key: () => 'exports',
    encode: encodeExportReport,
    decode: decodeExportReport,
  },
  marks: {
    name: 'marks',
    code: 15,
    class: 'state',
    sampledMs: null,
    key: () => 'marks',
    encode: encodeMarkList,
    decode: decodeMarkList,
  },
  metrics: {
    name: 'metrics',
    code: 16,
    class: 'state',
    sampledMs: 1000,
    key: () => 'metrics',
    encode: encodeSessionMetrics,
    decode: decodeSessionMetrics,
  },
};

/** Names a request in stores and logs. */
export function topicKey(request: TopicRequest): string {
  switch (request.topic) {
    case 'price':
      return topics.price.key(request);
    case 'quote':
      return topics.quote.key(request);
    case 'ticker':
      return topics.ticker.key(request);
    case 'trades':
      return topics.trades.key(request);
    case 'book':
      return topics.book.key(request);
    case 'candle':
      return topics.candle.key(request);
    case 'gaps':
      return topics.gaps.key(request);
    case 'health':
      return topics.health.key(request);
    case 'status':
      return topics.status.key(request);
    case 'links':
      return topics.links.key(request);
    case 'incidents':
      return topics.incidents.key(request);
    case 'latency':
      return topics.latency.key(request);
    case 'recordings':
      return topics.recordings.key(request);
    case 'exports':
      return topics.exports.key(request);
    case 'marks':
      return topics.marks.key(request);
    case 'metrics':
      return topics.metrics.key(request);
    default:
      return assertNever(request);
  }
}

/** One value with the name of its topic. */
export type TopicUpdate = {
  readonly [Name in TopicName]: { readonly topic: Name; readonly value: TopicValues[Name] };
}[TopicName];

const topicByCode: ReadonlyMap<number, TopicName> = new Map(
  Object.values(topics).map((kind) => [kind.code, kind.name]),
);

export function topicOfCode(code: number): TopicName {
  const topic = topicByCode.get(code);
  if (topic === undefined) throw new DamagedBytesError(`unknown kind ${code}`);
  return topic;
}

export function decodeTopicUpdate(topic: TopicName, reader: ByteReader): TopicUpdate {
  switch (topic) {
    case 'price':
      return { topic, value: topics.price.decode(reader) };
    case 'quote':
      return { topic, value: topics.quote.decode(reader) };
    case 'ticker':
      return { topic, value: topics.ticker.decode(reader) };
    case 'trades':
      return { topic, value: topics.trades.decode(reader) };
    case 'book':
      return { topic, value: topics.book.decode(reader) };
    case 'candle':
      return { topic, value: topics.candle.decode(reader) };
    case 'gaps':
      return { topic, value: topics.gaps.decode(reader) };
    case 'health':
      return { topic, value: topics.health.decode(reader) };
    case 'status':
      return { topic, value: topics.status.decode(reader) };
    case 'links':
      return { topic, value: topics.links.decode(reader) };
    case 'incidents':
      return { topic, value: topics.incidents.decode(reader) };
    case 'latency':
      return { topic, value: topics.latency.decode(reader) };
    case 'recordings':
      return { topic, value: topics.recordings.decode(reader) };
    case 'exports':
      return { topic, value: topics.exports.decode(reader) };
    case 'marks':
      return { topic, value: topics.marks.decode(reader) };
    case 'metrics':
      return { topic, value: topics.metrics.decode(reader) };
    default:
      return assertNever(topic);
  }
}
