import type { Decimal, EpochMs } from '../../../shared/market.ts';
import type { BigDecimal } from '../decimal.ts';
import { divideHalfEven, formatBigUnits, formatUnits, parseBigDecimal } from '../decimal.ts';

/** One value of a row: its column says what a number is. Null where there is none. */
export type Cell = string | number | boolean | Decimal | BigDecimal | null;

/** Values in the order of the table's columns. */
export type Row = readonly Cell[];

/** What a decimal column can hold: 38 digits, 18 of them after the point. */
export const decimalScale = 18;
const one = { units: 1n, decimals: 0 };

/** The last moment whose year has four digits, as readers of ISO times want it. */
const lastTime = 253_402_300_799_999;

/** Null for what is no time that a calendar has. */
export function timeCell(time: EpochMs | null): number | null {
  return time !== null && time >= 0 && time <= lastTime ? time : null;
}

const isPlain = /^[ -~]*$/;

/** Text as every format and reader keeps it: no NUL, no half of a character. */
export function textCell(text: string): string {
  return isPlain.test(text) ? text : text.toWellFormed().replaceAll('\0', '\u2400');
}

/** Of a plain decimal; what is finer than any price times any size is rounded, half to even. */
export function decimalCell(text: string): BigDecimal {
  const value = parseBigDecimal(text);
  if (value.decimals <= decimalScale) return value;
  return { units: divideHalfEven(value, one, decimalScale), decimals: decimalScale };
}

/** Prices and sizes come again and again: texts of the last ones, by decimals and units. */
const knownTexts = new Map<number, Map<number, string>>();
const mostKnown = 20_000;

/** Plain digits: no exponent, no trailing zeros. */
export function decimalText(value: Decimal | BigDecimal): string {
  const { units, decimals } = value;
  if (typeof units === 'bigint') return formatBigUnits(units, decimals);
  let known = knownTexts.get(decimals);
  if (known === undefined) knownTexts.set(decimals, (known = new Map<number, string>()));
  let text = known.get(units);
  if (text !== undefined) return text;
  text = units < 0 ? `-${formatUnits(-units, decimals)}` : formatUnits(units, decimals);
  if (known.size >= mostKnown) known.clear();
  known.set(units, text);
  return text;
}

let knownMinute = Number.NaN;
let knownText = '';

/** `2026-11-21T14:32:07.123456Z`; rows of the same minute share most of their text. */
export function timeText(time: EpochMs): string {
  const micros = microsOf(time);
  const minute = Math.floor(micros / 60_000_000);
  if (minute !== knownMinute) {
    knownMinute = minute;
    knownText = new Date(minute * 60_000).toISOString().slice(0, 17);
  }
  const digits = String(100_000_000 + micros - minute * 60_000_000);
  return `${knownText}${digits.slice(1, 3)}.${digits.slice(3)}Z`;
}

export function microsOf(time: EpochMs): number {
  return Math.round(time * 1000);
}
