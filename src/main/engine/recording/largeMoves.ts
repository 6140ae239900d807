import type { EpochMs, MarketId } from '../../../shared/market.ts';
import type { Mark } from '../../../shared/marks.ts';
import type { PriceValue } from '../../../shared/values.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { SessionTimeline } from './sessionTimeline.ts';

const windowMs = 60_000;
const leastMove = 0.005;
const typicalTimes = 6;
/** Minutes that the typical move is taken from; of fewer than `leastMinutes` it is not known. */
const mostMinutes = 60;
const leastMinutes = 5;
/** Without a look for this long nothing is known of what the price did. */
const holeMs = 5_000;
const changeMs = 5_000;
/** The venues that count at both ends must have moved too: a venue that leaves moves the mean as well. */
const ownShare = 0.7;
/** More moves of a market within this time are counted and not marked. */
const crowdMs = 600_000;
const crowd = 6;
const mostMarkets = 2_000;

interface Look {
  readonly ms: number;
  readonly time: EpochMs;
  readonly price: number;
  readonly venues: ReadonlyMap<VenueId, number>;
}

interface Move {
  readonly from: Look;
  readonly threshold: number;
  extreme: Look;
  mark: Mark | null;
  toldMs: number;
  isChanged: boolean;
}

interface Track {
  readonly market: MarketId;
  looks: Look[];
  minute: Look | null;
  minuteMoves: number[];
  move: Move | null;
  /** When its last moves began. */
  seenMs: number[];
}

/** Consolidated prices that move far within a minute; only from one valid price to another with none missing between. */
export class LargeMoves {
  private readonly timeline: SessionTimeline;
  private readonly tracks = new Map<MarketId, Track>();

  constructor(timeline: SessionTimeline) {
    this.timeline = timeline;
  }

  /** About once a second. */
  see(value: PriceValue, time: EpochMs, nowMs: number): void {
    const track = this.trackOf(value.market);
    if (track === null) return;
    const look = lookAt(value, time, nowMs);
    const last = track.looks.at(-1);
    if (look === null || (last !== undefined && nowMs - last.ms > holeMs)) this.lose(track);
    if (look === null) return;
    track.looks.push(look);
    const firstKept = track.looks.findIndex(({ ms }) => nowMs - ms <= windowMs);
    track.looks.splice(0, firstKept);
    countMinute(track, look);
    if (track.move === null) this.begin(track, look);
    else this.goOn(track, track.move, look);
  }

  /** Tells what is known of moves that still run. */
  close(): void {
    for (const track of this.tracks.values()) this.lose(track);
  }

  private begin(track: Track, look: Look): void {
    const threshold = Math.max(leastMove, typicalTimes * typicalMove(track.minuteMoves));
    const from = farthest(track.looks, look);
    const change = look.price / from.price - 1;
    if (Math.abs(change) <= threshold) return;
    if (Math.abs(ownChange(from, look, change)) < threshold * ownShare) return;
    const move: Move = {
      ...{ from, threshold, extreme: look, mark: null, toldMs: look.ms, isChanged: false },
    };
    track.move = move;
    const recent = track.seenMs.filter((seenMs) => look.ms - seenMs <= crowdMs);
    track.seenMs = [...recent, look.ms].slice(-crowd);
    if (recent.length >= crowd) {
      this.timeline.drop();
      return;
    }
    move.mark = this.timeline.addAutomatic(contentOf(track.market, move));
  }

  private goOn(track: Track, move: Move, look: Look): void {
    const isUp = move.extreme.price > move.from.price;
    const isFurther = isUp ? look.price > move.extreme.price : look.price < move.extreme.price;
    if (isFurther) {
      move.extreme = look;
      move.isChanged = true;
    }
    const backMs = look.ms - move.extreme.ms;
    const isBack = Math.abs(look.price / move.extreme.price - 1) >= move.threshold;
    const isOver = backMs >= windowMs || (isBack && !isFurther);
    if (move.isChanged && (isOver || look.ms - move.toldMs >= changeMs))
      this.tell(track.market, move);
    if (!isOver) return;
    track.move = null;
    // The way back is a move of its own, and begins where this one ended.
    track.looks = track.looks.filter(({ ms }) => ms >= move.extreme.ms);
    this.begin(track, look);
  }

