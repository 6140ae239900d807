const zeros = '0000000000000000';

function withPoint(digits: string, decimals: number): string {
  if (decimals === 0) return digits;
  const padded =
    digits.length > decimals ? digits : '0'.repeat(decimals + 1 - digits.length) + digits;
  const cut = padded.length - decimals;
  return `${padded.slice(0, cut)}.${padded.slice(cut)}`;
}

/** `value` counts units of 10^-decimals; the text has exactly `digits` decimals (at least `decimals`). */
export function formatFixed(value: number | bigint, decimals: number, digits: number): string {
  if (value < 0) return `-${formatFixed(-value, decimals, digits)}`;
  const text = withPoint(String(value), decimals);
  if (digits <= decimals) return text;
  return `${decimals === 0 ? `${text}.` : text}${zeros.slice(0, digits - decimals)}`;
}

/** As `formatFixed`, without trailing zeros. */
export function formatTrimmed(value: number | bigint, decimals: number): string {
  if (value < 0) return `-${formatTrimmed(-value, decimals)}`;
  const text = withPoint(String(value), decimals);
  if (decimals === 0) return text;
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end -= 1;
  if (text.charCodeAt(end - 1) === 46) end -= 1;
  return text.slice(0, end);
}

/** One unit of 10^-decimals as text: the tick or lot size. */
export function unitText(decimals: number, digits = decimals): string {
  return formatFixed(1, decimals, digits);
}

export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator * 2n + denominator) / (denominator * 2n);
}
