import { groupDigits, minusSign, noValue, shortenZeros } from './digits.ts';

const maxDecimals = 18;

/** A price with the decimals of its tick: comma groups, subscript zeros, en dash when unknown. */
export function formatPrice(price: number | null, decimals: number): string {
  if (price === null || !Number.isFinite(price)) return noValue;
  return groupDigits(shortenZeros(price.toFixed(Math.min(decimals, maxDecimals))));
}

/** What copying gives: the same digits with nothing added. */
export function plainPrice(price: number | null, decimals: number): string {
  if (price === null || !Number.isFinite(price)) return '';
  return price.toFixed(Math.min(decimals, maxDecimals));
}

/** `units * 10^-decimals` as plain digits, exactly: no double between. */
export function plainUnits(units: number, decimals: number): string {
  const negative = units < 0;
  const digits = String(Math.abs(units)).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const rest = decimals === 0 ? '' : `.${digits.slice(digits.length - decimals)}`;
  return (negative ? '-' : '') + whole + rest;
}

/** An exact price in units, cut or filled to `shown` decimals; digits beyond them are rounded half up. */
export function formatUnits(units: number, decimals: number, shown: number = decimals): string {
  let atShown = units;
  if (shown < decimals) atShown = Math.round(units / 10 ** (decimals - shown));
  const plain = plainUnits(atShown, Math.min(shown, decimals));
  if (shown <= decimals) return groupDigits(shortenZeros(plain));
  const filled = (decimals === 0 ? `${plain}.` : plain) + '0'.repeat(shown - decimals);
  return groupDigits(shortenZeros(filled));
}

/** A size with a fixed number of decimals; a size that would read as zero keeps one significant digit. */
export function formatSize(size: number | null, decimals: number): string {
  if (size === null || !Number.isFinite(size)) return noValue;
  const rounded = size.toFixed(decimals);
  if (size !== 0 && Number(rounded) === 0) {
    const needed = Math.min(maxDecimals, Math.ceil(-Math.log10(Math.abs(size))));
    return groupDigits(shortenZeros(size.toFixed(needed)));
  }
  return groupDigits(rounded);
}

function signed(rounded: string, unit: string): string {
  const value = Number(rounded);
  if (value === 0) return rounded.replace('-', '') + unit;
  return value > 0 ? `+${groupDigits(rounded)}${unit}` : groupDigits(rounded) + unit;
}

/** `+1.84%`, `−0.42%`; zero has no sign. Takes percent, not a fraction. */
export function formatSignedPercent(percent: number | null): string {
  if (percent === null || !Number.isFinite(percent)) return noValue;
  return signed(percent.toFixed(2), '%');
}

/** A signed difference of prices, `−26.2`. */
export function formatSignedPrice(difference: number | null, decimals: number): string {
  if (difference === null || !Number.isFinite(difference)) return noValue;
  return signed(difference.toFixed(decimals), '');
}

/** A share of a whole, `47%`. Takes a fraction of 0 to 1. */
export function formatShare(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return noValue;
  return `${Math.round(share * 100)}%`;
}

/** `+0.3 bp`, `−0.2 bp`. */
export function formatSignedBps(bps: number | null): string {
  if (bps === null || !Number.isFinite(bps)) return noValue;
  return signed(bps.toFixed(1), ' bp');
}

/** A spread, which has no direction: `0.1 bp`. */
export function formatBps(bps: number | null): string {
  if (bps === null || !Number.isFinite(bps)) return noValue;
  return `${bps.toFixed(1).replace('-', minusSign)} bp`;
}

/** Direction of a change as it is written: a change that rounds to zero has none. */
export function changeDirection(percent: number | null): 'up' | 'down' | 'none' {
  if (percent === null || !Number.isFinite(percent)) return 'none';
  const rounded = Number(percent.toFixed(2));
  if (rounded === 0) return 'none';
  return rounded > 0 ? 'up' : 'down';
}
