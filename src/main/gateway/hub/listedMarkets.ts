import type { MarketId } from '../../../shared/market.ts';
import type { HostStatus } from '../../../shared/values.ts';
import type { EngineHost } from '../../engine/host.ts';
import type { GatewayClock } from '../gatewayClock.ts';

const searchingMs = 1_000;
const knownMs = 30_000;

/** What the venues list, asked for again and again: those of the watchlist first. */
export class ListedMarkets {
  private readonly host: EngineHost;
  private readonly clock: GatewayClock;
  private readonly onStatus: (status: HostStatus) => void;
  private found: readonly MarketId[] = [];
  private ordered: readonly MarketId[] = [];
  private watchlist: readonly MarketId[] = [];
  private cancel: () => void = () => undefined;
  private isClosed = false;

  constructor(host: EngineHost, clock: GatewayClock, onStatus: (status: HostStatus) => void) {
    this.host = host;
    this.clock = clock;
    this.onStatus = onStatus;
    this.look();
  }

  get markets(): readonly MarketId[] {
    return this.ordered;
  }

  prefer(watchlist: readonly MarketId[]): void {
    this.watchlist = watchlist;
    this.order();
  }

  look(): void {
    this.cancel();
    void this.ask().finally(() => {
      if (this.isClosed) return;
      this.cancel();
      const waitMs = this.found.length === 0 ? searchingMs : knownMs;
      this.cancel = this.clock.after(waitMs, () => this.look());
    });
  }

  close(): void {
    this.isClosed = true;
    this.cancel();
  }

  private async ask(): Promise<void> {
    const [markets, status] = await Promise.all([this.host.markets(), this.host.status()]);
    if (this.isClosed) return;
    this.onStatus(status);
    const found = markets.map(({ market }) => market);
    if (found.join() === this.found.join()) return;
    this.found = found;
    this.order();
  }

  private order(): void {
    const listed = new Set(this.found);
    const first = this.watchlist.filter((market) => listed.has(market));
    this.ordered = [...new Set([...first, ...this.found])];
  }
}
