import { DecodeError } from '../errors.ts';
import { epochTimeOf } from './epochTime.ts';
import type { LevelTuple } from './levels.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

/** Own fields only matter: JSON never sets a prototype, and names like `__proto__` stay plain own fields. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Throws `DecodeError` with the beginning of the text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DecodeError('not JSON', JSON.stringify(text.slice(0, 60)));
  }
}

/** For error bodies, which may be HTML of a firewall: undefined where the text is not JSON. */
export function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function parseRecord(value: unknown, what: string): JsonRecord {
  if (!isRecord(value)) throw new DecodeError(`${what} is not an object`);
  return value;
}

export function parseArray(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new DecodeError(`${what} is not a list`);
  return value;
}

export function parseText(record: JsonRecord, field: string): string {
  const value = record[field];
  if (typeof value !== 'string') throw new DecodeError('field is not text', field);
  return value;
}

const plainDecimal = /^\d{1,30}(\.\d{1,30})?$/;

/** An unsigned decimal without exponent, kept as text. */
export function parseDecimalText(record: JsonRecord, field: string): string {
  return checkDecimalText(record[field], field);
}

export function checkDecimalText(value: unknown, field: string): string {
  if (typeof value !== 'string' || !plainDecimal.test(value)) {
    throw new DecodeError('field is not a plain decimal', field);
  }
  return value;
}

/** The plain decimals that `values` begins with: figures that nothing counts with must not spoil a message. */
export function decimalsAhead(values: readonly unknown[]): readonly string[] {
  const texts: string[] = [];
  for (const value of values) {
    if (typeof value !== 'string' || !plainDecimal.test(value)) break;
    texts.push(value);
  }
  return texts;
}

/** A safe integer of zero or more. */
export function parseCount(record: JsonRecord, field: string): number {
  return checkCount(record[field], field);
}

export function checkCount(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new DecodeError('field is not a whole number', field);
  }
  return value;
}

export function parseFlag(record: JsonRecord, field: string): boolean {
  const value = record[field];
  if (typeof value !== 'boolean') throw new DecodeError('field is not a flag', field);
  return value;
}

const digits = /^\d{1,16}$/;

/** A whole number that the venue sends as text, at most 2^53 - 1. */
export function parseDigits(text: unknown, field: string): number {
  if (typeof text !== 'string' || !digits.test(text) || Number(text) > Number.MAX_SAFE_INTEGER) {
    throw new DecodeError('field is not a whole number', field);
  }
  return Number(text);
}

/**
 * Epoch ms. Some streams and files carry other units, which their size tells. Null where the venue cannot mean it: such a
 * time says nothing, but the message may still be good.
 */
export function plausibleTime(value: number): number | null {
  return epochTimeOf(value);
}

/** For messages that are worth nothing without their time. */
export function parseTime(value: unknown, field: string): number {
  const time = epochTimeOf(typeof value === 'string' ? value : checkCount(value, field));
  if (time === null) throw new DecodeError('time out of range', field);
  return time;
}

/** Levels as tuples of two or more, the first two of them text. The numbers in it are checked when they are read. */
export function parseLevels(value: unknown, field: string): readonly LevelTuple[] {
  if (!Array.isArray(value)) throw new DecodeError('levels are not a list', field);
  for (const level of value as readonly unknown[]) {
    if (!Array.isArray(level) || typeof level[0] !== 'string' || typeof level[1] !== 'string') {
      throw new DecodeError('level is not price and size', field);
    }
  }
  return value as readonly LevelTuple[];
}
