import type { TradeValue } from '../../../shared/values.ts';

/** As the venues write numbers: never with an exponent. */
export function numberText(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : text;
}

/** Exact, and without zeros at its end. */
function unitsText(units: bigint, decimals: number): string {
  const digits = String(units).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const rest = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return rest === '' ? whole : `${whole}.${rest}`;
}

export function priceOf({ priceUnits, priceDecimals }: TradeValue): string {
  return unitsText(BigInt(priceUnits), priceDecimals);
}

export function sizeOf({ sizeUnits, sizeDecimals }: TradeValue): string {
  return unitsText(BigInt(sizeUnits), sizeDecimals);
}

/** Price by size. */
export function turnoverOf(trade: TradeValue): string {
  const { priceUnits, priceDecimals, sizeUnits, sizeDecimals } = trade;
  return unitsText(BigInt(priceUnits) * BigInt(sizeUnits), priceDecimals + sizeDecimals);
}
