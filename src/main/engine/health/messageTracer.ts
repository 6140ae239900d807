import type { EpochMs } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import type { InputTime } from '../inputs.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { RandomPort } from '../ports/random.ts';
import type { LatencyMeter, PaintedStages } from './latencyMeter.ts';
import type { EngineStage, StageProbe } from './stageProbe.ts';

/** Where a message is on its way. Times are whole microseconds of the engine's monotonic clock. */
export interface MessageTrace {
  readonly venue: VenueId;
  /** How many messages it stands for: the rate at which they were drawn. */
  readonly times: number;
  readonly receivedUs: number;
  /** From the venue's event, by its corrected clock, until received; null where the venue or its clock does not say. */
  readonly eventAgeUs: number | null;
  decodedUs: number;
  appliedUs: number;
}

/** The way of the batch that carried a message, as its window learned it. */
export interface PaintedBatch {
  readonly leftMs: number;
  readonly pageReceivedMs: number;
  readonly paintedMs: number;
}

/** What delivery needs of the tracer: the message in work, and a place to bring it when it was painted. */
export interface TraceSource {
  /** Null between messages, and for those that are not followed. */
  readonly current: MessageTrace | null;
  painted(trace: MessageTrace, batch: PaintedBatch): void;
}

/**
 * Above this rate only some messages are followed. They are drawn at random and stand for those that were not, so that a
 * burst, of which a smaller part is followed, counts with all of its messages.
 */
const followedPerSec = 1_000;
const rateSpanMs = 1_000;

/**
 * Follows messages from the socket through the core. `current` is set while a message changes market data: who takes note
 * of the change takes the trace along. Nothing is kept here, so that a message which nobody paints costs nothing.
 */
export class MessageTracer implements StageProbe, TraceSource {
  current: MessageTrace | null = null;
  private readonly clock: Pick<ClockPort, 'monotonicMs'>;
  private readonly random: RandomPort;
  private readonly meter: LatencyMeter;
  private venue: VenueId | null = null;
  private received: InputTime = { receivedTime: 0, monotonicMs: 0 };
  private decodedUs = 0;
  private stride = 1;
  private times = 1;
  private skipped = 0;
  private seen = 0;
  private countedFromMs = Number.NEGATIVE_INFINITY;

  constructor(meter: LatencyMeter, clock: Pick<ClockPort, 'monotonicMs'>, random: RandomPort) {
    this.meter = meter;
    this.clock = clock;
    this.random = random;
  }

  begin(venue: VenueId, received: InputTime): void {
    this.current = null;
    this.venue = null;
    this.seen += 1;
    if (this.skipped > 0) {
      this.skipped -= 1;
      return;
    }
    this.venue = venue;
    this.received = received;
    this.times = this.stride;
    this.drawNext(received.monotonicMs);
  }

  reach(stage: EngineStage): void {
    if (this.venue === null) return;
    if (stage === 'decoded') {
      this.decodedUs = this.nowUs();
      return;
    }
    if (this.current !== null) this.current.appliedUs = this.nowUs();
    this.current = null;
    this.venue = null;
  }

  measure(venueTime: EpochMs | null, clockOffsetMs: number | null): void {
    if (this.venue === null || this.current !== null) return;
    const { receivedTime, monotonicMs } = this.received;
    const isKnown = venueTime !== null && clockOffsetMs !== null;
    this.current = {
      venue: this.venue,
      times: this.times,
      receivedUs: microseconds(monotonicMs),
      eventAgeUs: isKnown ? microseconds(receivedTime + clockOffsetMs - venueTime) : null,
      decodedUs: this.decodedUs,
      appliedUs: this.decodedUs,
    };
  }

  painted(trace: MessageTrace, batch: PaintedBatch): void {
    this.meter.add(trace.venue, computeStages(trace, batch), trace.times);
  }

  private nowUs(): number {
    return microseconds(this.clock.monotonicMs());
  }

  private drawNext(nowMs: number): void {
    const passedMs = nowMs - this.countedFromMs;
    if (passedMs >= rateSpanMs) {
      const perSec = (this.seen * 1_000) / passedMs;
      this.stride = Math.max(1, Math.ceil(perSec / followedPerSec));
      this.seen = 0;
      this.countedFromMs = nowMs;
    }
    // Evenly spread around the stride: a fixed step could fall in with a stream's own rhythm.
    this.skipped = this.stride === 1 ? 0 : Math.floor(this.random() * (2 * this.stride - 1));
  }
}

/** Every stage is the difference of two neighboring moments in whole microseconds, so their sum is exact. */
export function computeStages(trace: MessageTrace, batch: PaintedBatch): PaintedStages {
  const { receivedUs, decodedUs, appliedUs, eventAgeUs } = trace;
  const leftUs = microseconds(batch.leftMs);
  const pageUs = microseconds(batch.pageReceivedMs);
  const paintedUs = microseconds(batch.paintedMs);
  const receivedToPainted = paintedUs - receivedUs;
  return {
    received: eventAgeUs,
    decoded: decodedUs - receivedUs,
    applied: appliedUs - decodedUs,
    batched: leftUs - appliedUs,
    pageReceived: pageUs - leftUs,
    painted: paintedUs - pageUs,
    receivedToPainted,
    eventToPainted: eventAgeUs === null ? null : eventAgeUs + receivedToPainted,
  };
}

function microseconds(ms: number): number {
  return Math.round(ms * 1_000);
}
