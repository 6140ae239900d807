import type { GapRecord } from '../../../shared/feedHealth.ts';
import { isRepaired } from '../../../shared/feedHealth.ts';
import type { EpochMs, MarketId } from '../../../shared/market.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type { CoverageSpan, PriceValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { CoverageCell, CoverageState } from '../../widgets/validity.ts';

type SpanState = CoverageSpan['state'];

/** `absent`: candles of before we listened that this venue had no part in, because it keeps or gave no such history. */
export interface LaneSpan extends Omit<CoverageSpan, 'state'> {
  readonly state: SpanState | 'absent';
}

/** What a venue's lane shows, oldest first; where no span lies, its data is whole. */
export interface CoverageLane {
  readonly venue: VenueId;
  readonly spans: readonly LaneSpan[];
}

function gapState(gap: GapRecord): SpanState {
  if (isRepaired(gap)) return 'repaired';
  if (gap.to !== null) return 'gap';
  return gap.cause === 'disconnect' ? 'disconnected' : gap.cause === 'stale' ? 'stale' : 'gap';
}

function presentState(state: CoverageState): SpanState | null {
  switch (state) {
    case 'stale':
    case 'resyncing':
    case 'disconnected':
      return state;
    case 'connecting':
      return 'resyncing';
    case 'live':
    case 'excluded':
    case 'muted':
    case 'unlisted':
      return null;
  }
}

export interface LaneFacts {
  readonly market: MarketId;
  readonly gaps: readonly GapRecord[];
  readonly cells: readonly CoverageCell[];
  /** Since when each venue is in its present state, as far as the page knows. */
  readonly sinceByVenue: ReadonlyMap<VenueId, EpochMs>;
  readonly absent?: readonly LaneSpan[];
}

/** One lane per venue that lists the market: its gap records, then what it is right now. */
export function selectLanes(facts: LaneFacts): readonly CoverageLane[] {
  const listed = facts.cells.filter((cell) => cell.state !== 'unlisted');
  return listed.map(({ venue, state }) => {
    const own = facts.gaps.filter(
      (gap) => gap.venue === venue && parseInstrumentId(gap.instrument)?.market === facts.market,
    );
    const spans = own
      .filter((gap) => gap.channel === 'trade' || gap.channel === 'candle')
      .map((gap): LaneSpan => {
        const from = gap.to === null ? (facts.sinceByVenue.get(venue) ?? gap.from) : gap.from;
        return { venue, from: Math.max(from, gap.from), to: gap.to, state: gapState(gap) };
      });
    spans.push(...(facts.absent ?? []).filter((span) => span.venue === venue));
    const open = () => spans.some((span) => span.to === null);
    // A book that was rebuilt is no hole in a chart; one that is being rebuilt is what the venue is right now.
    const rebuilding = own.find((gap) => gap.channel === 'book' && gap.to === null);
    if (rebuilding !== undefined && !open() && state !== 'disconnected') {
      spans.push({ venue, from: rebuilding.from, to: null, state: 'resyncing' });
    }
    const present = presentState(state);
    const since = facts.sinceByVenue.get(venue);
    if (present !== null && since !== undefined && !open()) {
      spans.push({ venue, from: since, to: null, state: present });
    }
    return { venue, spans: spans.sort((one, other) => one.from - other.from) };
  });
}

/**
 * Since when a venue does not count. The page has seen it stop, or has to go by the newest data: that of its open gap, else
 * what it sent last. Data ends before anybody can know that it has.
 */
export function selectSince(
  facts: Pick<LaneFacts, 'market' | 'gaps' | 'cells'>,
  price: PriceValue | null,
  seen: ReadonlyMap<VenueId, Sighting>,
): ReadonlyMap<VenueId, EpochMs> {
  const since = new Map<VenueId, EpochMs>();
  for (const { venue, state } of facts.cells) {
    const gap = facts.gaps.findLast(
      (candidate) =>
        candidate.to === null &&
        candidate.venue === venue &&
        parseInstrumentId(candidate.instrument)?.market === facts.market,
    );
    const received = price?.contributors.find((candidate) => candidate.venue === venue);
    // A late venue goes on sending: its newest data says nothing about since when.
    const isLate = received?.exclusion === 'late';
    const silent = !isLate && (state === 'stale' || state === 'disconnected');
    const sighting = seen.get(venue);
    const known = gap?.from ?? (silent ? received?.receivedTime : null) ?? sighting?.since;
    const time = sighting?.isWitnessed === true ? sighting.since : known;
    if (time !== undefined) since.set(venue, time);
  }
  return since;
}

/** Since when a venue counts or does not; `isWitnessed`: it did the other before the eyes of the page. */
export interface Sighting {
  readonly counts: boolean;
  readonly since: EpochMs;
  readonly isWitnessed: boolean;
}

/** Remembers when each venue began or ceased to count, from what the page was told. */
export class StateSince {
  readonly #known = new Map<VenueId, Sighting>();

  update(cells: readonly CoverageCell[], now: EpochMs): ReadonlyMap<VenueId, Sighting> {
    for (const { venue, state } of cells) {
      const counts = state === 'live';
      const known = this.#known.get(venue);
      if (known?.counts === counts) continue;
      this.#known.set(venue, { counts, since: now, isWitnessed: known !== undefined });
    }
    return this.#known;
  }
}

/** The venues that a page of history rests without, joined to what is known of the pages before it. */
export function addAbsent(
  known: readonly LaneSpan[],
  venues: readonly VenueId[],
  from: EpochMs,
  to: EpochMs,
): readonly LaneSpan[] {
  const spans = [...known];
  for (const venue of venues) {
    const touching = spans.findIndex(
      (span) => span.venue === venue && span.from <= to && (span.to ?? to) >= from,
    );
    const old = touching === -1 ? undefined : spans.splice(touching, 1)[0];
    spans.push({
      venue,
      from: Math.min(from, old?.from ?? from),
      to: Math.max(to, old?.to ?? to),
      state: 'absent',
    });
  }
  return spans;
}
