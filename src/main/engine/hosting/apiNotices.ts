import type { ApiChange } from '../../../shared/feedHealth.ts';
import { isLastingChange } from '../../../shared/feedHealth.ts';
import type { HostStatus } from '../../../shared/values.ts';
import { venueIds, venueRecord } from '../../../shared/venues.ts';

/** One per venue whose messages have differed from what we know for a while. */
export function apiNotices(changes: readonly ApiChange[]): HostStatus['notices'] {
  return venueIds.flatMap((venue) => {
    const lasting = changes.filter((change) => change.venue === venue && isLastingChange(change));
    const [first] = lasting;
    if (first === undefined) return [];
    const { message, field, change } = first;
    const others = lasting.length === 1 ? '' : `, and ${lasting.length - 1} more`;
    const what = `${message}: field ${field} is ${change}${others}`;
    const { name } = venueRecord(venue);
    return [
      { id: `api-${venue}`, text: `${name} changed its API (${what}). See Connection health.` },
    ];
  });
}
