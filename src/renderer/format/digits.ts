import type { Settings } from '../../shared/settings.ts';
import { assertNever } from '../../shared/assert.ts';
import { numberStyle } from './numberStyle.ts';

/** Shown where nothing is known. Unknown is never 0. */
export const noValue = '–';
export const minusSign = '−';
const thinSpace = '\u2009';
const figureSpace = '\u2007';
const punctuationSpace = '\u2008';
const subscripts = '₀₁₂₃₄₅₆₇₈₉';

type DigitGroups = Settings['digitGroups'];

function groupSeparator(groups: DigitGroups): string {
  switch (groups) {
    case 'comma':
      return ',';
    case 'thin':
      return thinSpace;
    case 'none':
      return '';
    default:
      return assertNever(groups);
  }
}

/** Groups the whole part of a plain decimal such as `84250.10`; a leading `-` becomes U+2212. */
export function groupDigits(
  plain: string,
  groups: DigitGroups = numberStyle().digitGroups,
): string {
  const negative = plain.startsWith('-');
  const unsigned = negative ? plain.slice(1) : plain;
  const point = unsigned.indexOf('.');
  const whole = point < 0 ? unsigned : unsigned.slice(0, point);
  const rest = point < 0 ? '' : unsigned.slice(point);
  const separator = groupSeparator(groups);
  let grouped = whole;
  if (separator !== '' && whole.length > 3) {
    const parts: string[] = [];
    for (let end = whole.length; end > 0; end -= 3) {
      parts.unshift(whole.slice(Math.max(0, end - 3), end));
    }
    grouped = parts.join(separator);
  }
  return (negative ? minusSign : '') + grouped + rest;
}

/** Four or more zeros after the point become a count: `0.000011284` reads `0.0₄11284`. */
export function shortenZeros(plain: string): string {
  const match = /^(-?0\.)(0{4,})(\d*[1-9]\d*)$/.exec(plain);
  if (match === null) return plain;
  const [, head = '', zeros = '', rest = ''] = match;
  const count = [...String(zeros.length)].map((digit) => subscripts.charAt(Number(digit))).join('');
  return `${head}0${count}${rest}`;
}

/** Undoes everything that formatting added, so that copied numbers are plain: groups, subscripts, U+2212, padding. */
export function plainNumbers(text: string): string {
  return text
    .replaceAll(/0\.0([₀-₉]+)(\d+)/g, (_, count: string, rest: string) => {
      const zeros = Number([...count].map((digit) => subscripts.indexOf(digit)).join(''));
      return `0.${'0'.repeat(zeros)}${rest}`;
    })
    .replaceAll(minusSign, '-')
    .replaceAll(/[\u2007\u2008]/g, '')
    .replaceAll(/(?<=\d)[,\u2009](?=\d{3}(?!\d))/g, '');
}

/** Pads a number on the right so that its point aligns with numbers of `decimals` in the same column. */
export function padDecimals(text: string, decimals: number): string {
  const point = text.indexOf('.');
  const own = point < 0 ? 0 : text.length - point - 1;
  if (decimals <= own) return text;
  const pointSpace = point < 0 ? punctuationSpace : '';
  return text + pointSpace + figureSpace.repeat(decimals - own);
}
