import type { GapRecord } from '../../shared/feedHealth.ts';
import type { Incident } from '../../shared/incidents.ts';
import type { MarketId } from '../../shared/market.ts';
import type { CandleUpdate, TradeValue } from '../../shared/values.ts';
import type { VenueId } from '../../shared/venues.ts';
import type { CoreListener, DirtyKind } from './coreView.ts';

/** Tells every listener, in the order in which they came. */
export class ListenerHub implements CoreListener {
  private listeners: readonly CoreListener[] = [];

  add(listener: CoreListener): () => void {
    this.listeners = [...this.listeners, listener];
    return () => {
      this.listeners = this.listeners.filter((other) => other !== listener);
    };
  }

  onTrade(market: MarketId, trade: TradeValue): void {
    for (const listener of this.listeners) listener.onTrade(market, trade);
  }

  onClosedCandle(update: CandleUpdate): void {
    for (const listener of this.listeners) listener.onClosedCandle(update);
  }

  onGap(gap: GapRecord): void {
    for (const listener of this.listeners) listener.onGap(gap);
  }

  onIncident(incident: Incident): void {
    for (const listener of this.listeners) listener.onIncident(incident);
  }

  onDirty(kind: DirtyKind, market: MarketId, venue: VenueId | null): void {
    for (const listener of this.listeners) listener.onDirty(kind, market, venue);
  }
}
