import * as v from 'valibot';
import type { SessionSummary } from '../../../shared/recordings.ts';
import { formatDateTime } from '../../format/time.ts';
import { sessionLengthMs, sessionTitle, sourceWords } from './sessionWords.ts';

export const sessionSorts = ['newest', 'oldest', 'longest', 'largest', 'marks', 'name'] as const;
export type SessionSort = (typeof sessionSorts)[number];

export const sortNames: Readonly<Record<SessionSort, string>> = {
  newest: 'Newest first',
  oldest: 'Oldest first',
  longest: 'Longest first',
  largest: 'Largest first',
  marks: 'Most marks first',
  name: 'By name',
};

const optionsSchema = v.object({ sort: v.fallback(v.picklist(sessionSorts), 'newest') });

export function parseSessionOptions(saved: unknown): { readonly sort: SessionSort } {
  const result = v.safeParse(optionsSchema, saved);
  return result.success ? result.output : { sort: 'newest' };
}

/** Of one that is still written, its length by now is what it has been long enough. */
const endless = Number.MAX_SAFE_INTEGER;

const orders: Readonly<Record<SessionSort, (a: SessionSummary, b: SessionSummary) => number>> = {
  newest: (a, b) => b.startTime - a.startTime,
  oldest: (a, b) => a.startTime - b.startTime,
  longest: (a, b) => (sessionLengthMs(b, endless) ?? 0) - (sessionLengthMs(a, endless) ?? 0),
  largest: (a, b) => b.bytes - a.bytes,
  marks: (a, b) => b.marks - a.marks,
  name: (a, b) => sessionTitle(a).localeCompare(sessionTitle(b)),
};

export function computeSessionRows(
  sessions: readonly SessionSummary[],
  sort: SessionSort,
  search: string,
): readonly SessionSummary[] {
  const wanted = search.trim().toLowerCase();
  const isFound = (session: SessionSummary) =>
    [sessionTitle(session), formatDateTime(session.startTime), sourceWords[session.source]]
      .join(' ')
      .toLowerCase()
      .includes(wanted);
  const found = wanted === '' ? sessions : sessions.filter(isFound);
  // The host lists them newest first, and a stable sort keeps that among equals.
  return found.toSorted(orders[sort]);
}