  private lose(track: Track): void {
    if (track.move?.isChanged === true) this.tell(track.market, track.move);
    track.move = null;
    track.looks = [];
    track.minute = null;
  }

  private tell(market: MarketId, move: Move): void {
    move.isChanged = false;
    move.toldMs = move.extreme.ms;
    if (move.mark === null) return;
    move.mark = { ...contentOf(market, move), id: move.mark.id };
    this.timeline.update(move.mark);
  }

  private trackOf(market: MarketId): Track | null {
    const known = this.tracks.get(market);
    if (known !== undefined) return known;
    if (this.tracks.size >= mostMarkets) return null;
    const track: Track = {
      market,
      looks: [],
      minute: null,
      minuteMoves: [],
      move: null,
      seenMs: [],
    };
    this.tracks.set(market, track);
    return track;
  }
}

/** Null unless the price is one of now, from venues that agree. */
function lookAt(value: PriceValue, time: EpochMs, ms: number): Look | null {
  const { price, status } = value;
  const isValid = status === 'live' || status === 'degraded' || status === 'single';
  if (!isValid || price === null || price <= 0) return null;
  const venues = new Map<VenueId, number>();
  for (const { venue, exclusion, price: own } of value.contributors) {
    if (exclusion === null && own !== null && own > 0) venues.set(venue, own);
  }
  return { ms, time, price, venues };
}

function countMinute(track: Track, look: Look): void {
  const { minute } = track;
  if (minute === null) {
    track.minute = look;
    return;
  }
  if (look.ms - minute.ms < windowMs) return;
  track.minuteMoves.push(Math.abs(look.price / minute.price - 1));
  if (track.minuteMoves.length > mostMinutes) track.minuteMoves.shift();
  track.minute = look;
}

/** The middle one, so that a large move is not its own measure. */
function typicalMove(moves: readonly number[]): number {
  if (moves.length < leastMinutes) return 0;
  const sorted = moves.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? 0;
  const lower = sorted[(sorted.length - 1) >> 1] ?? 0;
  return (upper + lower) / 2;
}

/** Where the price was farthest from what it is now; the newest of several. */
function farthest(looks: readonly Look[], now: Look): Look {
  let found = now;
  let most = 0;
  for (const look of looks) {
    const change = Math.abs(now.price / look.price - 1);
    if (change < most) continue;
    most = change;
    found = look;
  }
  return found;
}

/** The mean move of the venues that count at both ends, 0 where none does or they went the other way. */
function ownChange(from: Look, to: Look, change: number): number {
  const changes: number[] = [];
  for (const [venue, price] of to.venues) {
    const before = from.venues.get(venue);
    if (before !== undefined) changes.push(price / before - 1);
  }
  if (changes.length === 0) return 0;
  const mean = changes.reduce((sum, each) => sum + each, 0) / changes.length;
  return Math.sign(mean) === Math.sign(change) ? mean : 0;
}

function contentOf(market: MarketId, { from, extreme }: Move): Omit<Mark, 'id'> {
  const change = extreme.price / from.price - 1;
  const percent = `${change < 0 ? '\u2212' : '+'}${(Math.abs(change) * 100).toFixed(2)}%`;
  return {
    ...{ kind: 'largeMove', time: from.time, toTime: Math.max(from.time, extreme.time) },
    ...{ venue: null, market, text: `${market} ${percent} in ${lengthOf(extreme.ms - from.ms)}` },
  };
}

/** `38 s`, `1 min 12 s`. */
function lengthOf(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
