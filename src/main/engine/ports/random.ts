/** Uniform in [0, 1). What it decides comes back to the core as an input. */
export type RandomPort = () => number;

export const systemRandom: RandomPort = () => Math.random();
