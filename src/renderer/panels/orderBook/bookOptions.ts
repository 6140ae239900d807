import * as v from 'valibot';
import type { VenueId } from '../../../shared/venues.ts';
import { venueIds } from '../../../shared/venues.ts';
import { parseTypedSize } from './fillCost.ts';

const optionsSchema = v.object({
  /** Null: consolidated. */
  venue: v.fallback(v.nullable(v.picklist(venueIds)), null),
  muted: v.fallback(v.array(v.picklist(venueIds)), []),
  /** Row height per market; a market without one gets what suits its price. */
  groupByMarket: v.fallback(
    v.record(v.string(), v.pipe(v.string(), v.regex(/^\d{0,12}(\.\d{1,12})?$/))),
    {},
  ),
  fillSize: v.fallback(
    v.pipe(
      v.string(),
      v.maxLength(20),
      v.check((text) => parseTypedSize(text) !== null),
    ),
    '5',
  ),
});

/** What a ladder keeps with the layout. */
export type BookOptions = v.InferOutput<typeof optionsSchema>;

/** A layout may be older or damaged: what cannot be read gets its default, one by one. */
export function parseBookOptions(saved: unknown): BookOptions {
  const parsed = v.safeParse(optionsSchema, saved);
  return parsed.success ? parsed.output : v.parse(optionsSchema, {});
}

/** Alt+n: only this venue, or all again when it already stands alone. */
export function soloVenue(
  listed: readonly VenueId[],
  muted: readonly VenueId[],
  venue: VenueId,
): VenueId[] {
  const others = listed.filter((candidate) => candidate !== venue);
  const alone = !muted.includes(venue) && others.every((other) => muted.includes(other));
  return alone ? [] : others;
}

/** A click: out of the ladder or back. The last venue cannot be muted, an empty ladder helps nobody. */
export function toggleVenue(
  listed: readonly VenueId[],
  muted: readonly VenueId[],
  venue: VenueId,
): VenueId[] {
  if (muted.includes(venue)) return muted.filter((candidate) => candidate !== venue);
  const left = listed.filter((candidate) => candidate !== venue && !muted.includes(candidate));
  return left.length === 0 ? [...muted] : [...muted, venue];
}
