import type { GapCause } from '../../../shared/feedHealth.ts';
import type { Mark } from '../../../shared/marks.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { SessionSource } from '../../../shared/recordings.ts';
import type { Timeline } from '../../../shared/replay.ts';
import type {
  ConnectionMetrics,
  SessionMetrics,
  StreamMetrics,
} from '../../../shared/sessionMetrics.ts';
import { messagesChart, priceChart } from './reportCharts.ts';
import { reportStyle } from './reportStyle.ts';
import {
  count,
  duration,
  escapeText,
  milliseconds,
  moment,
  percent,
  size,
  timeOfDay,
} from './reportText.ts';

export interface ReportMeta {
  readonly id: string;
  /** Empty: not named. */
  readonly name: string;
  readonly source: SessionSource;
  /** What is reported; the figures count from the session's start. */
  readonly startTime: EpochMs;
  readonly endTime: EpochMs;
  readonly appVersion: string;
  readonly madeTime: EpochMs;
  /** False: the course beside the session was not written to its end. */
  readonly isTimelineWhole: boolean;
  /** Segments that cannot be read to their end. */
  readonly damages: number;
}

export interface ReportedMarket {
  readonly market: string;
  readonly timeline: Omit<Timeline, 'session'>;
}

const mostStreams = 14;
const mostMarks = 16;
const causes: readonly GapCause[] = [
  'disconnect',
  'sequence',
  'stale',
  'overflow',
  'decode',
  'clock',
];
const sourceWords: Readonly<Record<SessionSource, string>> = {
  live: 'Live market',
  simulated: 'Simulated market',
  imported: 'Imported recording',
};

/** One page about one session, for a screen and for paper: no script, no address, every text escaped. */
export function writeReport(
  metrics: SessionMetrics,
  markets: readonly ReportedMarket[],
  marks: readonly Mark[],
  meta: ReportMeta,
): string {
  const title = escapeText(meta.name === '' ? meta.id : meta.name);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width">',
    `<title>${title}, session report</title><style>${reportStyle}</style></head><body>`,
    header(title, meta),
    warnings(metrics, meta),
    summary(metrics),
    course(markets),
    connections(metrics),
    streams(metrics),
    markList(marks),
    footer(meta),
    '</body></html>\n',
  ].join('\n');
}

function header(title: string, meta: ReportMeta): string {
  const { source, id, startTime, endTime } = meta;
  return [
    `<header><h1>${title}</h1><span class="badge ${source}">${sourceWords[source]}</span>`,
    `<p>${moment(startTime)} to ${moment(endTime)} UTC, ${duration(endTime - startTime)}. Session ${escapeText(id)}.</p></header>`,
  ].join('');
}

function warnings({ streams: all }: SessionMetrics, meta: ReportMeta): string {
  const texts: string[] = [];
  const missing = all.reduce((sum, { gapMs }) => sum + gapMs, 0);
  if (missing > 0) {
    texts.push(
      `Data is missing: ${duration(missing)} in gaps that were not repaired, over all streams.`,
    );
  }
  if (meta.damages > 0) texts.push(`${meta.damages} segments of the recording are damaged.`);
  if (!meta.isTimelineWhole) {
    texts.push('The course of the session is not known in full: charts may have holes.');
  }
  return texts.map((text) => `<p class="warning">${escapeText(text)}</p>`).join('');
}

function summary(metrics: SessionMetrics): string {
  const { connections: all, streams: each, roundTrip, lag } = metrics;
  const sum = (values: readonly number[]): number =>
    values.reduce((total, value) => total + value, 0);
  const gaps = sum(each.map(({ gaps: counts }) => gapTotal(counts)));
  const repaired = sum(each.map(({ gapsRepaired }) => gapsRepaired));
  const cards: readonly (readonly [string, string])[] = [
    ['Messages', count(sum(all.map(({ messagesReceived }) => messagesReceived)))],
    ['Received', size(sum(all.map(({ bytesReceived }) => bytesReceived)))],
    ['Round trip, median', milliseconds(roundTrip.p50Ms)],
    ['Round trip, 99 %', milliseconds(roundTrip.p99Ms)],
    ['Lag, median', milliseconds(lag.p50Ms)],
    ['Lag, 99 %', milliseconds(lag.p99Ms)],
    ['Reconnects', count(sum(all.map(({ reconnects }) => reconnects)))],
    ['Gaps, repaired', `${count(gaps)}, ${count(repaired)}`],
  ];
  const cells = cards.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return `<dl class="cards">${cells.join('')}</dl>`;
}

