import type { GapCause } from '../../../shared/feedHealth.ts';
import type { MarkKind } from '../../../shared/marks.ts';
import { parseInstrumentId } from '../../../shared/market.ts';
import type {
  ConnectionMetrics,
  SessionMetrics,
  StreamMetrics,
} from '../../../shared/sessionMetrics.ts';
import { connectionName, uptimeShare } from '../../../shared/sessionMetrics.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import type { NumberedMark } from './reportCharts.ts';
import {
  count,
  duration,
  escapeText,
  milliseconds,
  percent,
  size,
  timeOfDay,
  unknown,
  uptime,
} from './reportText.ts';

const mostStreams = 16;

export const gapCauses: readonly GapCause[] = [
  'disconnect',
  'sequence',
  'stale',
  'overflow',
  'decode',
  'clock',
];

const causeWords: Readonly<Record<GapCause, string>> = {
  disconnect: 'disconnected',
  sequence: 'sequence',
  stale: 'stale',
  overflow: 'overflow',
  decode: 'unreadable',
  clock: 'clock',
};

const kindWords: Readonly<Record<MarkKind, string>> = {
  user: 'own mark',
  gap: 'gap',
  resync: 'resync',
  disconnect: 'disconnected',
  largeMove: 'large move',
  signal: 'signal',
};

export function sumOf<Row>(rows: readonly Row[], read: (row: Row) => number): number {
  return rows.reduce((total, row) => total + read(row), 0);
}

export function gapsIn({ gaps }: StreamMetrics): number {
  return sumOf(gapCauses, (cause) => gaps[cause]);
}

export function connectionTable({ connections }: SessionMetrics): string {
  const rows = connections.map((each: ConnectionMetrics) =>
    row([
      `${tag(each.venue)}${escapeText(connectionName(each.connection))}`,
      uptime(each.uptimeMs),
      percent(uptimeShare(each)),
      count(each.messagesReceived),
      count(each.messagesSent),
      size(each.bytesReceived),
      count(each.subscriptions),
      count(each.reconnects),
      count(each.errors),
      milliseconds(each.roundTrip.p50Ms),
      milliseconds(each.roundTrip.p99Ms),
      milliseconds(each.clockOffsetMs),
    ]),
  );
  const names = ['Connection', 'Uptime', 'Share', 'Received', 'Sent', 'Bytes', 'Streams'];
  const more = ['Reconnects', 'Errors', 'RTT p50', 'p99 ms', 'Clock ms'];
  return section({ title: 'Connections', names: head([...names, ...more]), rows, place: 'short' });
}

/** By venue: what was missing, why, and what became of it. */
export function gapTable({ streams, venues }: SessionMetrics): string {
  const all = sumOf(streams, gapsIn);
  if (all === 0) return '<section><h2>Gaps</h2><p class="note">None in any stream.</p></section>';
  const rows = venues.map(({ venue }) => {
    const own = streams.filter((stream) => stream.venue === venue);
    const lostMs = sumOf(own, ({ gapMs }) => gapMs);
    return row([
      `${tag(venue)}${escapeText(venueRecord(venue).name)}`,
      ...gapCauses.map((cause) => count(sumOf(own, ({ gaps }) => gaps[cause]))),
      count(sumOf(own, gapsIn)),
      count(sumOf(own, ({ gapsRepaired }) => gapsRepaired)),
      lostMs > 0 ? duration(lostMs) : unknown,
      count(sumOf(own, ({ resyncs }) => resyncs)),
    ]);
  });
  const causes = gapCauses.map((cause) => causeWords[cause]);
  const names = ['Venue', ...causes, 'All', 'Repaired', 'Not repaired', 'Resyncs'];
  return section({ title: 'Gaps by cause', names: head(names), rows, place: 'short' });
}

