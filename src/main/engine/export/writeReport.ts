import type { Mark } from '../../../shared/marks.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { SessionSource } from '../../../shared/recordings.ts';
import type { SessionMetrics } from '../../../shared/sessionMetrics.ts';
import {
  connectionName,
  sessionMetricsVersion,
  uptimeShare,
} from '../../../shared/sessionMetrics.ts';
import type { RecordedLoss } from '../recording/recordedLosses.ts';
import { describeLosses } from '../recording/recordedLosses.ts';
import type { Course, NumberedMark } from './reportCharts.ts';
import { lagChart, messagesChart, priceChart, uptimeChart } from './reportCharts.ts';
import { reportStyle } from './reportStyle.ts';
import {
  connectionTable,
  gapTable,
  gapsIn,
  markTable,
  streamTable,
  sumOf,
} from './reportTables.ts';
import { count, duration, escapeText, milliseconds, moment, percent, size } from './reportText.ts';

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
  /** Of this time: what the recording does not hold. */
  readonly losses: readonly RecordedLoss[];
}

export interface ReportedMarket {
  readonly market: string;
  readonly timeline: Course;
}

const mostMarks = 16;
/** Price charts that leave room for the figures of connections and gaps on the first sheet. */
const mostOnFirstPage = 2;
const sourceWords: Readonly<Record<SessionSource, readonly [badge: string, text: string]>> = {
  live: ['LIVE', 'Recorded from live markets.'],
  simulated: ['SIMULATED', 'Recorded from a simulated market: no price here was real.'],
  imported: ['IMPORTED', 'A recording of another program, read by this one.'],
};

