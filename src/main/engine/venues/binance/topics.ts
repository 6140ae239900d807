import type { CandleInterval } from '../../../../shared/market.ts';
import { candleIntervals } from '../../../../shared/market.ts';
import type { ControlFrame, StreamCapability, StreamKey, VenueTopic } from '../venue.ts';
import { inFrames } from '../controlFrames.ts';
import { limits } from './endpoints.ts';

/** The venue spells all of our intervals as we do. */
export const intervals: readonly CandleInterval[] = candleIntervals;

export const capabilities: readonly StreamCapability[] = [
  { channel: 'trade', interval: null, scheduleMs: null },
  { channel: 'book', interval: null, scheduleMs: null },
  { channel: 'bbo', interval: null, scheduleMs: null },
  { channel: 'ticker', interval: null, scheduleMs: null },
  ...intervals.map((interval) => ({ channel: 'candle' as const, interval, scheduleMs: null })),
];

const suffixes = {
  trade: '@trade',
  book: '@depth@100ms',
  bbo: '@bookTicker',
  ticker: '@ticker',
} as const;

export function topicOf(stream: StreamKey, venueSymbol: string): VenueTopic | null {
  const symbol = venueSymbol.toLowerCase();
  if (stream.channel !== 'candle') {
    return { topic: `${symbol}${suffixes[stream.channel]}`, route: 'public' };
  }
  if (stream.interval === null) return null;
  return { topic: `${symbol}@kline_${stream.interval}`, route: 'public' };
}

export function subscribeFrames(
  topics: readonly string[],
  nextRequestId: () => string,
): readonly ControlFrame[] {
  return inFrames(topics, limits.topicsPerFrame, nextRequestId, (params, id) =>
    JSON.stringify({ method: 'SUBSCRIBE', params, id: wireId(id) }),
  );
}

export function unsubscribeFrames(
  topics: readonly string[],
  nextRequestId: () => string,
): readonly ControlFrame[] {
  return inFrames(topics, limits.topicsPerFrame, nextRequestId, (params, id) =>
    JSON.stringify({ method: 'UNSUBSCRIBE', params, id: wireId(id) }),
  );
}

/** The venue takes whole numbers, or up to 36 letters and digits as text. */
function wireId(requestId: string): number | string {
  return /^\d{1,15}$/.test(requestId) ? Number(requestId) : requestId;
}
