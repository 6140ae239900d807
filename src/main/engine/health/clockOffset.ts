import type { EpochMs } from '../../../shared/market.ts';

/** Two clocks that nobody sets drift apart by no more than this share of the time that passes. */
const driftShare = 50e-6;
/** Venues tell whole milliseconds: the moment that is meant may be this much later. */
const tickMs = 1;
const windowMs = 30_000;
/** Clocks that run agree within this; one that was corrected by less is only corrected. */
const agreeMs = 5_000;
/** Answers contradict each other by less without anybody having set a clock. */
const leastJumpMs = 2_000;
/** So long a clock that was found to be set counts as told. */
const setForMs = 1_000;

/** `questioned`: a message contradicts it, and the venue is asked. `lost`: our own clock may have stood still. */
type ClockTrust = 'sure' | 'questioned' | 'lost';

/** Where the venue's epoch time at our monotonic zero was proven to lie, by an answer that came at `atMs`. */
interface ProvenRange {
  readonly low: number;
  readonly high: number;
  readonly atMs: number;
}

/** The furthest that a message has shown the venue's clock to be. */
interface Lead {
  readonly zeroMs: number;
  readonly atMs: number;
}

export interface ClockOffsetSaved {
  readonly asked: ProvenRange | null;
  readonly trust: ClockTrust;
  readonly recent: Lead | null;
  readonly previous: Lead | null;
  readonly rotatedMs: number;
  readonly sawFuture: boolean;
  readonly home: number | null;
  readonly strayMs: number;
  readonly straySinceMs: number;
  readonly setMs: number | null;
}

/**
 * The venue's clock against ours. Kept against our monotonic clock, which nobody sets: when our wall clock is stepped or
 * slewed, the offset to it follows at once and a lag never knows. An answer by REST proves a range as wide as its round trip;
 * no message can have been received before it was sent, so the fastest one of the last minute narrows it.
 */
export class ClockOffset {
  /** What the answers so far leave possible together. */
  private asked: ProvenRange | null = null;
  private trust: ClockTrust = 'lost';
  private recent: Lead | null = null;
  private previous: Lead | null = null;
  private rotatedMs = 0;
  /** What contradicts it is ahead of it, and so cannot be late. */
  private sawFuture = false;
  /** Where it stood at our monotonic zero before it jumped; null while it stands there. */
  private home: number | null = null;
  /** Monotonic time of the last answer that showed a jump. */
  private setMs: number | null = null;
  /** How far it is from all other clocks that we know; 0 while it is believed. */
  strayMs = 0;
  straySinceMs = 0;

  /** The venue told its time within a request that ended at `nowMs`. */
  addServerTime(serverTime: EpochMs, nowMs: number, elapsedMs: number): void {
    const told = {
      low: serverTime - nowMs,
      high: serverTime - nowMs + elapsedMs + tickMs,
      atMs: nowMs,
    };
    const before = this.asked === null || this.trust === 'lost' ? null : aged(this.asked, nowMs);
    const low = Math.max(told.low, before?.low ?? told.low);
    const high = Math.min(told.high, before?.high ?? told.high);
    // What contradicts the answers of before is a clock that was set.
    const wasSet = before === null || low > high;
    if (wasSet) this.forgetMessages();
    if (wasSet && before !== null) this.noteJump(middleOf(before), middleOf(told), nowMs);
    this.asked = wasSet ? told : { low, high, atMs: nowMs };
    this.trust = 'sure';
    this.sawFuture = false;
  }

  addMessage(venueTime: EpochMs, nowMs: number): void {
    if (nowMs - this.rotatedMs >= windowMs) {
      this.previous = this.recent;
      this.recent = null;
      this.rotatedMs = nowMs;
    }
    const zeroMs = venueTime - nowMs;
    if (this.recent === null || zeroMs > this.recent.zeroMs) this.recent = { zeroMs, atMs: nowMs };
  }

  /** A message contradicts what we know: the difference is unknown until the venue was asked again. */
  question(isAhead: boolean): void {
    if (this.trust === 'sure') this.trust = 'questioned';
    this.sawFuture ||= isAhead;
  }

  /** Our monotonic clock may have stood still: nothing of before holds. */
  lose(): void {
    this.trust = 'lost';
    this.home = null;
  }

  /**
   * It is off, was just set, or messages are ahead of it and the venue has not told its time since. Messages behind it may
   * be late, and prove nothing until it has.
   */
  isOff(nowMs: number): boolean {
    const wasSet = this.setMs !== null && nowMs - this.setMs < setForMs;
    return this.strayMs !== 0 || wasSet || (this.trust === 'questioned' && this.sawFuture);
  }

  /** Where it stands at our monotonic zero; null while unknown. */
  get zeroMs(): number | null {
    return this.asked === null || this.trust === 'lost' ? null : middleOf(this.asked);
  }

