import type { LatencySpan } from '../../../shared/latency.ts';
import { LatencyHistogram } from './latencyHistogram.ts';

export const sliceMs = 5_000;
const minuteSlices = 12;
const quarterMinutes = 15;

/**
 * One stage over the spans of a report. Values go into a slice of five seconds; a full slice is added to its minute and to
 * the session, and is itself kept for a minute. A span ends now and is up to one slice or minute longer than its name.
 */
export class SpanHistogram {
  private open = new LatencyHistogram();
  private openSlice = 0;
  /** Closed ones, newest last. */
  private readonly slices: { readonly slice: number; readonly held: LatencyHistogram }[] = [];
  private readonly minutes: { readonly minute: number; readonly held: LatencyHistogram }[] = [];
  private readonly session = new LatencyHistogram();

  add(valueMs: number, times: number, slice: number): void {
    this.advance(slice);
    this.open.add(valueMs, times);
  }

  /** Closes the open slice when the time has passed it; returns it when it held anything. */
  advance(slice: number): LatencyHistogram | null {
    if (slice === this.openSlice) return null;
    const closed = this.open;
    const closedSlice = this.openSlice;
    this.openSlice = slice;
    this.forget(slice);
    if (closed.count === 0) return null;
    this.session.merge(closed);
    this.minuteOf(closedSlice).merge(closed);
    this.slices.push({ slice: closedSlice, held: closed });
    this.open = new LatencyHistogram();
    this.forget(slice);
    return closed;
  }

  /** Everything of the span, added to `into`. */
  collect(span: LatencySpan, slice: number, into: LatencyHistogram): void {
    this.advance(slice);
    into.merge(this.open);
    if (span === 'session') into.merge(this.session);
    if (span === 'minute') for (const { held } of this.slices) into.merge(held);
    if (span === 'quarter') for (const { held } of this.minutes) into.merge(held);
  }

  private minuteOf(slice: number): LatencyHistogram {
    const minute = Math.floor(slice / minuteSlices);
    const last = this.minutes.at(-1);
    if (last?.minute === minute) return last.held;
    const held = new LatencyHistogram();
    this.minutes.push({ minute, held });
    return held;
  }

  private forget(slice: number): void {
    while ((this.slices[0]?.slice ?? slice) < slice - minuteSlices) this.slices.shift();
    const minute = Math.floor(slice / minuteSlices);
    while ((this.minutes[0]?.minute ?? minute) < minute - quarterMinutes) this.minutes.shift();
  }
}
