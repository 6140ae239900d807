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
    void this.ask().then((isAnswered) => {
      if (this.isClosed) return;
      this.cancel();
      const waitMs = isAnswered && this.found.length > 0 ? knownMs : searchingMs;
      this.cancel = this.clock.after(waitMs, () => this.look());
    });
  }

  close(): void {
    this.isClosed = true;
    this.cancel();
  }

  /** False: the host gave no answer this time. */
  private async ask(): Promise<boolean> {
    try {
      const [markets, status] = await Promise.all([this.host.markets(), this.host.status()]);
      if (this.isClosed) return true;
      this.onStatus(status);
      const found = markets.map(({ market }) => market);
      if (found.join() !== this.found.join()) {
        this.found = found;
        this.order();
      }
      return true;
    } catch {
      // It is being closed, or starts: it is asked again.
      return false;
    }
  }

  private order(): void {
    const listed = new Set(this.found);
    const first = this.watchlist.filter((market) => listed.has(market));
    this.ordered = [...new Set([...first, ...this.found])];
  }
}