  /**
   * One that agrees with another venue or with ours is right. One that stands alone is off by its jump, or by what it is
   * from ours where other venues agree with that: with nobody to ask, ours may be the wrong one. True when this is news.
   */
  judgeStray(others: readonly number[], ownZeroMs: number, nowMs: number): boolean {
    const zero = this.zeroMs;
    if (zero === null) return false;
    const before = this.strayMs;
    const isShared = agree(zero, ownZeroMs) || others.some((other) => agree(other, zero));
    const reference =
      this.home ?? (others.some((other) => agree(other, ownZeroMs)) ? ownZeroMs : zero);
    this.strayMs = isShared || agree(zero, reference) ? 0 : Math.round(zero - reference);
    if (before === 0) this.straySinceMs = nowMs;
    return Math.abs(this.strayMs - before) > agreeMs || (this.strayMs === 0) !== (before === 0);
  }

  /** A time of the venue as the clocks that are believed would tell it. */
  settledTime(time: EpochMs, nowMs: number): EpochMs {
    const reached = this.reachedTime(nowMs);
    if (this.strayMs === 0 || reached === null) return time;
    const shifted = time - this.strayMs;
    // One that is set right again says so before it was asked.
    return Math.abs(time - reached) < Math.abs(shifted - reached) ? time : shifted;
  }

  /** It was known, and is not any more. Where a venue was never asked (a recording), its times stand as they are. */
  get isDoubted(): boolean {
    return this.asked !== null && this.trust !== 'sure';
  }

  /** What the venue's clock shows now; null while unknown. */
  venueTime(nowMs: number): EpochMs | null {
    if (this.asked === null || this.trust === 'lost') return null;
    return this.judge(this.asked, nowMs).zeroMs + nowMs;
  }

  /** What the venue's clock, set right, has reached at least, also while we doubt; null before the venue was ever asked. */
  reachedTime(nowMs: number): EpochMs | null {
    return this.asked === null ? null : middleOf(this.asked) + nowMs - this.strayMs;
  }

  /** The venue's clock minus ours, as ours stands now; null while unknown. */
  offsetMs(time: EpochMs, nowMs: number): number | null {
    const venueTime = this.venueTime(nowMs);
    return venueTime === null || this.trust !== 'sure' ? null : venueTime - time;
  }

  /** The true offset lies no further than this from what `offsetMs` says; null while it is unknown. */
  errorMs(nowMs: number): number | null {
    if (this.asked === null || this.trust !== 'sure') return null;
    return this.judge(this.asked, nowMs).errorMs;
  }

  save(): ClockOffsetSaved {
    const { asked, trust, recent, previous, rotatedMs } = this;
    const { sawFuture, home, strayMs, straySinceMs, setMs } = this;
    return {
      ...{ asked, trust, recent, previous, rotatedMs },
      ...{ sawFuture, home, strayMs, straySinceMs, setMs },
    };
  }

  restore(saved: ClockOffsetSaved): void {
    this.asked = saved.asked;
    this.trust = saved.trust;
    this.recent = saved.recent;
    this.previous = saved.previous;
    this.rotatedMs = saved.rotatedMs;
    this.sawFuture = saved.sawFuture;
    this.home = saved.home;
    this.strayMs = saved.strayMs;
    this.straySinceMs = saved.straySinceMs;
    this.setMs = saved.setMs;
  }

  private noteJump(from: number, to: number, nowMs: number): void {
    const home = this.home ?? from;
    this.home = agree(home, to) ? null : home;
    if (Math.abs(to - from) > leastJumpMs) this.setMs = nowMs;
  }

  private judge(
    asked: ProvenRange,
    nowMs: number,
  ): { readonly zeroMs: number; readonly errorMs: number } {
    const { low, high } = aged(asked, nowMs);
    const lead = this.furthest;
    const shown = lead === null ? low : lead.zeroMs - driftShare * Math.max(0, nowMs - lead.atMs);
    // One that contradicts the answers proves nothing: it may be from the future.
    const least = shown > high ? low : Math.max(low, shown);
    const zeroMs = Math.min(high, Math.max(middleOf(asked), lead?.zeroMs ?? low));
    return { zeroMs, errorMs: Math.max(zeroMs - least, high - zeroMs) };
  }

  private get furthest(): Lead | null {
    const { recent, previous } = this;
    if (recent === null || previous === null) return recent ?? previous;
    return previous.zeroMs > recent.zeroMs ? previous : recent;
  }

  private forgetMessages(): void {
    this.recent = null;
    this.previous = null;
  }
}

function agree(zeroMs: number, otherMs: number): boolean {
  return Math.abs(zeroMs - otherMs) <= agreeMs;
}

/** What a range of before still proves. */
function aged({ low, high, atMs }: ProvenRange, nowMs: number): ProvenRange {
  const drift = driftShare * Math.max(0, nowMs - atMs);
  return { low: low - drift, high: high + drift, atMs: nowMs };
}

/** As if the venue had told its time half way: what it rounded away is on the far side. */
function middleOf({ low, high }: ProvenRange): number {
  return Math.max(low, (low + high - tickMs) / 2);
}
