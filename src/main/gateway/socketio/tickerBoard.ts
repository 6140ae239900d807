import type { PriceUpdate } from '../../../shared/gateway/wire.ts';
import type { MarketId } from '../../../shared/market.ts';
import type { GatewayClock } from '../gatewayClock.ts';
import type { MarketHub } from '../hub/clientContract.ts';
import { marketEntry } from './compatPayloads.ts';
import type { MarketEntry } from './compatPayloads.ts';

/** Clients whose beats fall together are told the same figures. */
const sharedMs = 100;

interface Reading {
  readonly readMs: number;
  readonly update: Promise<PriceUpdate | null>;
}

/** The newest price of each market that some client of the older protocol has, read once for all of them. */
export class TickerBoard {
  private readonly hub: MarketHub;
  private readonly clock: GatewayClock;
  private readonly readings = new Map<MarketId, Reading>();

  constructor(hub: MarketHub, clock: GatewayClock) {
    this.hub = hub;
    this.clock = clock;
  }

  /** Keyed by what the client calls each market. */
  async entries(
    marketBySymbol: ReadonlyMap<string, MarketId>,
  ): Promise<Readonly<Record<string, MarketEntry>>> {
    const entries = [...marketBySymbol].map(async ([symbol, market]) => {
      const update = await this.read(market);
      return [symbol, marketEntry(symbol, market, update, this.hub.source)] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  private read(market: MarketId): Promise<PriceUpdate | null> {
    const nowMs = this.clock.monotonicMs();
    const known = this.readings.get(market);
    if (known !== undefined && nowMs - known.readMs < sharedMs) return known.update;
    this.forgetOld(nowMs);
    this.readings.delete(market);
    const update = this.readNow(market);
    this.readings.set(market, { readMs: nowMs, update });
    return update;
  }

  private async readNow(market: MarketId): Promise<PriceUpdate | null> {
    try {
      const { updates } = await this.hub.snapshot(priceChannel(market), { mostMs: 0 });
      return updates.find((update) => update.type === 'price_update') ?? null;
    } catch {
      // Without a feed there is no value, and the entry says so.
      return null;
    }
  }

  /** Oldest first: those that nobody asks for any more. */
  private forgetOld(nowMs: number): void {
    for (const [market, { readMs }] of this.readings) {
      if (nowMs - readMs < sharedMs) return;
      this.readings.delete(market);
    }
  }
}

export function priceChannel(market: MarketId): string {
  return `price.${market}`;
}
