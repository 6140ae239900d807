import type { CandleInterval } from '../../../../shared/market.ts';
import { assertNever } from '../../../../shared/assert.ts';
import { inFrames } from '../controlFrames.ts';
import type { ControlFrame, StreamCapability, StreamKey, VenueTopic } from '../venue.ts';
import { limits } from './endpoints.ts';

/** Levels a side of the book that we subscribe; the venue keeps the window. */
export const bookDepth = 200;

/** The venue's spelling of our intervals; it has no seconds. */
const spellings: Readonly<Record<CandleInterval, string | null>> = {
  '1s': null,
  '1m': '1',
  '5m': '5',
  '15m': '15',
  '1h': '60',
  '4h': '240',
  '1d': 'D',
};

const intervalBySpelling = new Map<string, CandleInterval>([
  ['1', '1m'],
  ['5', '5m'],
  ['15', '15m'],
  ['60', '1h'],
  ['240', '4h'],
  ['D', '1d'],
]);

export function spellInterval(interval: CandleInterval): string | null {
  return spellings[interval];
}

export function readInterval(spelling: string): CandleInterval | null {
  return intervalBySpelling.get(spelling) ?? null;
}

export const capabilities: readonly StreamCapability[] = [
  { channel: 'trade', interval: null, scheduleMs: null },
  { channel: 'book', interval: null, scheduleMs: null },
  // The level-1 book is sent again with the same id after 3 s without a change.
  { channel: 'bbo', interval: null, scheduleMs: 3_000 },
  { channel: 'ticker', interval: null, scheduleMs: null },
  ...[...intervalBySpelling.values()].map((interval) => ({
    channel: 'candle' as const,
    interval,
    scheduleMs: null,
  })),
];

export function topicOf(stream: StreamKey, venueSymbol: string): VenueTopic | null {
  const name = channelOf(stream);
  return name === null ? null : { topic: `${name}.${venueSymbol}`, route: 'public' };
}

function channelOf(stream: StreamKey): string | null {
  switch (stream.channel) {
    case 'trade':
      return 'publicTrade';
    case 'book':
      return `orderbook.${bookDepth}`;
    case 'bbo':
      return 'orderbook.1';
    case 'ticker':
      return 'tickers';
    case 'candle': {
      const spelling = stream.interval === null ? null : spellings[stream.interval];
      return spelling === null ? null : `kline.${spelling}`;
    }
    default:
      return assertNever(stream.channel);
  }
}

export function subscribeFrames(
  topics: readonly string[],
  nextRequestId: () => string,
): readonly ControlFrame[] {
  return inFrames(topics, limits.topicsPerFrame, nextRequestId, (args, id) =>
    JSON.stringify({ req_id: id, op: 'subscribe', args }),
  );
}

export function unsubscribeFrames(
  topics: readonly string[],
  nextRequestId: () => string,
): readonly ControlFrame[] {
  return inFrames(topics, limits.topicsPerFrame, nextRequestId, (args, id) =>
    JSON.stringify({ req_id: id, op: 'unsubscribe', args }),
  );
}
