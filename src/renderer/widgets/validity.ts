import { assertNever } from '../../shared/assert.ts';
import type { ConnectionHealth, StreamStatus } from '../../shared/feedHealth.ts';
import type { PriceContributor, PriceValue } from '../../shared/values.ts';
import type { VenueId } from '../../shared/venues.ts';
import { venueRecord, venues } from '../../shared/venues.ts';
import { formatDuration } from '../format/duration.ts';

/** What a mark can say about a value: one state, several signals. */
export type Validity =
  | 'live'
  | 'quiet'
  | 'connecting'
  | 'stale'
  | 'resyncing'
  | 'gap'
  | 'repaired'
  | 'disconnected'
  | 'error';

export const validityWords: Readonly<Record<Validity, string>> = {
  live: 'live',
  quiet: 'quiet, the link is proven',
  connecting: 'connecting',
  stale: 'stale',
  resyncing: 'resyncing',
  gap: 'gap, not repaired',
  repaired: 'gap repaired',
  disconnected: 'disconnected',
  error: 'error',
};

export function streamValidity(status: StreamStatus): Validity {
  switch (status) {
    case 'live':
    case 'quiet':
    case 'stale':
    case 'resyncing':
      return status;
    case 'subscribing':
      return 'connecting';
    case 'failed':
      return 'error';
    default:
      return assertNever(status);
  }
}

/** A connection that was lost stays disconnected through all of its tries; only the first one connects. */
export function connectionValidity(
  connection: Pick<ConnectionHealth, 'status' | 'reason' | 'attempt'>,
): Validity {
  const { status, reason, attempt } = connection;
  switch (status) {
    case 'live':
      return 'live';
    case 'connecting':
    case 'subscribing':
      return attempt === 0 ? 'connecting' : 'disconnected';
    case 'reconnecting':
      return attempt === 0 && reason === null ? 'connecting' : 'disconnected';
    case 'closed':
      return 'disconnected';
    default:
      return assertNever(status);
  }
}

/** `excluded`: fresh but not counted (outlier, halted). `muted`: left out by choice. `unlisted`: not traded there. */
export type CoverageState =
  | 'live'
  | 'stale'
  | 'resyncing'
  | 'connecting'
  | 'disconnected'
  | 'excluded'
  | 'muted'
  | 'unlisted';

/** One state, one word, wherever a venue is spoken of. */
export const coverageWord: Readonly<Record<CoverageState, string>> = {
  live: 'live',
  stale: 'stale',
  resyncing: 'resyncing',
  connecting: 'connecting',
  disconnected: 'disconnected',
  excluded: 'excluded',
  muted: 'muted',
  unlisted: 'not listed',
};

export interface CoverageCell {
  readonly venue: VenueId;
  readonly state: CoverageState;
  /** What a person should hear beyond the state: `8.4 s`, `outlier`. */
  readonly note: string | null;
}

function uncountedState(status: StreamStatus): CoverageState {
  switch (status) {
    case 'stale':
    case 'resyncing':
      return status;
    case 'subscribing':
      return 'connecting';
    case 'failed':
      return 'disconnected';
    case 'live':
    case 'quiet':
      return 'connecting';
    default:
      return assertNever(status);
  }
}

export function contributorCoverage(contributor: PriceContributor): CoverageState {
  switch (contributor.exclusion) {
    case null:
      return 'live';
    case 'stale':
    case 'resyncing':
    case 'disconnected':
    case 'muted':
      return contributor.exclusion;
    case 'late':
      return 'stale';
    case 'no-top':
    case 'no-trade':
      return uncountedState(contributor.status);
    case 'outlier':
    case 'closed':
      return 'excluded';
    default:
      return assertNever(contributor.exclusion);
  }
}

/**
 * What a venue's own data is worth, whether or not it counts for others: a muted or halted venue may be cut off too, and
 * then its last price is no live one.
 */
export function ownCoverage(contributor: PriceContributor): CoverageState {
  switch (contributor.exclusion) {
    case 'muted':
    case 'closed': {
      const { status, bid, ask } = contributor;
      const flows = (status === 'live' || status === 'quiet') && bid !== null && ask !== null;
      return flows ? 'live' : uncountedState(status);
    }
    case 'outlier':
      return 'live';
    case 'stale':
    case 'late':
    case 'resyncing':
    case 'disconnected':
    case 'no-top':
    case 'no-trade':
    case null:
      return contributorCoverage(contributor);
    default:
      return assertNever(contributor.exclusion);
  }
}

