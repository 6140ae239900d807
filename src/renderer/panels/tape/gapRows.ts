import type { GapCause, GapRecord } from '../../../shared/feedHealth.ts';
import { isRepaired } from '../../../shared/feedHealth.ts';
import type { MarketId } from '../../../shared/market.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { assertNever } from '../../../shared/assert.ts';
import type { MarkName } from '../../canvas/marks.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount } from '../../format/quantity.ts';
import { formatTimeMillis } from '../../format/time.ts';
import { coverageWord } from '../../widgets/validity.ts';

/** Two lines of the tape that speak of missing rows. */
export interface GapWords {
  readonly mark: MarkName;
  readonly strong: string;
  readonly upper: string;
  readonly lower: string;
  /** `missing`: trades may be missing here. `repaired`: they came later. `notice`: trades go on. */
  readonly look: 'missing' | 'repaired' | 'notice';
}

const causeWords: Readonly<Record<GapCause, string>> = {
  disconnect: 'disconnected',
  sequence: 'sequence',
  stale: 'no data',
  overflow: 'overflow',
  decode: 'unreadable message',
  clock: 'computer asleep',
};

/** Tenths of a second tell a person enough about when a gap began. */
function sinceWords(time: number): string {
  return `since ${formatTimeMillis(time).slice(0, -2)}`;
}

function missingWords(gap: GapRecord): string {
  if (gap.missing === null) return 'trades may be missing here';
  const count = `${formatCount(gap.missing)} ${gap.missing === 1 ? 'trade' : 'trades'} missing`;
  if (gap.firstId === null || gap.lastId === null) return count;
  if (gap.firstId === gap.lastId) return `${count}, ${gap.firstId}`;
  return `${count}, ${gap.firstId} to ${gap.lastId}`;
}

/** Of a repaired gap `missing` is how many trades were filled in; one without any was proven whole. */
function repairedWords(gap: GapRecord): string {
  if (gap.missing === 0) return 'no trade was missing';
  const by = gap.repairedBy === 'snapshot' ? 'snapshot' : 'REST';
  if (gap.missing === null) return `repaired by ${by}`;
  return `repaired by ${by}, ${formatCount(gap.missing)} ${gap.missing === 1 ? 'trade' : 'trades'}`;
}

function openWords(gap: GapRecord): GapWords {
  const { name } = venueRecord(gap.venue);
  const upper = sinceWords(gap.from);
  if (gap.channel === 'book') {
    return {
      mark: 'resyncing',
      strong: `${name} resyncing`,
      upper,
      lower: 'trades continue, book does not',
      look: 'notice',
    };
  }
  const lower = missingWords(gap);
  switch (gap.cause) {
    case 'disconnect':
      return {
        mark: 'disconnected',
        strong: `${name} ${coverageWord.disconnected}`,
        upper,
        lower,
        look: 'missing',
      };
    case 'stale':
      return {
        mark: 'stale',
        strong: `${name} ${coverageWord.stale}`,
        upper,
        lower,
        look: 'missing',
      };
    case 'sequence':
    case 'overflow':
    case 'decode':
    case 'clock':
      return {
        mark: 'gap',
        strong: `Gap, ${name}`,
        upper: `${causeWords[gap.cause]}, ${upper}`,
        lower,
        look: 'missing',
      };
    default:
      return assertNever(gap.cause);
  }
}

export function describeGap(gap: GapRecord): GapWords {
  if (gap.to === null) return openWords(gap);
  const { name } = venueRecord(gap.venue);
  const upper = `${formatDuration(gap.to - gap.from)}, ${causeWords[gap.cause]}`;
  if (isRepaired(gap)) {
    return {
      mark: 'repaired',
      strong: `Gap, ${name}`,
      upper,
      lower: repairedWords(gap),
      look: 'repaired',
    };
  }
  return { mark: 'gap', strong: `Gap, ${name}`, upper, lower: missingWords(gap), look: 'missing' };
}

/** A venue whose trades come seconds after they were made: they stand among trades of another moment. */
export function describeLate(venue: VenueId): GapWords {
  return {
    mark: 'stale',
    strong: `${venueRecord(venue).name} late`,
    upper: 'not counted',
    lower: 'its trades arrive seconds late',
    look: 'notice',
  };
}

export function describeDropped(count: number): GapWords {
  return {
    mark: 'gap',
    strong: `${formatCount(count)} ${count === 1 ? 'trade' : 'trades'}`,
    upper: 'not shown',
    lower: 'this window fell behind; they are recorded',
    look: 'missing',
  };
}

export interface TapeGaps {
  /** Stay on top until data returns, newest first. */
  readonly open: readonly GapRecord[];
  /** Newest end first: they stand where data went on. */
  readonly closed: readonly GapRecord[];
}

/** The gaps that concern one market's tape: its trade streams, and books that are being rebuilt right now. */
export function selectTapeGaps(gaps: readonly GapRecord[], market: MarketId): TapeGaps {
  const own = gaps.filter((gap) => parseInstrumentId(gap.instrument)?.market === market);
  const trades = own.filter((gap) => gap.channel === 'trade');
  const lostVenues = new Set(trades.filter((gap) => gap.to === null).map((gap) => gap.venue));
  const books = own.filter(
    (gap) => gap.channel === 'book' && gap.to === null && !lostVenues.has(gap.venue),
  );
  const open = [...trades.filter((gap) => gap.to === null), ...books];
  const closed = trades.filter((gap) => gap.to !== null);
  return {
    open: open.sort((one, other) => one.from - other.from),
    closed: closed.sort((one, other) => (other.to ?? 0) - (one.to ?? 0)),
  };
}
