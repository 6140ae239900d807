import type { AssetProfile } from './assets.ts';
import { Random } from './random.ts';

export const segmentMinutes = 1440;

const keptSegments = 12;

/** A day of an asset's hidden path before the start; every venue's bars are cut from it. */
export interface PathSegment {
  /** Price at each minute's boundary: 1,441 values. */
  readonly price: Float64Array;
  /** How far the price went above and below both ends within each minute, as a fraction. */
  readonly above: Float64Array;
  readonly below: Float64Array;
  /** Share of the segment's volume in each minute; sums to 1. */
  readonly activity: Float64Array;
  /** Volume of this day against the usual one. */
  readonly volumeFactor: number;
}

/**
 * The path of an asset before the simulator started, in segments of 1,440 minutes counted backward
 * from the minute of the start. Each is a bridge between two anchors, so any one can be made alone.
 */
export class AssetPath {
  readonly profile: AssetProfile;
  private readonly seed: string;
  private readonly anchorRandom: Random;
  private readonly anchors: number[];
  private readonly segments = new Map<number, PathSegment>();
  private readonly lastMinute: number;

  /** `endMinute` is the index (epoch minutes) of the first minute that is not history. */
  constructor(seed: string, profile: AssetProfile, endMinute: number) {
    this.profile = profile;
    this.seed = seed;
    this.lastMinute = endMinute;
    this.anchorRandom = new Random(`${seed}:anchors`);
    const end = Math.log(profile.price);
    this.anchors = [end, end - Math.log(1 + profile.change24h)];
  }

  segment(index: number): PathSegment {
    const kept = this.segments.get(index);
    if (kept !== undefined) return kept;
    const made = this.makeSegment(index);
    this.segments.set(index, made);
    if (this.segments.size > keptSegments) {
      const oldest = this.segments.keys().next();
      if (oldest.done !== true) this.segments.delete(oldest.value);
    }
    return made;
  }

  private anchor(index: number): number {
    const home = this.anchors[0] ?? 0;
    while (this.anchors.length <= index) {
      const later = this.anchors[this.anchors.length - 1] ?? home;
      const pull = 0.02 * (later - home);
      this.anchors.push(later - pull - this.profile.dailyVolatility * this.anchorRandom.gaussian());
    }
    return this.anchors[index] ?? home;
  }

  private makeSegment(index: number): PathSegment {
    const random = new Random(`${this.seed}:segment:${index}`);
    const moves = makeMoves(random, this.profile.dailyVolatility / Math.sqrt(segmentMinutes));
    const start = this.anchor(index + 1);
    const drift = (this.anchor(index) - start - moves.sum) / segmentMinutes;
    const price = new Float64Array(segmentMinutes + 1);
    let logPrice = start;
    for (let minute = 0; minute < segmentMinutes; minute += 1) {
      price[minute] = Math.exp(logPrice);
      logPrice += drift + (moves.steps[minute] ?? 0);
    }
    price[segmentMinutes] = Math.exp(this.anchor(index));
    const firstMinute = this.lastMinute - (index + 1) * segmentMinutes;
    return {
      price,
      above: moves.above,
      below: moves.below,
      activity: shareOut(moves.activity, firstMinute),
      volumeFactor: index === 0 ? 1 : Math.exp(0.22 * random.gaussian()),
    };
  }
}

interface Moves {
  readonly steps: Float64Array;
  readonly sum: number;
  readonly above: Float64Array;
  readonly below: Float64Array;
  readonly activity: Float64Array;
}

/** A day of minute moves with clustered volatility; busy where they are large. */
function makeMoves(random: Random, minuteSigma: number): Moves {
  const steps = new Float64Array(segmentMinutes);
  const above = new Float64Array(segmentMinutes);
  const below = new Float64Array(segmentMinutes);
  const activity = new Float64Array(segmentMinutes);
  let logVolatility = 0.4 * random.gaussian();
  let sum = 0;
  for (let minute = 0; minute < segmentMinutes; minute += 1) {
    logVolatility += -0.03 * logVolatility + 0.1 * random.roughGaussian();
    const volatility = Math.exp(logVolatility - 0.1);
    const sigma = minuteSigma * volatility * (random.chance(0.004) ? 4 : 1);
    const move = sigma * random.roughGaussian();
    steps[minute] = move;
    sum += move;
    // A product of uniforms is skewed like the excursions of a price.
    above[minute] = sigma * 1.6 * random.next() * random.next();
    below[minute] = sigma * 1.6 * random.next() * random.next();
    const noise = 0.4 + 1.6 * random.next() * random.next() + 0.4 * random.next();
    activity[minute] = (0.35 + Math.abs(move) / minuteSigma) * Math.sqrt(volatility) * noise;
  }
  return { steps, sum, above, below, activity };
}

/** Shares of the day that sum to 1, larger in busy hours. */
function shareOut(activity: Float64Array, firstMinute: number): Float64Array {
  let sum = 0;
  let ofHour = 1;
  for (let minute = 0; minute < activity.length; minute += 1) {
    if (minute % 30 === 0) ofHour = hourActivity(firstMinute + minute);
    const weighed = (activity[minute] ?? 0) * ofHour;
    activity[minute] = weighed;
    sum += weighed;
  }
  for (let minute = 0; minute < activity.length; minute += 1) {
    activity[minute] = (activity[minute] ?? 0) / sum;
  }
  return activity;
}

/** Markets are busiest around 14:00 UTC and calmest around 02:00. */
function hourActivity(minute: number): number {
  const hour = (minute / 60) % 24;
  return 1 + 0.35 * Math.cos(((hour - 14) / 24) * 2 * Math.PI);
}