/** One page about one session, for a screen and for paper: no script, nothing from elsewhere, every text escaped. */
export function writeReport(
  metrics: SessionMetrics,
  markets: readonly ReportedMarket[],
  marks: readonly Mark[],
  meta: ReportMeta,
): string {
  const title = escapeText(meta.name === '' ? meta.id : meta.name);
  const numbered = chosenMarks(marks);
  return [
    '<!DOCTYPE html>',
    '<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><meta charset="utf-8"/>',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>`,
    '<meta name="viewport" content="width=device-width"/>',
    `<title>${title}, session report</title><style>${reportStyle}</style></head><body>`,
    header(title, meta),
    verdict(metrics, meta),
    summary(metrics),
    course(markets, numbered),
    '<div class="pair">',
    figure('Lag by venue', 'bar to the median, line to p99', lagChart(metrics.venues)),
    figure('Uptime by connection', 'hatched: no open socket', uptimeChart(metrics.connections)),
    '</div>',
    connectionTable(metrics),
    gapTable(metrics),
    streamTable(metrics, markets.length <= mostOnFirstPage),
    markTable(numbered, marks.length),
    footer(meta),
    '</body></html>\n',
  ].join('\n');
}

/** A person's own come first, then the longest; numbered as they followed each other. */
function chosenMarks(marks: readonly Mark[]): readonly NumberedMark[] {
  const weight = ({ kind, time, toTime }: Mark): number =>
    kind === 'user' ? Number.MAX_VALUE : (toTime ?? time) - time;
  return marks
    .toSorted((a, b) => weight(b) - weight(a))
    .slice(0, mostMarks)
    .toSorted((a, b) => a.time - b.time)
    .map((mark, index) => ({ number: index + 1, mark }));
}

function header(title: string, meta: ReportMeta): string {
  const { source, id, startTime, endTime } = meta;
  const [badge, text] = sourceWords[source];
  return [
    `<header><h1>${title}</h1><span class="badge ${source}">${badge}</span>`,
    `<p><time>${moment(startTime)}</time> to <time>${moment(endTime)}</time> UTC, ${duration(endTime - startTime)}. ${text}</p>`,
    `<p>Session <code>${escapeText(id)}</code></p></header>`,
  ].join('');
}

const gapMark =
  '<svg viewBox="0 0 10 16" aria-hidden="true"><path d="M1 4.2v7.6M9 4.2v7.6M3.4 9.6 6.6 6.4"/></svg>';
const wholeMark =
  '<svg viewBox="0 0 10 16" aria-hidden="true"><path d="M1.5 8.4 4 11 8.5 5.4"/></svg>';

function verdict({ streams }: SessionMetrics, meta: ReportMeta): string {
  const lostMs = sumOf(streams, ({ gapMs }) => gapMs);
  const gaps = sumOf(streams, gapsIn);
  const texts: string[] = [];
  if (lostMs > 0) {
    texts.push(`Data is missing: ${duration(lostMs)} of gaps not repaired, over all streams.`);
  }
  const lost = describeLosses(meta.losses);
  if (lost !== null) texts.push(lost);
  if (meta.damages > 0) {
    const many = meta.damages === 1 ? 'One segment' : `${count(meta.damages)} segments`;
    texts.push(`${many} of the recording cannot be read to the end.`);
  }
  if (!meta.isTimelineWhole) {
    texts.push('The course of the session was not written to its end: the charts may have holes.');
  }
  if (texts.length > 0) {
    return `<div class="verdict missing">${gapMark}<span>${escapeText(texts.join(' '))}</span></div>`;
  }
  const text =
    gaps === 0
      ? 'The session is whole: no gap in any stream.'
      : `No trade is missing: all of its ${count(gaps)} gaps were filled. What books and quotes were meanwhile is not known.`;
  return `<div class="verdict">${wholeMark}<span>${text}</span></div>`;
}

function summary(metrics: SessionMetrics): string {
  const { connections, streams, roundTrip, lag, startTime, time } = metrics;
  const seconds = Math.max(1e-3, (time - startTime) / 1000);
  const messages = sumOf(connections, (each) => each.messagesReceived);
  const bytes = sumOf(connections, (each) => each.bytesReceived);
  const share = uptimeShare({
    uptimeMs: sumOf(connections, (each) => each.uptimeMs),
    wantedMs: sumOf(connections, (each) => each.wantedMs),
  });
  const lostMs = sumOf(streams, ({ gapMs }) => gapMs);
  const repaired = count(sumOf(streams, (each) => each.gapsRepaired));
  const errors = count(sumOf(connections, (each) => each.errors));
  const unreadable = count(sumOf(connections, (each) => each.decodeErrors));
  const cards: readonly (readonly [name: string, value: string, unit: string, note: string])[] = [
    ['Messages', count(messages), '', `${count(messages / seconds)} a second on average`],
    ['Received', size(bytes), '', `${size(bytes / seconds)} a second on average`],
    ['Connected', percent(share), '', lowestUptime(metrics)],
    ['Round trip p50', milliseconds(roundTrip.p50Ms), 'ms', restOf(roundTrip)],
    ['Lag p50', milliseconds(lag.p50Ms), 'ms', restOf(lag)],
    [
      'Gaps',
      count(sumOf(streams, gapsIn)),
      '',
      `${repaired} repaired${lostMs > 0 ? `, ${duration(lostMs)} not` : ''}`,
    ],
    [
      'Resyncs',
      count(sumOf(streams, (each) => each.resyncs)),
      '',
      `${unreadable} unreadable frames`,
    ],
    ['Reconnects', count(sumOf(connections, (each) => each.reconnects)), '', `${errors} errors`],
  ];
  const cells = cards.map(
    ([name, value, unit, note]) =>
      `<div><dt>${name}</dt><dd><b>${value}</b> ${unit}<i>${escapeText(note)}</i></dd></div>`,
  );
  return `<dl class="cards">${cells.join('')}</dl>`;
}

function restOf({ p99Ms, maxMs }: SessionMetrics['lag']): string {
  return `p99 ${milliseconds(p99Ms)} · max ${milliseconds(maxMs)}`;
}

function lowestUptime({ connections }: SessionMetrics): string {
  const known = connections.filter((each) => uptimeShare(each) !== null);
  const [lowest] = known.toSorted((a, b) => (uptimeShare(a) ?? 1) - (uptimeShare(b) ?? 1));
  if (lowest === undefined) return 'nothing was connected';
  const share = uptimeShare(lowest);
  if (share === 1) return 'all connections, all the time';
  return `least ${percent(share)}, ${connectionName(lowest.connection)}`;
}

function course(markets: readonly ReportedMarket[], marks: readonly NumberedMark[]): string {
  const [first] = markets;
  if (first === undefined) return '';
  const prices = markets.map(({ market, timeline }, index) => {
    const own = marks.filter(({ mark }) => mark.market === null || mark.market === market);
    const chart = priceChart(timeline, market, `price-${index}`, own);
    return figure(
      `${escapeText(market)} price`,
      'consolidated; numbers are the marks below',
      chart,
    );
  });
  const note = 'hatched: data of a venue is missing';
  return [figure('Messages per second', note, messagesChart(first.timeline)), ...prices].join('');
}

function figure(title: string, note: string, chart: string): string {
  return `<figure><figcaption><b>${title}</b><small>${note}</small></figcaption>${chart}</figure>`;
}

function footer({ appVersion, madeTime }: ReportMeta): string {
  return [
    `<footer>Truetape ${escapeText(appVersion)}, metrics version ${sessionMetricsVersion}, written ${moment(madeTime)} UTC. `,
    "Times are UTC by this machine's clock. Figures count from the session's start; a dash is what was not measured. ",
    'Lag is receive time minus the time of the venue, set right by the estimated offset of its clock.</footer>',
  ].join('');
}
