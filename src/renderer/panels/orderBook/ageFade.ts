/** Steps, not a slope: four shades that an eye can tell apart and a cache can hold. */
const steps = [
  { belowMs: 1_000, share: 1 },
  { belowMs: 5_000, share: 0.8 },
  { belowMs: 15_000, share: 0.55 },
] as const;
const oldest = 0.34;

/** Ages below this go without words. */
export const ageWordsFromMs = 10_000;

/** How much of its color a bar keeps, mixed with the panel. An unknown age is as old as can be. */
export function ageFade(ageMs: number | null): number {
  if (ageMs === null || !Number.isFinite(ageMs)) return oldest;
  return steps.find((step) => ageMs < step.belowMs)?.share ?? oldest;
}
