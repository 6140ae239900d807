function hashText(text: string): number {
  let hash = 2166136261;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 16777619);
  }
  return hash >>> 0;
}

/** xoshiro128**: the same seed gives the same numbers on every machine. */
export class Random {
  private stateA: number;
  private stateB: number;
  private stateC: number;
  private stateD: number;
  private spareGaussian: number | undefined;

  constructor(seed: number | string) {
    let state = typeof seed === 'number' ? hashText(String(seed)) : hashText(seed);
    const splitMix = (): number => {
      state = (state + 0x9e3779b9) >>> 0;
      let mixed = state;
      mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return (mixed ^ (mixed >>> 15)) >>> 0;
    };
    this.stateA = splitMix();
    this.stateB = splitMix();
    this.stateC = splitMix();
    this.stateD = splitMix() | 1;
  }

  bits(): number {
    const product = Math.imul(this.stateB, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = this.stateB << 9;
    this.stateC ^= this.stateA;
    this.stateD ^= this.stateB;
    this.stateB ^= this.stateC;
    this.stateA ^= this.stateD;
    this.stateC ^= shifted;
    this.stateD = (this.stateD << 11) | (this.stateD >>> 21);
    return result;
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.bits() / 4294967296;
  }

  /** Uniform integer in [0, bound). */
  integer(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Mean 1. */
  exponential(): number {
    return -Math.log(1 - this.next());
  }

  /** Mean 0, standard deviation 1. */
  gaussian(): number {
    if (this.spareGaussian !== undefined) {
      const spare = this.spareGaussian;
      this.spareGaussian = undefined;
      return spare;
    }
    const radius = Math.sqrt(2 * this.exponential());
    const angle = 2 * Math.PI * this.next();
    this.spareGaussian = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Close to a gaussian and cheap, without far tails. */
  roughGaussian(): number {
    return (this.next() + this.next() + this.next() - 1.5) * 2;
  }

  /** Lognormal with the given mean: heavy-tailed, always positive. */
  logNormal(mean: number, sigma: number): number {
    return mean * Math.exp(sigma * this.gaussian() - (sigma * sigma) / 2);
  }
}
