import type { EpochMs } from '../../shared/market.ts';
import type { PriceContributor, PriceValue } from '../../shared/values.ts';
import type { VenueId } from '../../shared/venues.ts';
import type { HeldValue } from './heldValues.ts';

/** Only after this long a venue that was lost is back for good. */
const provenMs = 5_000;

/** On its way back: its socket stands, and nothing of it counts. */
function isReturning({ exclusion }: PriceContributor): boolean {
  return exclusion === 'no-top' || exclusion === 'no-trade' || exclusion === 'resyncing';
}

/**
 * A market's price, in which a venue that tries again and again stays disconnected: each try would name it otherwise for a
 * moment. What counts is live at once.
 */
export class HeldPrice implements HeldValue<PriceValue> {
  value: PriceValue | null = null;
  /** Venues that were lost, and since when they count again. */
  readonly #lost = new Map<VenueId, EpochMs | null>();

  reset(): void {
    this.value = null;
    this.#lost.clear();
  }

  apply(value: PriceValue): void {
    for (const contributor of value.contributors) this.#follow(contributor);
    const isHeld = (contributor: PriceContributor) =>
      this.#lost.has(contributor.venue) && isReturning(contributor);
    if (!value.contributors.some(isHeld)) {
      this.value = value;
      return;
    }
    const contributors = value.contributors.map((contributor): PriceContributor =>
      isHeld(contributor) ? { ...contributor, exclusion: 'disconnected' } : contributor,
    );
    this.value = { ...value, contributors };
  }

  #follow({ venue, exclusion, receivedTime }: PriceContributor): void {
    if (exclusion === 'disconnected') this.#lost.set(venue, null);
    const since = this.#lost.get(venue);
    if (since === undefined || receivedTime === null) return;
    if (exclusion !== null) this.#lost.set(venue, null);
    else if (since === null) this.#lost.set(venue, receivedTime);
    else if (receivedTime - since >= provenMs) this.#lost.delete(venue);
  }
}
