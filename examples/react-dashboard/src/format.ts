export const minus = '\u2212';
/** Where nothing is known there is a dash: neither 0 nor an old value. */
export const unknown = '\u2013';

/** How many decimals the venues quote, so that all prices beside each other have as many. */
export function decimalsOf(prices: readonly (number | null)[]): number {
  const fractions = prices.map((price) => {
    const [digits = '', exponent = '0'] = String(price ?? 0).split('e');
    return (digits.split('.')[1]?.length ?? 0) - Number(exponent);
  });
  return Math.min(12, Math.max(2, ...fractions));
}

export function formatPrice(price: number | null, decimals: number): string {
  if (price === null) return unknown;
  return price.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

export function formatSize(size: number): string {
  return size.toLocaleString('en-US', { maximumSignificantDigits: 5 });
}

export function formatPercent(percent: number | null): string {
  if (percent === null) return unknown;
  const digits = Math.abs(percent).toFixed(2);
  if (Number(digits) === 0) return `${digits}%`;
  return `${percent < 0 ? minus : '+'}${digits}%`;
}

export function formatAge(ageMs: number): string {
  return ageMs < 1_000 ? '<1 s' : `${Math.floor(ageMs / 1_000)} s`;
}

export function formatTime(time: number): string {
  return new Date(time).toISOString().slice(11, 23);
}
