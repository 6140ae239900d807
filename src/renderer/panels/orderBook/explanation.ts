import type { PriceContributor, PriceValue } from '../../../shared/values.ts';
import { assertNever } from '../../../shared/assert.ts';

/** The rule that gave a consolidated price its value, in one sentence. */
export function explainRule(price: PriceValue): string {
  switch (price.status) {
    case 'live':
    case 'degraded':
      return price.equalWeights
        ? 'Mean of the fresh venues, all equal, because the 24 h turnover of one of them is not known.'
        : 'Mean of the fresh venues, weighted by their 24 h turnover.';
    case 'single':
      return 'Price of the only fresh venue.';
    case 'disputed':
      return 'Two fresh venues are more than 2% apart, so neither counts. Signals and alerts wait.';
    case 'stale':
      return 'No venue is fresh. This is the last value, and it is old.';
    case 'none':
      return 'No venue has given a price yet.';
    default:
      return assertNever(price.status);
  }
}

/** Why one venue does not count; null when it does. */
export function explainContributor(contributor: PriceContributor): string | null {
  const { exclusion } = contributor;
  switch (exclusion) {
    case null:
      return null;
    case 'no-top':
      return 'no live bid and ask';
    case 'no-trade':
      return 'no trade seen yet';
    case 'stale':
      return 'stale';
    case 'resyncing':
      return 'resyncing';
    case 'late':
      return 'its data arrives seconds late';
    case 'disconnected':
      return 'disconnected';
    case 'outlier':
      return 'more than 2% from the median';
    case 'closed':
      return 'trading is halted';
    case 'muted':
      return 'muted in settings';
    default:
      return assertNever(exclusion);
  }
}