function course(markets: readonly ReportedMarket[]): string {
  const [first] = markets;
  if (first === undefined) return '';
  const charts = markets.map(
    ({ market, timeline }) =>
      `<figure><figcaption>${escapeText(market)}, consolidated price</figcaption>${priceChart(timeline, market)}</figure>`,
  );
  return [
    '<section><h2>Course</h2><figure><figcaption>Messages a second; hatched: data of a venue is missing</figcaption>',
    `${messagesChart(first.timeline)}</figure>${charts.join('')}</section>`,
  ].join('');
}

function connections(metrics: SessionMetrics): string {
  const length = metrics.time - metrics.startTime;
  const rows = metrics.connections.map((each: ConnectionMetrics) =>
    row([
      escapeText(each.connection),
      percent(length > 0 ? Math.min(1, each.uptimeMs / length) : null),
      count(each.messagesReceived),
      size(each.bytesReceived),
      count(each.reconnects),
      count(each.errors),
      milliseconds(each.roundTrip.p50Ms),
      milliseconds(each.roundTrip.p99Ms),
      milliseconds(each.clockOffsetMs),
    ]),
  );
  const names = ['Connection', 'Uptime', 'Messages', 'Received', 'Reconnects', 'Errors'];
  return table('Connections', [...names, 'Round trip', '99 %', 'Clock offset'], rows, 0);
}

function streams({ streams: all }: SessionMetrics): string {
  const worstFirst = [...all].sort((a, b) => b.gapMs - a.gapMs || b.messages - a.messages);
  const rows = worstFirst
    .slice(0, mostStreams)
    .map((each: StreamMetrics) =>
      row([
        escapeText(`${each.instrument} ${each.channel} ${each.interval ?? ''}`),
        count(each.messages),
        milliseconds(each.lag.p50Ms),
        milliseconds(each.lag.p99Ms),
        gapText(each.gaps),
        count(each.gapsRepaired),
        each.gapMs === 0 ? '–' : duration(each.gapMs),
        count(each.resyncs),
      ]),
    );
  const names = [
    'Stream',
    'Messages',
    'Lag',
    '99 %',
    'Gaps by cause',
    'Repaired',
    'Missing',
    'Resyncs',
  ];
  return table('Streams, those with most missing first', names, rows, all.length - rows.length);
}

function markList(marks: readonly Mark[]): string {
  const rows = marks
    .slice(0, mostMarks)
    .map(({ time, kind, venue, market, text }) =>
      row([
        timeOfDay(time),
        kind,
        escapeText([market, venue].filter(Boolean).join(' ')),
        escapeText(text),
      ]),
    );
  return table('Marks', ['Time', 'Kind', 'Of', 'Text'], rows, marks.length - rows.length);
}

function footer({ appVersion, madeTime }: ReportMeta): string {
  return `<footer>Truetape ${escapeText(appVersion)}, ${moment(madeTime)} UTC. Figures count from the session's start; a dash is what was not measured.</footer>`;
}

function gapTotal(gaps: StreamMetrics['gaps']): number {
  return causes.reduce((sum, cause) => sum + gaps[cause], 0);
}

function gapText(gaps: StreamMetrics['gaps']): string {
  const parts = causes.filter((cause) => gaps[cause] > 0).map((cause) => `${gaps[cause]} ${cause}`);
  return parts.length === 0 ? '–' : parts.join(', ');
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function table(
  title: string,
  names: readonly string[],
  rows: readonly string[],
  more: number,
): string {
  if (rows.length === 0) return `<section><h2>${title}</h2><p class="empty">None.</p></section>`;
  const head = names.map((name) => `<th>${name}</th>`).join('');
  const rest = more > 0 ? `<p class="empty">And ${more} more: export the table for all.</p>` : '';
  return `<section><h2>${title}</h2><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>${rest}</section>`;
}
