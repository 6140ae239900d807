import * as v from 'valibot';
import type { Mark, MarkKind } from '../../../shared/marks.ts';
import { markKinds } from '../../../shared/marks.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { kindNames } from './markWords.ts';

const optionsSchema = v.object({
  /** None: every kind. */
  kinds: v.fallback(v.array(v.picklist(markKinds)), []),
});
export interface MarkOptions {
  readonly kinds: readonly MarkKind[];
}

export function parseMarkOptions(saved: unknown): MarkOptions {
  const result = v.safeParse(optionsSchema, saved);
  return result.success ? result.output : { kinds: [] };
}

export function toggleKind({ kinds }: MarkOptions, kind: MarkKind): MarkOptions {
  return { kinds: kinds.includes(kind) ? kinds.filter((each) => each !== kind) : [...kinds, kind] };
}

export interface MarkRows {
  /** Newest first. */
  readonly rows: readonly Mark[];
  /** Rows that fit and are not in `rows`. */
  readonly more: number;
  /** Of each kind, as far as the text fits. */
  readonly counts: Readonly<Record<MarkKind, number>>;
}

/** At most `limit`, so that a long day does not slow the page. */
export function computeMarkRows(
  marks: readonly Mark[],
  { kinds }: MarkOptions,
  text: string,
  limit: number,
): MarkRows {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const counts = { user: 0, gap: 0, resync: 0, disconnect: 0, largeMove: 0, signal: 0 };
  const wanted: Mark[] = [];
  for (const mark of marks) {
    if (words.length > 0 && !hasWords(mark, words)) continue;
    counts[mark.kind] += 1;
    if (kinds.length === 0 || kinds.includes(mark.kind)) wanted.push(mark);
  }
  const rows = wanted.slice(-limit).toReversed();
  return { rows, more: wanted.length - rows.length, counts };
}

/** The newest one at or before a time: where a replay stands among them. Rows are newest first. */
export function rowAt(rows: readonly Mark[], time: number): string | null {
  return rows.find((mark) => mark.time <= time)?.id ?? null;
}

function hasWords(mark: Mark, words: readonly string[]): boolean {
  const venue = mark.venue === null ? null : venueRecord(mark.venue);
  const all = [kindNames[mark.kind], venue?.name, venue?.code, mark.market, mark.text]
    .join(' ')
    .toLowerCase();
  return words.every((word) => all.includes(word));
}
