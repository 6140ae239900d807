import type { EpochMs } from '../../../shared/market.ts';
import type { SessionSource, SessionSummary } from '../../../shared/recordings.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatBytes, formatCount } from '../../format/quantity.ts';
import { formatDate, formatDateTime, formatTime, zoneLabel } from '../../format/time.ts';

export const sourceWords: Readonly<Record<SessionSource, string>> = {
  live: 'LIVE',
  simulated: 'SIMULATED',
  imported: 'IMPORTED',
};

/** As a person called it, or when it began. */
export function sessionTitle({ name, startTime }: SessionSummary): string {
  return name === '' ? formatDateTime(startTime) : name;
}

/** After its start: until when, with the day only where that is another; the zone in any case. */
export function sessionEnd({ startTime, endTime, isRecording }: SessionSummary): string {
  if (isRecording || endTime === null) return ` ${zoneLabel()}`;
  const isOneDay = formatDate(startTime) === formatDate(endTime);
  return ` to ${isOneDay ? formatTime(endTime) : formatDateTime(endTime)} ${zoneLabel()}`;
}

/** Null where nobody knows its end. */
export function sessionLengthMs(session: SessionSummary, now: EpochMs | null): number | null {
  const end = session.endTime ?? (session.isRecording ? now : null);
  return end === null ? null : Math.max(0, end - session.startTime);
}

export function markWords(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'mark' : 'marks'}`;
}

export function lostWords(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'input' : 'inputs'} lost`;
}

/** What is not whole about it; null: nothing is known to be wrong. */
export function troubleWords({ lostInputs, problem }: SessionSummary): string | null {
  const parts = [lostInputs === 0 ? null : lostWords(lostInputs), problem];
  const words = parts.filter((part) => part !== null && part !== '').join('. ');
  return words === '' ? null : words;
}

/** The same in a word or two, for where a sentence would be cut. */
export function shortTroubleWords({ lostInputs, problem }: SessionSummary): string | null {
  if (problem !== null && problem !== '') return 'damaged';
  return lostInputs === 0 ? null : `${formatCount(lostInputs)} lost`;
}

const sourceNames: Readonly<Record<SessionSource, string>> = {
  live: 'the live market',
  simulated: 'a simulated market',
  imported: 'an imported market',
};

/** What is gone with it. */
export function deleteWords(session: SessionSummary): string {
  const length = sessionLengthMs(session, null);
  const marks = session.marks === 0 ? '' : ` and ${markWords(session.marks)}`;
  const what = length === null ? 'All' : formatDuration(length);
  const pinned = session.pinned ? ' It is pinned.' : '';
  return `${what} of ${sourceNames[session.source]}, ${formatBytes(session.bytes)}${marks}.${pinned} It cannot be brought back.`;
}