/** `startsPage`: on paper it begins the next one. */
export function streamTable({ streams }: SessionMetrics, startsPage: boolean): string {
  const worstFirst = streams.toSorted(
    (a, b) => b.gapMs - a.gapMs || gapsIn(b) - gapsIn(a) || b.messages - a.messages,
  );
  const rows = worstFirst.slice(0, mostStreams).map((each) => {
    const market = parseInstrumentId(each.instrument)?.market ?? each.instrument;
    const channel = [each.channel, each.interval].filter(Boolean).join(' ');
    return row([
      `${tag(each.venue)}${escapeText(market)} <small>${escapeText(channel)}</small>`,
      uptime(each.uptimeMs),
      count(each.messages),
      milliseconds(each.lag.p50Ms),
      milliseconds(each.lag.p99Ms),
      gapWords(each),
      count(each.gapsRepaired),
      each.gapMs > 0 ? duration(each.gapMs) : unknown,
      count(each.resyncs),
      count(each.decodeErrors),
    ]);
  });
  const names = ['Stream', 'Uptime', 'Messages', 'Lag p50', 'p99 ms', 'Gaps', 'Repaired'];
  const left = streams.length - rows.length;
  return section({
    title: 'Streams',
    note: 'those with most missing first',
    names: head([...names, 'Not repaired', 'Resyncs', 'Unreadable']),
    rows,
    ...(left > 0 ? { rest: `And ${count(left)} more: the table of metrics has them all.` } : {}),
    ...(startsPage ? { place: 'second' } : {}),
  });
}

export function markTable(marks: readonly NumberedMark[], all: number): string {
  const rows = marks.map(({ number, mark: { time, toTime, kind, venue, market, text } }) =>
    [
      `<tr><td>${number}</td><td class="text"><time>${timeOfDay(time)}</time></td>`,
      `<td class="text">${kindWords[kind]}</td>`,
      `<td class="text">${venue === null ? '' : tag(venue)}${escapeText(market ?? '')}</td>`,
      `<td>${toTime === null ? '' : duration(toTime - time)}</td>`,
      `<td class="text wide">${escapeText(text)}</td></tr>`,
    ].join(''),
  );
  const names = '<th>No.</th><th class="text">Time, UTC</th><th class="text">Kind</th>';
  const more = '<th class="text">Of</th><th>Length</th><th class="text">Cause or note</th>';
  const left = all - marks.length;
  return section({
    ...{ title: 'Marks', names: `${names}${more}`, rows },
    ...(left > 0 ? { rest: `And ${count(left)} more: the table of marks has them all.` } : {}),
  });
}

function gapWords(stream: StreamMetrics): string {
  const { gaps } = stream;
  const known = gapCauses.filter((cause) => gaps[cause] > 0);
  const words = known.map((cause) => `${count(gaps[cause])} ${causeWords[cause]}`);
  return words.length === 0 ? '0' : words.join(', ');
}

export function tag(venue: VenueId): string {
  return `<span class="tag ${venue}">${escapeText(venueRecord(venue).code)}</span>`;
}

function head(names: readonly string[]): string {
  return names.map((name) => `<th>${name}</th>`).join('');
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

interface Section {
  readonly title: string;
  readonly note?: string;
  /** Cells of the head. */
  readonly names: string;
  readonly rows: readonly string[];
  /** What was left out. */
  readonly rest?: string;
  /** On paper: in one piece, or at the top of a page. */
  readonly place?: 'short' | 'second';
}

function section({ title, note, names, rows, rest, place }: Section): string {
  const heading = `<h2>${title}${note === undefined ? '' : ` <small>${note}</small>`}</h2>`;
  const open = place === undefined ? '<section>' : `<section class="${place}">`;
  if (rows.length === 0) return `<section>${heading}<p class="note">None.</p></section>`;
  const more = rest === undefined ? '' : `<p class="note">${rest}</p>`;
  return `${open}${heading}<table><thead><tr>${names}</tr></thead><tbody>${rows.join('')}</tbody></table>${more}</section>`;
}
