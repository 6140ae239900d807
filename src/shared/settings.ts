import * as v from 'valibot';
import { venueIds, venues } from './venues.ts';
import { defaultMarkets } from './market.ts';

const feeBps = v.pipe(v.number(), v.minValue(-100), v.maxValue(1000));

/** One entry per setting with its default; a damaged value falls back to the default, one by one. */
export const settingsSchema = v.object({
  /** Null: not chosen yet, so that a first start may fall back to the simulated market. */
  market: v.fallback(v.nullable(v.picklist(['live', 'simulated'])), null),
  theme: v.fallback(v.picklist(['system', 'dark', 'light', 'highContrast']), 'dark'),
  directionColors: v.fallback(v.picklist(['greenRed', 'blueOrange']), 'greenRed'),
  density: v.fallback(v.picklist(['compact', 'comfortable']), 'compact'),
  priceFlash: v.fallback(v.picklist(['off', 'soft', 'clear']), 'soft'),
  reducedMotion: v.fallback(v.picklist(['system', 'on', 'off']), 'system'),
  timeZone: v.fallback(v.picklist(['utc', 'local']), 'utc'),
  digitGroups: v.fallback(v.picklist(['comma', 'thin', 'none']), 'comma'),
  scalePct: v.fallback(v.pipe(v.number(), v.minValue(80), v.maxValue(200)), 100),
  priceSource: v.fallback(v.picklist(['lastTrade', 'mid']), 'lastTrade'),
  watchlist: v.fallback(v.pipe(v.array(v.pipe(v.string(), v.maxLength(48))), v.maxLength(500)), [
    ...defaultMarkets,
  ]),
  mutedVenues: v.fallback(v.array(v.picklist(venueIds)), []),
  takerFeeBps: v.fallback(
    v.record(v.string(), feeBps),
    Object.fromEntries(venues.map((venue) => [venue.id, venue.defaultTakerFeeBps])),
  ),
  /** Everything that the engine hears is written down, so that it can be played again. */
  recording: v.fallback(v.boolean(), true),
  /** What all recordings may take, in GiB; never more than a tenth of the free disk. */
  recordingQuotaGb: v.fallback(v.pipe(v.number(), v.minValue(0.1), v.maxValue(10_000)), 10),
  /** Connection events, message headers, subscriptions, errors and performance go into files of the profile. */
  debugLog: v.fallback(v.boolean(), false),
  /** The profile has shown a live frame once: it never falls back to the simulated market by itself again. */
  sawLiveData: v.fallback(v.boolean(), false),
});

export type Settings = v.InferOutput<typeof settingsSchema>;

export function defaultSettings(): Settings {
  return v.parse(settingsSchema, {
    market: null,
    theme: 'dark',
  });
}
