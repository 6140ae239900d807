import type { FeedHealth } from '../../../shared/feedHealth.ts';
import type { Channel } from '../../../shared/gateway/channelIds.ts';
import type { WireStatus } from '../../../shared/gateway/wire.ts';
import { joinedStatus, streamWireStatus } from './writeStatus.ts';

/** Of the trades of a market, at all venues or one: what its candles rest on. */
export function tradeStatus(
  health: FeedHealth | null,
  { market, venue }: Pick<Channel, 'market' | 'venue'>,
): WireStatus {
  if (health === null) return 'resyncing';
  const streams = health.streams.filter(
    (stream) =>
      stream.channel === 'trade' &&
      (venue === null || stream.venue === venue) &&
      stream.instrument === `${stream.venue}:${market}`,
  );
  if (streams.length === 0) return 'stale';
  return joinedStatus(
    streams.map(({ status, lastReceivedTime }) =>
      streamWireStatus(status, lastReceivedTime !== null),
    ),
  );
}