function contributorNote(contributor: PriceContributor, now: number): string | null {
  switch (contributor.exclusion) {
    case 'stale':
    case 'disconnected':
      return contributor.receivedTime === null
        ? null
        : formatDuration(now - contributor.receivedTime);
    case 'late':
      return 'arrives seconds late';
    case 'outlier':
      return 'further than 2% from the others';
    case 'closed':
      return 'trading halted';
    case 'no-top':
      return 'no bid and ask';
    case 'no-trade':
      return 'no trade yet';
    case 'resyncing':
    case 'muted':
    case null:
      return null;
    default:
      return assertNever(contributor.exclusion);
  }
}

/** One cell per venue in their fixed order. `linked` false: the page has lost its host, so nothing counts. */
export function priceCoverage(
  price: PriceValue | null,
  linked: boolean,
  now: number,
): readonly CoverageCell[] {
  return venues.map(({ id }) => {
    const contributor = price?.contributors.find((candidate) => candidate.venue === id);
    if (contributor === undefined) {
      const unknown = linked ? 'connecting' : 'disconnected';
      return { venue: id, state: price === null ? unknown : 'unlisted', note: null };
    }
    if (!linked) return { venue: id, state: 'disconnected', note: null };
    return {
      venue: id,
      state: contributorCoverage(contributor),
      note: contributorNote(contributor, now),
    };
  });
}

/** Cells that say what each venue's data is: one that does not count and is not whole either shows the latter. */
export function ownCells(
  cells: readonly CoverageCell[],
  price: PriceValue | null,
): readonly CoverageCell[] {
  return cells.map((cell) => {
    if (cell.state !== 'muted' && cell.state !== 'excluded') return cell;
    const contributor = price?.contributors.find((candidate) => candidate.venue === cell.venue);
    const own = contributor === undefined ? 'live' : ownCoverage(contributor);
    return own === 'live' ? cell : { ...cell, state: own };
  });
}

export interface CoverageCount {
  readonly live: number;
  /** Venues that list the market and were not muted. */
  readonly listed: number;
}

export function countCoverage(cells: readonly CoverageCell[]): CoverageCount {
  const wanted = cells.filter((cell) => cell.state !== 'unlisted' && cell.state !== 'muted');
  return { live: wanted.filter((cell) => cell.state === 'live').length, listed: wanted.length };
}

/** The text alternative of a coverage mark: "1 of 3 venues: Bybit stale 8.4 s, not counted; OKX resyncing, not counted". */
export function coverageWords(cells: readonly CoverageCell[]): string {
  const { live, listed } = countCoverage(cells);
  const missing = cells
    .filter((cell) => cell.state !== 'live')
    .map((cell) => {
      const name = venueRecord(cell.venue).name;
      if (cell.state === 'unlisted') return `not listed at ${name}`;
      const note = cell.note === null ? '' : ` ${cell.note}`;
      return `${name} ${coverageWord[cell.state]}${note}, not counted`;
    });
  const count = `${live} of ${listed} venues`;
  return missing.length === 0 ? count : `${count}: ${missing.join('; ')}`;
}

/** How old the newest data behind a price is; null where there is none. */
export function priceAge(price: PriceValue | null, now: number): number | null {
  const received = price === null ? null : price.receivedTime;
  return received === null ? null : Math.max(0, now - received);
}

/** Whether two prices rest on other venues, or on the same ones in another state: what no panel may show late. */
export function restsOnOthers(one: PriceValue | null, other: PriceValue | null): boolean {
  if (one === null || other === null) return one !== other;
  if (one.market !== other.market || one.status !== other.status) return true;
  return other.contributors.some(
    ({ exclusion }, index) => one.contributors[index]?.exclusion !== exclusion,
  );
}

/**
 * How a consolidated price may look. `partial`: right, but from fewer venues than list it, so without direction color.
 * `stale` and `disconnected` never show a color of direction; `none` shows an en dash.
 */
export type PriceLook = 'live' | 'partial' | 'disputed' | 'stale' | 'disconnected' | 'none';

export function priceLook(price: PriceValue | null, linked: boolean): PriceLook {
  if (price === null || price.price === null || price.status === 'none') return 'none';
  if (!linked) return 'disconnected';
  switch (price.status) {
    case 'live':
      return 'live';
    case 'degraded':
    case 'single':
      return 'partial';
    case 'disputed':
    case 'stale':
      return price.status;
    default:
      return assertNever(price.status);
  }
}
