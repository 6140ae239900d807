import { assertNever } from '../../../shared/assert.ts';
import type { TopicRequest } from '../../../shared/bridge.ts';
import type { Channel } from '../../../shared/gateway/channelIds.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';

/** The engine's topic whose values are published in the channel. */
export function topicOf({ kind, market, venue, interval }: Channel): TopicRequest {
  switch (kind) {
    case 'orderbook': {
      const rows = gatewayLimits.maxBookDepth;
      return { topic: 'book', market, venue, group: '0', rows, muted: [] };
    }
    case 'candles':
      return { topic: 'candle', market, venue, interval: interval ?? '1m' };
    case 'price':
    case 'ticker':
    case 'trades':
      return { topic: kind, market };
    case 'gaps':
    case 'health':
      return { topic: kind };
    default:
      return assertNever(kind);
  }
}
