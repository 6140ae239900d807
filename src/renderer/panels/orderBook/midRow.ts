import type { BookView, PriceValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { assertNever } from '../../../shared/assert.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatPrice, formatUnits } from '../../format/price.ts';
import { noValue } from '../../format/digits.ts';
import type { CoverageCell, PriceLook } from '../../widgets/validity.ts';
import {
  contributorCoverage,
  countCoverage,
  ownCoverage,
  priceCoverage,
  priceLook,
} from '../../widgets/validity.ts';
import { groupDecimals } from './groupSteps.ts';
import type { TopOfBook } from './topOfBook.ts';

type Tone = 'plain' | 'strong' | 'warning';

export interface MidPrice {
  readonly text: string;
  /** The number behind the text, to see where it moved. */
  readonly price: number | null;
  readonly decimals: number | null;
  readonly look: PriceLook;
  readonly label: string;
  readonly labelTone: 'plain' | 'warning';
  /** Age of a price that is not fresh, in words. */
  readonly age: string | null;
  readonly cells: readonly CoverageCell[];
}

export interface MidSpread {
  /** Pieces of the upper line, left to right. */
  readonly upper: readonly { readonly text: string; readonly tone: Tone }[];
  readonly lower: string | null;
  readonly crossed: boolean;
}

function ageWords(receivedTime: number | null, now: number): string | null {
  return receivedTime === null ? null : formatDuration(now - receivedTime);
}

function consolidatedLabel(price: PriceValue | null, cells: readonly CoverageCell[]): string {
  if (price === null) return 'connecting';
  const { live, listed } = countCoverage(cells);
  if (price.status === 'disputed') return 'venues disagree by more than 2%';
  if (live < listed) return `${live} of ${listed} venues`;
  return price.equalWeights ? 'consolidated, equal weights' : 'consolidated';
}

function consolidatedPrice(price: PriceValue | null, linked: boolean, now: number): MidPrice {
  const cells = priceCoverage(price, linked, now);
  const look = priceLook(price, linked);
  const label = consolidatedLabel(price, cells);
  const known = price !== null && look !== 'none' && look !== 'disconnected';
  return {
    text: known ? formatPrice(price.price, price.priceDecimals) : noValue,
    price: known ? price.price : null,
    decimals: price?.priceDecimals ?? null,
    look,
    label,
    labelTone: /^con(solidated|necting)/.test(label) ? 'plain' : 'warning',
    age: look === 'stale' ? ageWords(price?.receivedTime ?? null, now) : null,
    cells,
  };
}

function venuePrice(
  price: PriceValue | null,
  venue: VenueId,
  linked: boolean,
  now: number,
): MidPrice {
  const { name } = venueRecord(venue);
  const contributor = price?.contributors.find((candidate) => candidate.venue === venue);
  const cells = priceCoverage(price, linked, now).filter((cell) => cell.venue === venue);
  const own = contributor === undefined ? 'connecting' : ownCoverage(contributor);
  const state =
    contributor === undefined || own !== 'live' ? own : contributorCoverage(contributor);
  const value = contributor?.price ?? null;
  const look: PriceLook =
    !linked || own === 'disconnected'
      ? 'disconnected'
      : value === null
        ? 'none'
        : own === 'live'
          ? 'live'
          : 'stale';
  const known = value !== null && contributor !== undefined && look !== 'disconnected';
  return {
    text: known ? formatPrice(value, contributor.priceDecimals) : noValue,
    price: known ? value : null,
    decimals: contributor?.priceDecimals ?? null,
    look,
    label: state === 'live' ? name : `${name}, ${state}`,
    labelTone: state === 'live' ? 'plain' : 'warning',
    age: look === 'stale' ? ageWords(contributor?.receivedTime ?? null, now) : null,
    cells,
  };
}

/** The price between both sides: consolidated, or the venue's own. Never a number that its look does not vouch for. */
export function selectMidPrice(
  price: PriceValue | null,
  venue: VenueId | null,
  linked: boolean,
  now: number,
): MidPrice {
  return venue === null
    ? consolidatedPrice(price, linked, now)
    : venuePrice(price, venue, linked, now);
}

function sides(bidVenue: VenueId, askVenue: VenueId): string {
  if (bidVenue === askVenue) return `${venueRecord(bidVenue).name} only`;
  return `bid ${venueRecord(bidVenue).code}, ask ${venueRecord(askVenue).code}`;
}

/** Spread, locked or crossed, as a fact. A crossed book says whether taking both sides would pay its fees. */
export function describeTop(view: BookView, top: TopOfBook): MidSpread {
  const decimals = Math.max(
    groupDecimals(view.groupUnits, view.priceDecimals),
    Math.min(2, view.priceDecimals),
  );
  const written = (units: number) => {
    const exact = groupDecimals(units, view.priceDecimals);
    return formatUnits(units, view.priceDecimals, Math.max(exact, decimals));
  };
  const consolidated = view.venue === null;
  switch (top.type) {
    case 'none':
      return { upper: [{ text: 'Spread –', tone: 'plain' }], lower: null, crossed: false };
    case 'spread':
      return {
        upper: [
          { text: 'Spread ', tone: 'plain' },
          { text: written(top.units), tone: 'strong' },
          { text: ` · ${top.bps.toFixed(2)} bp`, tone: 'plain' },
        ],
        lower: consolidated ? sides(top.bidVenue, top.askVenue) : null,
        crossed: false,
      };
    case 'locked':
      return {
        upper: [{ text: 'Locked', tone: 'strong' }],
        lower: consolidated ? sides(top.bidVenue, top.askVenue) : 'bid equals ask',
        crossed: false,
      };
    case 'crossed':
      return {
        upper: [{ text: `Crossed ${written(top.units)}`, tone: 'strong' }],
        lower: top.lessThanFees ? 'less than fees' : 'more than fees',
        crossed: true,
      };
    default:
      return assertNever(top);
  }
}

/** Direction of the last move of a price; silent for a price that does not count as live. */
export class PriceDirection {
  #last: number | null = null;
  #direction: 'up' | 'down' | 'none' = 'none';

  next(price: MidPrice): 'up' | 'down' | 'none' {
    if (price.price !== null && this.#last !== null && price.price !== this.#last) {
      this.#direction = price.price > this.#last ? 'up' : 'down';
    }
    if (price.price !== null) this.#last = price.price;
    return price.look === 'live' ? this.#direction : 'none';
  }

  reset(): void {
    this.#last = null;
    this.#direction = 'none';
  }
}
