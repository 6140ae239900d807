import type { Mark } from '../../../shared/marks.ts';
import type { Timeline, TimelineBucket } from '../../../shared/replay.ts';
import type { ConnectionMetrics, VenueMetrics } from '../../../shared/sessionMetrics.ts';
import { connectionName, uptimeShare } from '../../../shared/sessionMetrics.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { escapeText, milliseconds, percent, price, rate, timeOfDay } from './reportText.ts';

export type Course = Omit<Timeline, 'session'>;

const width = 748;
/** Room at the right for the axis of values. */
const axisWidth = 54;
const plotWidth = width - axisWidth;
const timeHeight = 14;

/** A mark with the number that it has in the list of the page. */
export interface NumberedMark {
  readonly number: number;
  readonly mark: Mark;
}

/** Messages over time as bars; time without data is hatched. */
export function messagesChart(course: Course): string {
  const height = 76;
  const { buckets } = course;
  const seconds = Math.max(1e-3, spanOf(course) / 1000 / Math.max(1, buckets.length));
  const rates = buckets.map(({ messages }) => (messages === null ? null : messages / seconds));
  const most = rates.reduce<number>((top, value) => Math.max(top, value ?? 0), 0);
  const step = plotWidth / Math.max(1, buckets.length);
  const bars = rates.map((value, index) => {
    const at = `x="${fixed(index * step)}" width="${fixed(Math.max(0.5, step - 0.8))}"`;
    if (value === null) {
      return `<rect class="unknown" x="${fixed(index * step)}" width="${fixed(step)}" y="0" height="${height}"/>`;
    }
    const tall = most === 0 ? 0 : (value / most) * (height - 8);
    return `<rect class="bar" ${at} y="${fixed(height - tall)}" height="${fixed(tall)}"/>`;
  });
  const label = `Messages a second, at most ${rate(most)}`;
  const ticks = most === 0 ? [] : [most, most / 2];
  const scale = ticks.map((value) =>
    tick(height - (value / most) * (height - 8), rate(value), value === most),
  );
  return svg('messages', height + timeHeight, label, [
    ...scale,
    ...bars,
    gapsOf('messages', course, height),
    timeAxis(course, height),
  ]);
}

/** A line that stops where no price was valid and in every gap. */
export function priceChart(
  course: Course,
  market: string,
  id: string,
  marks: readonly NumberedMark[],
): string {
  const top = marks.length === 0 ? 4 : 14;
  const height = 84 + top;
  const prices = course.buckets.flatMap(({ price: value }) => (value === null ? [] : [value]));
  const low = prices.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = prices.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (prices.length === 0) return '<p class="note">No valid price in this time.</p>';
  const yOf = (value: number): number =>
    high === low ? top + 40 : top + ((high - value) / (high - low)) * (height - top - 5);
  const step = plotWidth / Math.max(1, course.buckets.length);
  const lines = runsOf(course.buckets).map((run) => {
    const points = run.map(
      ({ index, value }) => `${fixed((index + 1) * step)},${fixed(yOf(value))}`,
    );
    const [only = '', second] = points;
    if (second === undefined) {
      return `<circle class="dot" cx="${only.replace(',', '" cy="')}" r="1.4"/>`;
    }
    return `<polyline class="line" points="${points.join(' ')}"/>`;
  });
  const label = `${market}, ${price(low)} to ${price(high)}`;
  const values = high === low ? [high] : [high, low];
  return svg(id, height + timeHeight, label, [
    ...values.map((value) => tick(yOf(value), price(value), true)),
    gapsOf(id, course, height),
    ...lines,
    ...markLines(marks, course, height),
    timeAxis(course, height),
  ]);
}

/** Median as a bar, a whisker to the 99th percentile. */
export function lagChart(venues: readonly VenueMetrics[]): string {
  const known = venues.filter(({ lag }) => lag.p99Ms !== null);
  if (known.length === 0) return '<p class="note">No message told the time of its venue.</p>';
  const most = known.reduce((top, { lag }) => Math.max(top, lag.p99Ms ?? 0), 1e-3);
  const rowWidth = 362;
  const start = 62;
  const plot = rowWidth - start - 96;
  const xOf = (ms: number | null): number =>
    start + Math.max(0, Math.min(1, (ms ?? 0) / most)) * plot;
  const rows = venues.map(({ venue, lag }, index) => {
    const y = index * 20 + 3;
    const name = `<text x="0" y="${y + 10}">${escapeText(venueRecord(venue).name)}</text>`;
    const figures = `<text class="value" x="${rowWidth}" y="${y + 10}" text-anchor="end">${milliseconds(lag.p50Ms)} · ${milliseconds(lag.p99Ms)} ms</text>`;
    if (lag.p99Ms === null) return name + figures;
    const median = xOf(lag.p50Ms);
    const end = xOf(lag.p99Ms);
    return `${name}<rect class="of-${venue}" x="${start}" y="${y + 1}" width="${fixed(Math.max(1, median - start))}" height="11" rx="1"/><path class="whisker" d="M${fixed(median)} ${y + 6.5}H${fixed(end)}M${fixed(end)} ${y + 2.5}v8"/>${figures}`;
  });
  return svg(
    'lag',
    venues.length * 20 + 2,
    'Lag by venue, median and 99th percentile',
    rows,
    rowWidth,
  );
}

