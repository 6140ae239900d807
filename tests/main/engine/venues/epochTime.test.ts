import { expect, test } from 'vitest';
import { epochTimeOf } from '../../../../src/main/engine/venues/epochTime.ts';

test.each<[what: string, value: number | string, utc: string | null]>([
  ['seconds', 1_790_000_000, '2026-09-21T14:13:20.000Z'],
  ['milliseconds', 1_790_000_000_123, '2026-09-21T14:13:20.123Z'],
  ['microseconds', 1_790_000_000_123_456, '2026-09-21T14:13:20.123Z'],
  ['seconds as text', '1790000000', '2026-09-21T14:13:20.000Z'],
  ['milliseconds as text', '1790000000123', '2026-09-21T14:13:20.123Z'],
  ['microseconds as text', '1790000000123456', '2026-09-21T14:13:20.123Z'],
  ['nanoseconds as text', '1790000000123456789', '2026-09-21T14:13:20.123Z'],
  ['ISO in UTC', '2026-09-21T14:13:20Z', '2026-09-21T14:13:20.000Z'],
  ['ISO with microseconds', '2026-09-21T14:13:20.123456Z', '2026-09-21T14:13:20.123Z'],
  ['ISO with nanoseconds', '2026-09-21T14:13:20.123456789Z', '2026-09-21T14:13:20.123Z'],
  ['east of Greenwich', '2026-09-21T22:13:20+08:00', '2026-09-21T14:13:20.000Z'],
  ['west, without a colon', '2026-09-21T10:13:20-0400', '2026-09-21T14:13:20.000Z'],
  ['half an hour east', '2026-09-21T19:43:20+05:30', '2026-09-21T14:13:20.000Z'],
  ['a table of UTC', '2026-09-21 14:13:20 UTC', '2026-09-21T14:13:20.000Z'],
  ['over midnight and the year', '2027-01-01T01:00:00+02:00', '2026-12-31T23:00:00.000Z'],
  ['a leap day', '2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ['the last moment of winter time', '2026-03-29T01:59:59+01:00', '2026-03-29T00:59:59.000Z'],
  ['the first of summer time', '2026-03-29T03:00:00+02:00', '2026-03-29T01:00:00.000Z'],
  ['no zone: it could be any', '2026-09-21T14:13:20', null],
  ['no leap day in that year', '2027-02-29T00:00:00Z', null],
  ['an hour that no day has', '2026-09-21T24:00:00Z', null],
  ['1970', 0, null],
  ['1970 as text', '1970-01-01T00:00:00Z', null],
  ['negative', -1_790_000_000_000, null],
  ['not a number', Number.NaN, null],
  ['the far future', 5e18, null],
  ['words', 'yesterday', null],
])('[S4-16] %s', (_what, value, utc) => {
  const time = epochTimeOf(value);
  expect(time === null ? null : new Date(time).toISOString()).toBe(utc);
});

test('[S4-16] every day of a century falls where the calendar has it', () => {
  for (let time = Date.UTC(2009, 0, 1); time < Date.UTC(2100, 0, 1); time += 86_400_000) {
    const text = new Date(time).toISOString();
    if (epochTimeOf(text) !== time) expect(`${text} ${epochTimeOf(text)}`).toBe(`${text} ${time}`);
  }
});
