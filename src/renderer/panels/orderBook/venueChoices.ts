import type { FeedHealth } from '../../../shared/feedHealth.ts';
import type { BookView, PriceValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venues } from '../../../shared/venues.ts';
import { assertNever } from '../../../shared/assert.ts';
import { bookPartState } from '../../canvas/coverageState.ts';
import { noValue } from '../../format/digits.ts';
import { formatDuration, formatSpan } from '../../format/duration.ts';
import { formatShare } from '../../format/price.ts';
import type { CoverageState } from '../../widgets/validity.ts';
import { contributorCoverage, coverageWord } from '../../widgets/validity.ts';
import { bookStreamSince } from './ladderState.ts';

/** One venue in the row above the ladder: its share of the price while its book counts, else its state in words. */
export interface VenueChoice {
  readonly venue: VenueId;
  readonly state: CoverageState;
  readonly words: string;
}

export interface VenueFacts {
  readonly market: string;
  readonly view: BookView | null;
  readonly price: PriceValue | null;
  readonly health: FeedHealth | null;
  readonly muted: readonly VenueId[];
  readonly now: number;
  readonly linked: boolean;
}

function stateOf(facts: VenueFacts, venue: VenueId): CoverageState {
  if (facts.muted.includes(venue)) return 'muted';
  const contributor = facts.price?.contributors.find((candidate) => candidate.venue === venue);
  if (!facts.linked) return 'disconnected';
  const part = facts.view?.parts.find((candidate) => candidate.venue === venue);
  if (contributor?.exclusion === 'disconnected') return 'disconnected';
  if (part !== undefined) {
    const own = bookPartState(part);
    return own === 'excluded' && contributor?.exclusion === 'late' ? 'stale' : own;
  }
  if (contributor !== undefined) return contributorCoverage(contributor);
  return facts.price === null ? 'connecting' : 'unlisted';
}

/** Short enough for three venues side by side. */
function shortAge(ms: number): string {
  return ms < 60_000 ? formatDuration(ms) : formatSpan(ms);
}

function wordsOf(facts: VenueFacts, venue: VenueId, state: CoverageState): string {
  const since = (time: number | null | undefined) =>
    time === null || time === undefined ? '' : ` ${shortAge(facts.now - time)}`;
  switch (state) {
    case 'live': {
      const contributor = facts.price?.contributors.find((candidate) => candidate.venue === venue);
      if (contributor === undefined) return noValue;
      return contributor.exclusion === 'outlier' ? 'outlier' : formatShare(contributor.weight);
    }
    case 'stale': {
      const part = facts.view?.parts.find((candidate) => candidate.venue === venue);
      const contributor = facts.price?.contributors.find((candidate) => candidate.venue === venue);
      if (contributor?.exclusion === 'late') return 'late';
      return `${coverageWord.stale}${since(part?.receivedTime ?? contributor?.receivedTime)}`;
    }
    case 'resyncing':
      return `resync${since(bookStreamSince(facts.health, venue, facts.market))}`;
    case 'disconnected':
      // The word itself would be cut, three of them side by side.
      return 'offline';
    case 'connecting':
    case 'muted':
    case 'unlisted':
      return coverageWord[state];
    case 'excluded': {
      const contributor = facts.price?.contributors.find((candidate) => candidate.venue === venue);
      return contributor?.exclusion === 'closed' ? 'halted' : 'not counted';
    }
    default:
      return assertNever(state);
  }
}

/** Every venue that lists the market, in the fixed order. */
export function selectVenueChoices(facts: VenueFacts): readonly VenueChoice[] {
  const choices: VenueChoice[] = [];
  for (const { id } of venues) {
    const state = stateOf(facts, id);
    if (state === 'unlisted') continue;
    choices.push({ venue: id, state, words: wordsOf(facts, id, state) });
  }
  return choices;
}

export function sameChoices(one: readonly VenueChoice[], other: readonly VenueChoice[]): boolean {
  return (
    one.length === other.length &&
    one.every((choice, index) => {
      const against = other[index];
      return (
        choice.venue === against?.venue &&
        choice.state === against.state &&
        choice.words === against.words
      );
    })
  );
}
