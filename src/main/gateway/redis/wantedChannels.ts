import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import { parseChannelId } from '../../../shared/gateway/channelIds.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import type { MarketId } from '../../../shared/market.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';

const eventKinds: ReadonlySet<string> = new Set(['trades', 'candles', 'gaps']);

/**
 * What any gateway wants. Channels of events are published on for as long as events are kept: a client whose gateway died
 * comes back elsewhere, and finds what it has missed.
 */
export class WantedChannels {
  readonly #untilMs = new Map<ChannelId, number>();
  /** Markets of which a channel has ended, each with its time: they are kept until that has been said in the log. */
  readonly #endedMs = new Map<MarketId, number>();

  /** What is no channel is left out: gateways are not trusted to write well. */
  set(channels: readonly ChannelId[], nowMs: number): void {
    for (const [channel, untilMs] of this.#untilMs) {
      if (untilMs !== Infinity) continue;
      const isEvent = eventKinds.has(parseChannelId(channel)?.kind ?? '');
      this.#untilMs.set(channel, isEvent ? nowMs + gatewayLimits.retentionMs : nowMs);
    }
    for (const channel of channels.slice(0, scaleOutLimits.maxWantedChannels)) {
      if (parseChannelId(channel) !== null) this.#untilMs.set(channel, Infinity);
    }
  }

  has(channel: ChannelId): boolean {
    return this.#untilMs.has(channel);
  }

  /** A market whose last channel has just ended has none. */
  byMarket(nowMs: number): ReadonlyMap<MarketId, readonly ChannelId[]> {
    const byMarket = new Map<MarketId, ChannelId[]>();
    for (const [channel, untilMs] of this.#untilMs) {
      const market = parseChannelId(channel)?.market ?? '';
      if (untilMs <= nowMs) {
        this.#untilMs.delete(channel);
        if (market !== '') this.#endedMs.set(market, nowMs);
        continue;
      }
      if (market === '') continue;
      const channels = byMarket.get(market);
      if (channels === undefined) byMarket.set(market, [channel]);
      else channels.push(channel);
    }
    for (const [market, endedMs] of this.#endedMs) {
      if (nowMs - endedMs >= scaleOutLimits.lingerMs) this.#endedMs.delete(market);
      else if (!byMarket.has(market)) byMarket.set(market, []);
    }
    return byMarket;
  }
}
