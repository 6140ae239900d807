import type { Channel, ChannelId } from '../../../shared/gateway/channelIds.ts';
import type { Validity, WireUpdate } from '../../../shared/gateway/wire.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { DataSource } from '../../../shared/values.ts';

const unknown = { last: null, open: null, high: null, low: null, volume: null, quoteVolume: null };

/** The record of a state that has no value yet; null for what has none of its own. */
export function writeNothing(
  channel: Channel | null,
  id: ChannelId,
  source: DataSource,
  time: EpochMs,
): WireUpdate | null {
  if (channel === null) return null;
  const head = { channel: id, symbol: channel.market, epoch: '', seq: 0, source, time };
  const note = 'Nothing has been heard of it yet.';
  const validity: Validity = { status: 'none', receivedTime: null, ageMs: null, note };
  switch (channel.kind) {
    case 'price': {
      const { high, low, volume, quoteVolume } = unknown;
      const price = { price: null, change: null, changePercent: null };
      return {
        type: 'price_update',
        ...head,
        ...validity,
        price: { ...price, volume, quoteVolume, high, low, timestamp: null },
        priceStatus: 'none',
        equalWeights: false,
        venueSpreadBps: null,
        contributors: [],
      };
    }
    case 'ticker': {
      const ticker = { ...unknown, timestamp: null };
      return { type: 'ticker_update', ...head, ...validity, ticker, venues: [] };
    }
    case 'orderbook': {
      const sides = { bids: [], asks: [], parts: [], crossed: null };
      return { type: 'orderbook_update', ...head, ...validity, venue: channel.venue, ...sides };
    }
    default:
      return null;
  }
}
