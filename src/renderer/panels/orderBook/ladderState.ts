import type { FeedHealth } from '../../../shared/feedHealth.ts';
import type { BookPart, BookView, PriceValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { assertNever } from '../../../shared/assert.ts';
import { bookPartState } from '../../canvas/coverageState.ts';
import type { MarkName } from '../../canvas/marks.ts';
import { formatCountdown, formatDuration, formatSpan } from '../../format/duration.ts';
import { formatPrice } from '../../format/price.ts';
import type { LinkHealth } from '../../store/marketStore.ts';
import { connectionValidity, coverageWord } from '../../widgets/validity.ts';

/** What a ladder shows in this frame. `held`: the last whole levels, greyed and hatched, with a line that says why. */
export type LadderState =
  | { readonly type: 'live'; readonly view: BookView }
  | {
      readonly type: 'held';
      readonly view: BookView;
      readonly mark: MarkName;
      readonly title: string;
      readonly detail: string;
    }
  | {
      readonly type: 'message';
      readonly mark: MarkName | null;
      readonly title: string;
      readonly lines: readonly string[];
    }
  | { readonly type: 'loading'; readonly text: string };

export interface LadderFacts {
  readonly market: string;
  readonly venue: VenueId | null;
  readonly view: BookView | null;
  /** The newest view in which at least one part counted. */
  readonly lastLive: BookView | null;
  readonly price: PriceValue | null;
  readonly health: FeedHealth | null;
  readonly link: LinkHealth;
  /** The host's clock. */
  readonly now: number;
  /** The page's clock, in which the link's `since` is written. */
  readonly pageNow: number;
  /** What is shown has happened: what was not asked for then cannot be had. */
  readonly isRecorded: boolean;
  /** Since this request was made. */
  readonly waitedMs: number;
}

/** Since when a venue's book stream has its present status, from the connection health. */
export function bookStreamSince(
  health: FeedHealth | null,
  venue: VenueId,
  market: string,
): number | null {
  const stream = health?.streams.find(
    (candidate) =>
      candidate.venue === venue &&
      candidate.channel === 'book' &&
      candidate.instrument === `${venue}:${market}`,
  );
  return stream?.since ?? null;
}

function nextTry(health: FeedHealth | null, venue: VenueId, now: number): string | null {
  const lost = health?.connections.find(
    (connection) => connection.venue === venue && connectionValidity(connection) === 'disconnected',
  );
  if (lost === undefined) return null;
  if (lost.reason === 'paused') return 'Paused by you';
  if (lost.nextAttemptTime === null) return `Connecting, attempt ${lost.attempt}`;
  return `Next try in ${formatCountdown(lost.nextAttemptTime - now)}, attempt ${lost.attempt}`;
}

function isCutOff(health: FeedHealth | null, venue: VenueId): boolean {
  const own = (health?.connections ?? []).filter((connection) => connection.venue === venue);
  return (
    own.length > 0 && own.every((connection) => connectionValidity(connection) === 'disconnected')
  );
}

function lastPriceWords(facts: LadderFacts, venue: VenueId): string | null {
  const contributor = facts.price?.contributors.find((candidate) => candidate.venue === venue);
  if (contributor?.price === undefined || contributor.price === null) return null;
  if (contributor.receivedTime === null) return null;
  const price = formatPrice(contributor.price, contributor.priceDecimals);
  return `Last price ${price}, ${formatSpan(facts.now - contributor.receivedTime)} ago`;
}

function present(lines: readonly (string | null)[]): readonly string[] {
  return lines.filter((line) => line !== null && line !== '').map(String);
}

/** The last whole levels, held, while one venue's book is not to be believed; only words where there were none. */
function lastLevels(facts: LadderFacts, title: string, note: string | null): LadderState {
  const { lastLive: view } = facts;
  if (view === null) return { type: 'message', mark: 'stale', title, lines: present([note]) };
  return { type: 'held', view, mark: 'stale', title, detail: note ?? 'not updated' };
}

function singleVenue(facts: LadderFacts, part: BookPart): LadderState {
  const { name } = venueRecord(part.venue);
  const since = bookStreamSince(facts.health, part.venue, facts.market);
  if (isCutOff(facts.health, part.venue)) {
    return {
      type: 'message',
      mark: 'disconnected',
      title: `${name} is disconnected`,
      lines: present([
        lastPriceWords(facts, part.venue),
        nextTry(facts.health, part.venue, facts.now),
      ]),
    };
  }
  const state = bookPartState(part);
  switch (state) {
    case 'stale': {
      const age = part.receivedTime === null ? '' : formatDuration(facts.now - part.receivedTime);
      return lastLevels(facts, `${name} stale ${age}`.trim(), part.note);
    }
    case 'excluded':
      return lastLevels(facts, `${name} does not count`, part.note);
    case 'resyncing': {
      const age = since === null ? '' : `, ${formatDuration(facts.now - since)}`;
      return {
        type: 'message',
        mark: 'resyncing',
        title: `Resyncing ${name}${age}`,
        lines: present([part.note]),
      };
    }
    case 'disconnected':
      return {
        type: 'message',
        mark: 'error',
        title: `${name} has no book for ${facts.market}`,
        lines: present([part.note]),
      };
    case 'connecting':
    case 'live':
    case 'muted':
    case 'unlisted':
      return {
        type: 'loading',
        text: `Subscribing to ${name}, ${formatDuration(facts.waitedMs)}`,
      };
    default:
      return assertNever(state);
  }
}

function noneCounts(facts: LadderFacts, parts: readonly BookPart[]): LadderState {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return singleVenue(facts, only);
  const states = parts.map((part) =>
    isCutOff(facts.health, part.venue) ? 'disconnected' : bookPartState(part),
  );
  if (states.every((state) => state === 'connecting')) {
    return {
      type: 'loading',
      text: `Subscribing to ${parts.length} venues, ${formatDuration(facts.waitedMs)}`,
    };
  }
  if ((states.includes('stale') || states.includes('excluded')) && facts.lastLive !== null) {
    return {
      type: 'held',
      view: facts.lastLive,
      mark: 'stale',
      title: 'No venue has a fresh book',
      detail: 'these are the last levels',
    };
  }
  return {
    type: 'message',
    mark: 'resyncing',
    title: 'No venue has a valid book',
    lines: parts.map((part, index) => {
      const note = part.note === null ? '' : `, ${part.note}`;
      return `${venueRecord(part.venue).name} ${coverageWord[states[index] ?? 'connecting']}${note}`;
    }),
  };
}

/** Venues that have not told what they list: of them nothing can be said yet. */
function silentVenues({ health, venue }: LadderFacts): readonly VenueId[] {
  const connections = health?.connections ?? [];
  const asked = connections.filter((each) => venue === null || each.venue === venue);
  return asked
    .filter(({ openedTime, reconnects }) => openedTime === null && reconnects === 0)
    .map((connection) => connection.venue);
}

/** A price is there, so it was listed; its book was only not asked for. */
const notRecorded: LadderState = {
  type: 'message',
  mark: null,
  title: 'Book not recorded here',
  lines: ['It is recorded while', 'a window shows it.'],
};

export function selectLadderState(facts: LadderFacts): LadderState {
  const { view, lastLive, link } = facts;
  if (link.status !== 'open') {
    const age = formatDuration(Math.max(0, facts.pageNow - link.since));
    if (lastLive !== null) {
      return {
        type: 'held',
        view: lastLive,
        mark: 'disconnected',
        title: `No data for ${age}`,
        detail: link.reason ?? 'connecting again',
      };
    }
    return { type: 'loading', text: link.reason ?? `Connecting, ${age}` };
  }
  if (view === null) {
    return { type: 'loading', text: `Subscribing, ${formatDuration(facts.waitedMs)}` };
  }
  if (view.parts.some((part) => part.counted)) return { type: 'live', view };
  if (view.parts.length === 0) {
    if (facts.isRecorded && (facts.price?.contributors ?? []).length > 0) return notRecorded;
    const silent = silentVenues(facts);
    if (silent.length > 0) {
      return {
        type: 'message',
        mark: 'disconnected',
        title: `Waiting for ${silent.map((venue) => venueRecord(venue).name).join(', ')}`,
        lines: ['What they list is not known until they answer.'],
      };
    }
    const where = facts.venue === null ? 'any venue' : venueRecord(facts.venue).name;
    return {
      type: 'message',
      mark: null,
      title: `${facts.market} is not listed at ${where}`,
      lines: [],
    };
  }
  return noneCounts(facts, view.parts);
}
