import type { Mark, MarkKind } from '../../../shared/marks.ts';
import type { EpochMs } from '../../../shared/market.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatDate, formatTime } from '../../format/time.ts';

export const kindNames: Readonly<Record<MarkKind, string>> = {
  user: 'Note',
  gap: 'Gap',
  resync: 'Resync',
  disconnect: 'Disconnect',
  largeMove: 'Large move',
  signal: 'Signal',
};

/** Of several. */
export const kindPlurals: Readonly<Record<MarkKind, string>> = {
  user: 'Notes',
  gap: 'Gaps',
  resync: 'Resyncs',
  disconnect: 'Disconnects',
  largeMove: 'Large moves',
  signal: 'Signals',
};

/** A replay begins a little earlier, so that what is marked is seen to happen. */
const leadMs = 2_000;

export function jumpTime(mark: Mark): EpochMs {
  return Math.max(0, mark.time - leadMs);
}

const lasting: ReadonlySet<MarkKind> = new Set(['gap', 'resync', 'disconnect']);

/** `8.4 s`; one without an end runs, or did when its session ended. Empty for a moment. */
export function markLength(mark: Mark, isRecording: boolean): string {
  const { kind, time, toTime } = mark;
  if (toTime === null) {
    if (!lasting.has(kind)) return '';
    return isRecording ? 'running' : 'to the end';
  }
  return toTime > time ? formatDuration(toTime - time) : '';
}

/** Null: of today. */
export function markDate(mark: Mark, now: EpochMs): string | null {
  const date = formatDate(mark.time);
  return date === formatDate(now) ? null : date;
}

export function markNote(mark: Mark): string {
  return mark.text === '' ? 'No words' : mark.text;
}

/** The whole row for the ear. */
export function markSpoken(mark: Mark, length: string, date: string | null): string {
  return [
    kindNames[mark.kind],
    date === null ? formatTime(mark.time) : `${date} ${formatTime(mark.time)}`,
    mark.venue === null ? null : venueRecord(mark.venue).name,
    mark.market,
    markNote(mark),
    length === '' ? null : length,
  ]
    .filter((part) => part !== null)
    .join(', ');
}
