import type { AssetProfile } from './assets.ts';
import { Random } from './random.ts';

export const latentStepMs = 25;

const secondsPerDay = 86_400;
const keptPoints = 4;
const marketBeta = 0.55;

interface AssetState {
  readonly profile: AssetProfile;
  readonly stepSigma: number;
  readonly random: Random;
  logPrice: number;
  logVolatility: number;
  /** Extra order flow after a jump or in a burst; 1 is calm. */
  heat: number;
  /** Prices at the last grid points, newest last. */
  readonly points: number[];
}

/**
 * One hidden price per asset on a 25 ms grid: a common market factor, own noise with clustered
 * volatility, and rare jumps. All venues quote around it, each with its own lag.
 */
export class LatentPrices {
  private readonly assets: readonly AssetState[];
  private readonly factorRandom: Random;
  private stepTime: number;

  constructor(seed: number, startTime: number, profiles: readonly AssetProfile[]) {
    this.stepTime = startTime;
    this.factorRandom = new Random(`${seed}:factor`);
    this.assets = profiles.map((profile) => ({
      profile,
      stepSigma: profile.dailyVolatility * Math.sqrt(latentStepMs / 1000 / secondsPerDay),
      random: new Random(`${seed}:latent:${profile.symbol}`),
      logPrice: Math.log(profile.price),
      logVolatility: 0,
      heat: 1,
      points: new Array<number>(keptPoints).fill(profile.price),
    }));
  }

  nextStepTime(): number {
    return this.stepTime + latentStepMs;
  }

  step(): void {
    this.stepTime += latentStepMs;
    const factor = this.factorRandom.gaussian();
    for (const state of this.assets) stepAsset(state, factor);
  }

  heat(assetIndex: number): number {
    return this.assets[assetIndex]?.heat ?? 1;
  }

  /** The price `lagMs` ago, as a venue with that lag sees it now. */
  priceAt(assetIndex: number, time: number, lagMs: number): number {
    const state = this.assets[assetIndex];
    if (state === undefined) throw new RangeError(`no asset ${assetIndex}`);
    // Between the last two grid points the path is known only one step later.
    const steps = Math.max(0, (time - lagMs - this.stepTime) / latentStepMs + keptPoints - 2);
    const index = Math.min(keptPoints - 2, Math.floor(steps));
    const from = state.points[index] ?? 0;
    const to = state.points[index + 1] ?? from;
    return from + (to - from) * Math.min(1, steps - index);
  }
}

function stepAsset(state: AssetState, factor: number): void {
  const { random, stepSigma } = state;
  state.logVolatility += -0.0003 * state.logVolatility + 0.012 * random.gaussian();
  const sigma = stepSigma * Math.exp(0.8 * state.logVolatility - 0.15);
  const own = Math.sqrt(1 - marketBeta * marketBeta) * random.gaussian();
  let move = sigma * (marketBeta * factor + own);
  if (random.chance(latentStepMs / 200_000)) {
    move += stepSigma * 25 * random.gaussian();
    state.heat += 4;
    state.logVolatility += 0.4;
  }
  if (random.chance(latentStepMs / 12_000)) state.heat += 1.5 * random.exponential();
  state.heat += (1 - state.heat) * 0.02;
  state.logPrice += move;
  state.points.shift();
  state.points.push(Math.exp(state.logPrice));
}
