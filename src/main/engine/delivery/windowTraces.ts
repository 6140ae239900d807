import type { MessageTrace, TraceSource } from '../health/messageTracer.ts';
import type { RandomPort } from '../ports/random.ts';

/** While a page paints nothing, more than this is drawn from at random: each message keeps the same chance. */
const maxPending = 1_024;

interface TracedBatch {
  readonly sequence: number;
  readonly leftMs: number;
  readonly traces: readonly MessageTrace[];
}

/**
 * The followed messages whose changes one window has noted, until its page has painted them. A window that is not visible
 * forgets them: what nobody could see was not late.
 */
export class WindowTraces {
  readonly #random: RandomPort;
  #source: TraceSource | null;
  #pending: MessageTrace[] = [];
  #noted = 0;
  #last: MessageTrace | null = null;
  #inFlight: TracedBatch[] = [];

  constructor(source: TraceSource | null, random: RandomPort) {
    this.#random = random;
    this.#source = source;
  }

  /** The window has something to say because of the message in work. */
  note(): void {
    const trace = this.#source?.current ?? null;
    if (trace === null || trace === this.#last) return;
    this.#last = trace;
    this.#noted += 1;
    if (this.#pending.length < maxPending) {
      this.#pending.push(trace);
      return;
    }
    const at = Math.floor(this.#random() * this.#noted);
    if (at < maxPending) this.#pending[at] = trace;
  }

  /** `isWhole`: nothing that was noted is left behind. Else the messages wait for the batch that carries the last of it. */
  sent(sequence: number, leftMs: number, isWhole: boolean): void {
    this.#inFlight.push({ sequence, leftMs, traces: isWhole ? this.#pending : [] });
    if (!isWhole) return;
    this.#pending = [];
    this.#noted = 0;
  }

  /**
   * The page has painted everything up to `sequence`; `pageMs` passed there since the batch arrived. What is left of the round
   * trip was the way there and back, and half of it the way there.
   */
  acknowledged(sequence: number, nowMs: number, pageMs: number): void {
    const last = this.#inFlight.find((batch) => batch.sequence === sequence);
    if (last === undefined) return;
    const roundTripMs = Math.max(0, nowMs - last.leftMs);
    const inPageMs = Math.min(pageMs, roundTripMs);
    const wayMs = (roundTripMs - inPageMs) / 2;
    const paintedMs = last.leftMs + wayMs + inPageMs;
    const painted = this.#inFlight.filter((batch) => batch.sequence <= sequence);
    this.#inFlight = this.#inFlight.filter((batch) => batch.sequence > sequence);
    for (const { leftMs, traces } of painted) {
      const pageReceivedMs = leftMs + wayMs;
      for (const trace of traces)
        this.#source?.painted(trace, { leftMs, pageReceivedMs, paintedMs });
    }
  }

  /** Another engine, or nobody looks. */
  forget(source: TraceSource | null = this.#source): void {
    this.#source = source;
    this.#pending = [];
    this.#noted = 0;
    this.#last = null;
    this.#inFlight = [];
  }
}
