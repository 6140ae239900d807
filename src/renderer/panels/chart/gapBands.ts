import type { GapCause, GapRecord } from '../../../shared/feedHealth.ts';
import { isRepaired } from '../../../shared/feedHealth.ts';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type { CandlePage } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';

/** Time without data in a chart: hatched at its true width, nothing is drawn across it. */
export interface GapBand {
  readonly from: EpochMs;
  /** Null while it lasts. */
  readonly to: EpochMs | null;
  readonly repaired: boolean;
  /** Why, for a person, each reason once. */
  readonly causes: readonly string[];
  /** Whose data is missing; empty where the host's own words say it. */
  readonly where: string;
}

const causeWords: Readonly<Record<GapCause, string>> = {
  disconnect: 'Connection lost',
  sequence: 'Messages missing',
  stale: 'No data',
  overflow: 'Overflow',
  decode: 'Unreadable messages',
  clock: 'Computer asleep',
};

function isGapCause(cause: string): cause is GapCause {
  return Object.hasOwn(causeWords, cause);
}

function isChartGap(gap: GapRecord, market: MarketId): boolean {
  if (gap.channel !== 'trade' && gap.channel !== 'candle') return false;
  return parseInstrumentId(gap.instrument)?.market === market;
}

function joinCauses(one: GapBand, other: GapBand): readonly string[] {
  return [...new Set([...one.causes, ...other.causes])];
}

function overlap(one: GapBand, other: GapBand): GapBand | null {
  const from = Math.max(one.from, other.from);
  const to = Math.min(one.to ?? Infinity, other.to ?? Infinity);
  if (from >= to) return null;
  return {
    from,
    to: to === Infinity ? null : to,
    repaired: one.repaired || other.repaired,
    causes: joinCauses(one, other),
    where: one.where,
  };
}

/** `Connection lost, no data, Bybit`. */
export function bandWords(band: GapBand): string {
  const [first = '', ...others] = band.causes;
  const words = [first, ...others.map((cause) => cause.toLowerCase()), band.where];
  return words.filter((word) => word !== '').join(', ');
}

/** Bands in order of time; those that touch become one, which is repaired only where both were. */
export function mergeBands(bands: readonly GapBand[]): readonly GapBand[] {
  const sorted = [...bands].sort((one, other) => one.from - other.from);
  const merged: GapBand[] = [];
  for (const band of sorted) {
    const last = merged.at(-1);
    if (last === undefined || (last.to !== null && band.from > last.to)) {
      merged.push(band);
      continue;
    }
    if (last.repaired !== band.repaired && last.to === band.from) {
      merged.push(band);
      continue;
    }
    const open = last.to === null || band.to === null;
    merged[merged.length - 1] = {
      from: last.from,
      to: open ? null : Math.max(last.to, band.to),
      repaired: last.repaired && band.repaired,
      causes: joinCauses(last, band),
      where: last.where === '' ? band.where : last.where,
    };
  }
  return merged;
}

function bandsOfVenue(
  gaps: readonly GapRecord[],
  market: MarketId,
  venue: VenueId,
): readonly GapBand[] {
  const own = gaps.filter((gap) => gap.venue === venue && isChartGap(gap, market));
  return mergeBands(
    own.map((gap) => ({
      from: gap.from,
      to: gap.to,
      repaired: isRepaired(gap),
      causes: [causeWords[gap.cause]],
      where: venueRecord(venue).name,
    })),
  );
}

/**
 * Holes of a chart's own series. One venue: its gaps. Consolidated: only where every listed venue was gone at once, since
 * otherwise the price went on from the others (the lanes show who was missing).
 */
export function selectGapBands(
  gaps: readonly GapRecord[],
  market: MarketId,
  venue: VenueId | null,
  listed: readonly VenueId[],
): readonly GapBand[] {
  if (venue !== null) {
    return bandsOfVenue(gaps, market, venue);
  }
  const [first, ...others] = listed;
  if (first === undefined) return [];
  let common = bandsOfVenue(gaps, market, first);
  for (const other of others) {
    const own = bandsOfVenue(gaps, market, other);
    common = common.flatMap((band) =>
      own.map((candidate) => overlap(band, candidate)).filter((band) => band !== null),
    );
  }
  const where = listed.length > 1 ? 'all venues' : venueRecord(first).name;
  return common.map((band) => ({ ...band, where }));
}

/** Holes that the host knows of in loaded history. */
export function pageBands(page: CandlePage): readonly GapBand[] {
  return page.gaps.map((gap) => ({
    from: gap.from,
    to: gap.to,
    repaired: false,
    causes: [isGapCause(gap.cause) ? causeWords[gap.cause] : gap.cause],
    where: '',
  }));
}
