import { DecodeError } from './errors.ts';

/** Answer of `parseUnits` when the text has more significant decimals than were offered. */
export const needsMoreDecimals = -1;

/** Powers beyond this cannot hold a digit before the point inside a safe integer. */
export const maxDecimals = 15;

const powers: readonly number[] = Array.from({ length: maxDecimals + 1 }, (_, n) => 10 ** n);

/** 10^decimals, exact; throws beyond `maxDecimals`. */
export function powerOfTen(decimals: number): number {
  const power = powers[decimals];
  if (power === undefined) throw new DecodeError('too many decimals', String(decimals));
  return power;
}

const zero = 48;
const nine = 57;
const point = 46;

/**
 * The unsigned decimal `text` in units of 10^-decimals, exact, without a double in between. Trailing zeros after the point
 * are not significant. `needsMoreDecimals` when a significant digit does not fit; `DecodeError` for anything that is not
 * digits with at most one point between them, and beyond 2^53 - 1 units.
 */
export function parseUnits(text: string, decimals: number): number {
  const length = text.length;
  let units = 0;
  let index = 0;
  let code = 0;
  while (index < length) {
    code = text.charCodeAt(index);
    if (code < zero || code > nine) break;
    units = units * 10 + (code - zero);
    index += 1;
  }
  if (index === 0) throw badNumber(text);
  let missing = decimals;
  if (index < length) {
    index += 1;
    if (code !== point || index === length) throw badNumber(text);
    let tooFine = false;
    while (index < length) {
      code = text.charCodeAt(index);
      if (code < zero || code > nine) throw badNumber(text);
      if (missing > 0) {
        units = units * 10 + (code - zero);
        missing -= 1;
      } else if (code !== zero) tooFine = true;
      index += 1;
    }
    if (tooFine) return needsMoreDecimals;
  }
  if (missing > 0) units *= powerOfTen(missing);
  if (units > Number.MAX_SAFE_INTEGER) throw new DecodeError('number out of range', clipped(text));
  return units;
}

/** Decimals after the point without trailing zeros; `DecodeError` for what `parseUnits` would refuse as text. */
export function significantDecimals(text: string): number {
  const dot = text.indexOf('.');
  let last = text.length - 1;
  for (let index = 0; index <= last; index += 1) {
    const code = text.charCodeAt(index);
    if ((code < zero || code > nine) && index !== dot) throw badNumber(text);
  }
  if (last < 0 || dot === 0 || dot === last) throw badNumber(text);
  if (dot < 0) return 0;
  while (text.charCodeAt(last) === zero) last -= 1;
  const decimals = last - dot;
  if (decimals > maxDecimals) throw new DecodeError('too many decimals', clipped(text));
  return decimals;
}

/** `units * 10^byDecimals` when a scale grows; `DecodeError` where it would leave the safe integers. */
export function scaleUnits(units: number, byDecimals: number): number {
  if (byDecimals === 0) return units;
  const scaled = units * powerOfTen(byDecimals);
  if (scaled > Number.MAX_SAFE_INTEGER)
    throw new DecodeError('number out of range', `${units}e${byDecimals}`);
  return scaled;
}

/** Plain decimal text without exponent, trailing zeros or trailing point. */
export function formatUnits(units: number, decimals: number): string {
  return formatDigits(String(units), decimals);
}

export function formatBigUnits(units: bigint, decimals: number): string {
  return units < 0n
    ? `-${formatDigits(String(-units), decimals)}`
    : formatDigits(String(units), decimals);
}

function formatDigits(digits: string, decimals: number): string {
  if (decimals === 0) return digits;
  const padded = digits.padStart(decimals + 1, '0');
  const whole = padded.slice(0, -decimals);
  let end = decimals;
  const fraction = padded.slice(-decimals);
  while (end > 0 && fraction.charCodeAt(end - 1) === zero) end -= 1;
  return end === 0 ? whole : `${whole}.${fraction.slice(0, end)}`;
}

/** An exact decimal of any size: sums and figures that may pass 2^53. */
export interface BigDecimal {
  readonly units: bigint;
  readonly decimals: number;
}

const plainDecimal = /^(\d{1,30})(?:\.(\d{1,30}))?$/;

/** For figures of a venue (volumes, turnovers) that are only added and shown. */
export function parseBigDecimal(text: string): BigDecimal {
  const match = plainDecimal.exec(text);
  if (match === null) throw badNumber(text);
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  return { units: BigInt(`${match[1] ?? ''}${fraction}`), decimals: fraction.length };
}

/** `numerator / denominator` with `decimals` digits after the point, rounded half to even. Denominator above zero. */
export function divideHalfEven(
  numerator: BigDecimal,
  denominator: BigDecimal,
  decimals: number,
): bigint {
  const shift = decimals + denominator.decimals - numerator.decimals;
  const top = shift >= 0 ? numerator.units * 10n ** BigInt(shift) : numerator.units;
  const bottom = shift >= 0 ? denominator.units : denominator.units * 10n ** BigInt(-shift);
  const quotient = top / bottom;
  const twice = (top % bottom) * 2n;
  const roundUp = twice > bottom || (twice === bottom && (quotient & 1n) === 1n);
  return roundUp ? quotient + 1n : quotient;
}

/** Text with exactly `decimals` digits after the point. */
export function formatFixed(units: bigint, decimals: number): string {
  const digits = String(units).padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

function badNumber(text: string): DecodeError {
  return new DecodeError('not a plain decimal', clipped(text));
}

function clipped(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}
