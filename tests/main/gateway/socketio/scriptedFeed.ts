import type {
  ChannelValue,
  FeedListener,
  MarketFeed,
  Publication,
} from '../../../../src/main/gateway/hub/marketFeed.ts';
import type { ChannelId } from '../../../../src/shared/gateway/channelIds.ts';
import type { HostStatus } from '../../../../src/shared/values.ts';
import { hostStatus } from '../../../support/fakeEngineHost.ts';

export const startTime = 1_763_766_000_000;

/** Data as a test says it: nothing comes by itself. */
export class ScriptedFeed implements MarketFeed {
  readonly listed: readonly string[];
  wanted: ReadonlySet<ChannelId> = new Set();
  private listener: FeedListener | null = null;
  private readonly seqs = new Map<string, number>();
  private readonly now: () => number;

  constructor(listed: readonly string[], now: () => number) {
    this.listed = listed;
    this.now = now;
  }

  listen(listener: FeedListener): void {
    this.listener = listener;
    queueMicrotask(() => listener.onSource('simulated'));
  }

  want(channels: ReadonlySet<ChannelId>): void {
    this.wanted = new Set(channels);
  }

  markets(): readonly string[] {
    return this.listed;
  }

  candles(): Promise<never> {
    return Promise.reject(new Error('there are none'));
  }

  status(): HostStatus {
    return hostStatus({ source: 'simulated' });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  link(isUp: boolean): void {
    this.listener?.onLink(isUp, isUp ? 'The engine is back.' : 'The engine is gone.');
  }

  /** Returns its sequence. */
  trade(market: string, price: number, size = 1, side: 'buy' | 'sell' = 'buy'): number {
    const seq = this.next(`trades.${market}`);
    const instrument = `binance:${market}` as const;
    this.publish(`trades.${market}`, 'event', seq, {
      kind: 'trades',
      market,
      trade: {
        ...{ type: 'trade', ordinal: seq, instrument, id: String(seq), side },
        ...{ priceUnits: Math.round(price * 100), priceDecimals: 2 },
        ...{ sizeUnits: Math.round(size * 10_000), sizeDecimals: 4 },
        ...{ venueTime: this.now(), receivedTime: this.now(), late: false, outlier: false },
      },
    });
    return seq;
  }

  price(market: string, price: number): number {
    const seq = this.next(`price.${market}`);
    this.publish(`price.${market}`, 'state', seq, {
      kind: 'price',
      price: {
        ...{ market, price, priceDecimals: 2, status: 'live', receivedTime: this.now() },
        ...{ contributors: [], equalWeights: false, venueSpreadBps: 0.4 },
        ...{ change24hAbs: 250, change24hPct: 0.42, high24h: price + 1, low24h: price - 1 },
        ...{ volume24hBase: 1_000.5, volume24hQuote: 60_030_000.25, statsVenues: [] },
      },
    });
    return seq;
  }

  private next(key: string): number {
    const seq = (this.seqs.get(key) ?? 0) + 1;
    this.seqs.set(key, seq);
    return seq;
  }

  private publish(
    channel: ChannelId,
    type: Publication['type'],
    seq: number,
    value: ChannelValue,
  ): void {
    const head = { channel, type, epoch: 'k1-1', seq, source: 'simulated' } as const;
    this.listener?.onPublished([{ ...head, time: this.now(), value }]);
  }
}
