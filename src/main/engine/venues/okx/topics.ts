import { assertNever } from '../../../../shared/assert.ts';
import type { CandleInterval } from '../../../../shared/market.ts';
import { candleIntervals } from '../../../../shared/market.ts';
import { inFrames } from '../controlFrames.ts';
import type { ControlFrame, StreamCapability, StreamKey, VenueTopic } from '../venue.ts';
import { limits } from './endpoints.ts';

/** Levels a side of `books`. */
export const bookDepth = 400;

/** Days open at UTC+8 unless `utc` is said. */
const spellings: Readonly<Record<CandleInterval, string>> = {
  '1s': '1s',
  '1m': '1m',
  '5m': '5m',
  '15m': '15m',
  '1h': '1H',
  '4h': '4H',
  '1d': '1Dutc',
};

const intervalBySpelling = new Map<string, CandleInterval>(
  candleIntervals.map((interval) => [spellings[interval], interval]),
);

export function spellInterval(interval: CandleInterval): string {
  return spellings[interval];
}

export function readInterval(spelling: string): CandleInterval | null {
  return intervalBySpelling.get(spelling) ?? null;
}

export const capabilities: readonly StreamCapability[] = [
  { channel: 'trade', interval: null, scheduleMs: null },
  // An empty update comes about once a minute when nothing changes.
  { channel: 'book', interval: null, scheduleMs: 60_000 },
  { channel: 'bbo', interval: null, scheduleMs: null },
  { channel: 'ticker', interval: null, scheduleMs: null },
  ...candleIntervals.map((interval) => ({
    channel: 'candle' as const,
    interval,
    scheduleMs: null,
  })),
];

export function topicOf(stream: StreamKey, venueSymbol: string): VenueTopic | null {
  switch (stream.channel) {
    case 'trade':
      return publicTopic('trades', venueSymbol);
    case 'book':
      return publicTopic('books', venueSymbol);
    case 'bbo':
      return publicTopic('bbo-tbt', venueSymbol);
    case 'ticker':
      return publicTopic('tickers', venueSymbol);
    case 'candle': {
      if (stream.interval === null) return null;
      const channel = `candle${spellings[stream.interval]}`;
      return { topic: topicName(channel, venueSymbol), route: 'business' };
    }
    default:
      return assertNever(stream.channel);
  }
}

function publicTopic(channel: string, venueSymbol: string): VenueTopic {
  return { topic: topicName(channel, venueSymbol), route: 'public' };
}

/** The venue has no name for a topic, only its two parts. */
export function topicName(channel: string, venueSymbol: string): string {
  return `${channel}:${venueSymbol}`;
}

export function subscribeFrames(
  topics: readonly string[],
  nextRequestId: () => string,
): readonly ControlFrame[] {
  return inFrames(topics, limits.topicsPerFrame, nextRequestId, (some, id) =>
    JSON.stringify({ id, op: 'subscribe', args: some.map(argumentOf) }),
  );
}

export function unsubscribeFrames(
  topics: readonly string[],
  nextRequestId: () => string,
): readonly ControlFrame[] {
  return inFrames(topics, limits.topicsPerFrame, nextRequestId, (some, id) =>
    JSON.stringify({ id, op: 'unsubscribe', args: some.map(argumentOf) }),
  );
}

function argumentOf(topic: string): { readonly channel: string; readonly instId: string } {
  const colon = topic.indexOf(':');
  return { channel: topic.slice(0, colon), instId: topic.slice(colon + 1) };
}