/** How much of its time each connection was open. */
export function uptimeChart(connections: readonly ConnectionMetrics[]): string {
  if (connections.length === 0) return '<p class="note">No connection.</p>';
  const rowWidth = 362;
  const start = 92;
  const plot = rowWidth - start - 56;
  const rows = connections.map((connection, index) => {
    const y = index * 20 + 3;
    const share = uptimeShare(connection);
    const open = (share ?? 0) * plot;
    const missing =
      share === null || share >= 1
        ? ''
        : `<rect fill="url(#hatch-uptime)" x="${fixed(start + open)}" y="${y + 1}" width="${fixed(Math.max(1, plot - open))}" height="11"/>`;
    return `<text x="0" y="${y + 10}">${escapeText(connectionName(connection.connection))}</text><rect class="track" x="${start}" y="${y + 1}" width="${plot}" height="11" rx="1"/><rect class="of-${connection.venue}" x="${start}" y="${y + 1}" width="${fixed(open)}" height="11" rx="1"/>${missing}<text class="value" x="${rowWidth}" y="${y + 10}" text-anchor="end">${percent(share)}</text>`;
  });
  return svg(
    'uptime',
    connections.length * 20 + 2,
    'Uptime by connection; hatched: without an open socket',
    rows,
    rowWidth,
  );
}

interface Point {
  readonly index: number;
  readonly value: number;
}

function runsOf(buckets: readonly TimelineBucket[]): readonly (readonly Point[])[] {
  const runs: Point[][] = [];
  let run: Point[] = [];
  for (const [index, { price: value }] of buckets.entries()) {
    if (value === null) run = [];
    else {
      if (run.length === 0) runs.push(run);
      run.push({ index, value });
    }
  }
  return runs;
}

function spanOf({ startTime, endTime }: Course): number {
  return Math.max(1, endTime - startTime);
}

function xOfTime(time: number, course: Course): number {
  const share = (time - course.startTime) / spanOf(course);
  return Math.max(0, Math.min(1, share)) * plotWidth;
}

function gapsOf(id: string, course: Course, height: number): string {
  return course.gaps
    .map(({ from, to }) => {
      const left = xOfTime(from, course);
      const wide = Math.max(1.6, xOfTime(to, course) - left);
      const x = fixed(Math.min(left, plotWidth - wide));
      return `<rect class="gap" fill="url(#hatch-${id})" x="${x}" y="0" width="${fixed(wide)}" height="${height}"/><path class="gap-edge" d="M${x} 0V${height}"/>`;
    })
    .join('');
}

/** Numbers stand where there is room for them; every mark has its line. */
function markLines(marks: readonly NumberedMark[], course: Course, height: number): string[] {
  let lastX = Number.NEGATIVE_INFINITY;
  return marks.map(({ number, mark }) => {
    const x = xOfTime(mark.time, course);
    const hasRoom = x - lastX >= 13;
    if (hasRoom) lastX = x;
    const own = mark.kind === 'user' ? ' mark-own' : '';
    const text = hasRoom
      ? `<text class="value" x="${fixed(x)}" y="8" text-anchor="middle">${number}</text>`
      : '';
    return `<path class="mark-line${own}" d="M${fixed(x)} 11V${height}"/>${text}`;
  });
}

function tick(y: number, text: string, hasGrid: boolean): string {
  const grid = hasGrid ? `<path class="grid" d="M0 ${fixed(y)}H${plotWidth}"/>` : '';
  return `${grid}<text x="${plotWidth + 6}" y="${fixed(y + 3.5)}">${escapeText(text)}</text>`;
}

function timeAxis({ startTime, endTime }: Course, height: number): string {
  const labels = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle';
    const text = timeOfDay(startTime + share * (endTime - startTime));
    return `<text x="${fixed(share * plotWidth)}" y="${height + 11}" text-anchor="${anchor}">${text}</text>`;
  });
  return `<path class="axis" d="M0 ${height}H${plotWidth}"/>${labels.join('')}`;
}

/** Each with a hatch of its own: a pattern is found by an id of the whole page. */
function svg(
  id: string,
  height: number,
  label: string,
  parts: readonly string[],
  wide = width,
): string {
  const text = escapeText(label);
  const hatch = `<defs><pattern id="hatch-${id}" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0V4"/></pattern></defs>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${height}" role="img" aria-label="${text}"><title>${text}</title>${hatch}${parts.join('')}</svg>`;
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
