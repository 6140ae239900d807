import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import { parseChannelId } from '../../../shared/gateway/channelIds.ts';
import type { MarketId } from '../../../shared/market.ts';

/**
 * `<fence>.<take>.<epoch of the engine>`: a later owner's is never taken for an earlier one's, and what an owner stopped and
 * began again does not look as if it had gone on.
 */
export function channelEpoch(fence: number, take: number, engineEpoch: string): string {
  return `${fence.toString(36)}.${take.toString(36)}.${engineEpoch}`;
}

/** Null for channels of no market. */
export function marketOfChannel(channel: ChannelId): MarketId | null {
  const market = parseChannelId(channel)?.market ?? '';
  return market === '' ? null : market;
}
