import type { Instrument, InstrumentId, MarketId } from '../../shared/market.ts';
import type { VenueId } from '../../shared/venues.ts';
import { venueIds } from '../../shared/venues.ts';
import { significantDecimals } from './decimal.ts';
import { DecodeError } from './errors.ts';

export interface InstrumentsSaved {
  readonly lists: readonly (readonly [VenueId, readonly Instrument[]])[];
  readonly gone: readonly InstrumentId[];
}

/** What the venues list. Everything else that knows an instrument learned it from here. */
export class InstrumentRegistry {
  private readonly listByVenue = new Map<VenueId, readonly Instrument[]>();
  private readonly byId = new Map<InstrumentId, Instrument>();
  private readonly bySymbol = new Map<VenueId, ReadonlyMap<string, Instrument>>();
  /** No longer listed, but still known: they are closed. */
  private readonly gone = new Set<InstrumentId>();
  private byMarket = new Map<MarketId, Instrument[]>();

  /**
   * Replaces the venue's list, but for listings whose steps are finer than what can be kept exactly. What the venue no
   * longer lists stays known as closed: whoever looks at it must see why it stands still. `isWhole` false: parts of the list
   * could not be read, so that what is missing may be there.
   */
  setVenue(venue: VenueId, listed: readonly Instrument[], isWhole = true): void {
    const vanished = this.vanishedFrom(venue, listed, isWhole);
    const instruments = [...listed.filter(isExact), ...vanished];
    for (const { id } of listed) this.gone.delete(id);
    if (isWhole) for (const { id } of vanished) this.gone.add(id);
    for (const old of this.listByVenue.get(venue) ?? []) this.byId.delete(old.id);
    this.listByVenue.set(venue, instruments);
    for (const instrument of instruments) this.byId.set(instrument.id, instrument);
    this.bySymbol.set(venue, new Map(instruments.map((each) => [each.venueSymbol, each])));
    this.indexMarkets();
  }

  /** Without those that are no longer listed. */
  listedCount(venue: VenueId): number {
    return this.ofVenue(venue).filter(({ id }) => !this.gone.has(id)).length;
  }

  hasVenue(venue: VenueId): boolean {
    return this.listByVenue.has(venue);
  }

  ofVenue(venue: VenueId): readonly Instrument[] {
    return this.listByVenue.get(venue) ?? [];
  }

  get(id: InstrumentId): Instrument | null {
    return this.byId.get(id) ?? null;
  }

  ofSymbol(venue: VenueId, venueSymbol: string): Instrument | null {
    return this.bySymbol.get(venue)?.get(venueSymbol) ?? null;
  }

  /** In the order of `venues`. */
  ofMarket(market: MarketId): readonly Instrument[] {
    return this.byMarket.get(market) ?? [];
  }

  markets(): readonly MarketId[] {
    return [...this.byMarket]
      .filter(([, instruments]) => instruments.some(({ id }) => !this.gone.has(id)))
      .map(([market]) => market);
  }

  save(): InstrumentsSaved {
    return { lists: [...this.listByVenue], gone: [...this.gone] };
  }

  restore(saved: InstrumentsSaved): void {
    this.listByVenue.clear();
    this.byId.clear();
    this.bySymbol.clear();
    for (const [venue, instruments] of saved.lists) this.setVenue(venue, instruments);
    this.gone.clear();
    for (const id of saved.gone) this.gone.add(id);
  }

  private vanishedFrom(
    venue: VenueId,
    listed: readonly Instrument[],
    isWhole: boolean,
  ): readonly Instrument[] {
    const ids = new Set(listed.map(({ id }) => id));
    const vanished = this.ofVenue(venue).filter(({ id }) => !ids.has(id));
    return isWhole ? vanished.map((each) => ({ ...each, tradingStatus: 'closed' })) : vanished;
  }

  private indexMarkets(): void {
    this.byMarket = new Map();
    for (const venue of venueIds) {
      for (const instrument of this.listByVenue.get(venue) ?? []) {
        if (instrument.marketKind !== 'spot' && instrument.marketKind !== 'linear') continue;
        const list = this.byMarket.get(instrument.market);
        if (list === undefined) this.byMarket.set(instrument.market, [instrument]);
        else list.push(instrument);
      }
    }
  }
}

function isExact({ tickSize, lotSize }: Instrument): boolean {
  try {
    significantDecimals(tickSize);
    significantDecimals(lotSize);
    return true;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return false;
  }
}
