import type { Timeline, TimelineBucket } from '../../../shared/replay.ts';
import { count, escapeText, price, timeOfDay } from './reportText.ts';

type Course = Omit<Timeline, 'session'>;

const width = 720;

/** Messages over time as bars; time without data is hatched. */
export function messagesChart(course: Course): string {
  const height = 96;
  const { buckets } = course;
  const seconds = (course.endTime - course.startTime) / 1000 / Math.max(1, buckets.length);
  const rates = buckets.map(({ messages }) => (messages === null ? null : messages / seconds));
  const most = Math.max(1e-9, ...rates.map((rate) => rate ?? 0));
  const step = width / Math.max(1, buckets.length);
  const bars = rates.map((rate, index) => {
    const tall = ((rate ?? 0) / most) * height;
    const at = `x="${fixed(index * step)}" width="${fixed(Math.max(0.5, step - 0.6))}"`;
    return rate === null
      ? `<rect class="none" ${at} y="0" height="${height}"/>`
      : `<rect class="bar" ${at} y="${fixed(height - tall)}" height="${fixed(tall)}"/>`;
  });
  const label = `Messages a second, at most ${count(most)}`;
  return svg(height, label, [gapsOf(course, height), ...bars, axis(course, height)]);
}

/** A line that stops where no price was valid. */
export function priceChart(course: Course, market: string): string {
  const height = 56;
  const prices = course.buckets.flatMap(({ price: value }) => (value === null ? [] : [value]));
  if (prices.length === 0) return '<p class="empty">No valid price in this time.</p>';
  const low = Math.min(...prices);
  const high = Math.max(...prices);
  const yOf = (value: number): number =>
    high === low ? height / 2 : 3 + ((high - value) / (high - low)) * (height - 6);
  const step = width / Math.max(1, course.buckets.length);
  const lines = runsOf(course.buckets).map((run) => {
    const points = run.map(
      ({ index, value }) => `${fixed((index + 1) * step)},${fixed(yOf(value))}`,
    );
    const [only = ''] = points;
    if (points.length === 1)
      return `<circle class="dot" cx="${only.replace(',', '" cy="')}" r="1.2"/>`;
    return `<polyline class="line" points="${points.join(' ')}"/>`;
  });
  const label = `${market}, ${price(low)} to ${price(high)}`;
  return svg(height, label, [gapsOf(course, height), ...lines, axis(course, height)]);
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

function gapsOf({ gaps, startTime, endTime }: Course, height: number): string {
  const span = Math.max(1, endTime - startTime);
  return gaps
    .map(({ from, to }) => {
      const left = ((Math.max(from, startTime) - startTime) / span) * width;
      const right = ((Math.min(to, endTime) - startTime) / span) * width;
      const wide = Math.max(0.8, right - left);
      return `<rect class="gap" x="${fixed(left)}" y="0" width="${fixed(wide)}" height="${height}"/>`;
    })
    .join('');
}

function axis({ startTime, endTime }: Course, height: number): string {
  const labels = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle';
    const text = timeOfDay(startTime + share * (endTime - startTime));
    return `<text x="${fixed(share * width)}" y="${height + 11}" text-anchor="${anchor}">${text}</text>`;
  });
  return `<line class="axis" x1="0" y1="${height}" x2="${width}" y2="${height}"/>${labels.join('')}`;
}

function svg(height: number, label: string, parts: readonly string[]): string {
  const text = escapeText(label);
  return `<svg viewBox="0 0 ${width} ${height + 14}" role="img" aria-label="${text}"><title>${text}</title>${parts.join('')}</svg>`;
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
