import { plainUnits } from '../../format/price.ts';

/** A row height that a person may choose: exact, as the bridge wants it, and in units of the view's price decimals. */
export interface GroupStep {
  readonly text: string;
  readonly units: number;
}

/** Rows of this share of the price: forty levels then show about 0.05 % of it. */
const usualShare = 1.2e-5;
const greatestShare = 2e-3;

function trimZeros(plain: string): string {
  return plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain;
}

/** Whether rows of `units` fall on whole ticks and the bridge can carry them. */
function isStep(units: number, tickUnits: number, text: string): boolean {
  return units % tickUnits === 0 && /^(0|[1-9]\d{0,11}|0?\.\d{1,12}|\d{1,6}\.\d{1,12})$/.test(text);
}

/**
 * Steps of the 1-2-5 kind, from the finest tick (always first) to about 0.2 % of the price. Every step is a whole number
 * of ticks, so that no level is ever split.
 */
export function computeGroupSteps(
  tickUnits: number,
  priceDecimals: number,
  priceUnits: number,
): readonly GroupStep[] {
  const tick = Math.max(1, Math.round(tickUnits));
  const steps: GroupStep[] = [{ text: trimZeros(plainUnits(tick, priceDecimals)), units: tick }];
  const greatest = Math.max(priceUnits * greatestShare, tick);
  for (let power = 1; power <= greatest && steps.length < 16; power *= 10) {
    for (const factor of [1, 2, 5]) {
      const units = power * factor;
      if (units <= tick || units > greatest) continue;
      const text = trimZeros(plainUnits(units, priceDecimals));
      if (isStep(units, tick, text)) steps.push({ text, units });
    }
  }
  return steps;
}

/** The step that a first look gets: the one nearest to the usual share of the price on a logarithmic scale. */
export function chooseGroupStep(steps: readonly GroupStep[], priceUnits: number): GroupStep | null {
  const wanted = priceUnits * usualShare;
  let best: GroupStep | null = null;
  for (const step of steps) {
    const distance = Math.abs(Math.log(step.units / wanted));
    if (best === null || distance < Math.abs(Math.log(best.units / wanted))) best = step;
  }
  return best;
}

/** Decimals that rows of this height need: none for whole steps, so that the ladder shows no digit that cannot change. */
export function groupDecimals(groupUnits: number, priceDecimals: number): number {
  let decimals = priceDecimals;
  let units = groupUnits;
  while (decimals > 0 && units % 10 === 0) {
    units /= 10;
    decimals -= 1;
  }
  return decimals;
}

/** How a step reads in the panel's corner: `1.0`, `0.05`, `100`. */
export function stepLabel(text: string): string {
  return /^[1-9]$/.test(text) ? `${text}.0` : text;
}
