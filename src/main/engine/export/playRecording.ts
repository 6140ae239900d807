import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EpochMs } from '../../../shared/market.ts';
import { venueIds } from '../../../shared/venues.ts';
import type { CoreSaved } from '../core.ts';
import { Core } from '../core.ts';
import type { CoreView } from '../coreView.ts';
import type { CoreInput } from '../inputs.ts';
import { systemClock } from '../ports/clock.ts';
import type { RecordingReader } from '../recording/recordingReader.ts';
import { parseState } from '../recording/savedState.ts';
import { inputsUntilPast, passagesOf } from '../replay/passages.ts';
import { createRecordedCore } from '../replay/recordedCore.ts';
import { createVenue } from '../venues/registry.ts';

/** Told of a session that is played once, on the recording's own clock. */
export interface PlayWitness {
  /** A core from here on; the one before, if any, is over. */
  onCore?(view: CoreView): void;
  /** Before the next input: the state is that of everything before `time`. */
  beforeInput?(time: EpochMs): void;
  afterInput?(): void;
  /** Inputs of this span are missing in the recording. */
  onMissing?(from: EpochMs, to: EpochMs): void;
  /** Null: go on; else the playing waits for it. */
  pressure(): Promise<void> | null;
  /** Some times a second: a good moment to tell how far it is. */
  onTurn(): void;
}

export interface PlayRange {
  /** Played from the last state that is kept of before this time. */
  readonly start: EpochMs;
  /** Inputs are told from here on. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** When the recording was ended; null: not known. */
  readonly endTime?: EpochMs | null;
}

/** What else waits in this thread, a cancel above all, gets its turn so often. */
const turnMs = 50;
const inputsPerLook = 256;

/**
 * Plays a recording once, as fast as its witness takes it: what was received within the range, however often the wall clock
 * led into it. Throws `RecordingError`, and the reason of an abort.
 */
export async function playRecording(
  reader: RecordingReader,
  range: PlayRange,
  witness: PlayWitness,
  signal: AbortSignal,
): Promise<void> {
  const begin = reader.heads[0]?.startTime ?? 0;
  const [first] = await passagesOf(Math.max(range.start, begin), reader.places());
  const past = await inputsUntilPast(range.to, reader.places());
  const { state, cursor } = await reader.startAt({ inputs: first?.inputs ?? 0 });
  const run = new Run(reader, range, witness);
  run.restore(state);
  let turnedMs = systemClock.monotonicMs();
  try {
    for (let count = 0; ; count += 1) {
      const input = cursor.next();
      if (input === null) {
        const filled = await cursor.fill();
        if (filled.type === 'end') break;
        if (filled.type === 'state') run.resume(filled.state);
        continue;
      }
      if (input.receivedTime > range.to && run.inputs >= past) break;
      run.feed(input);
      const pressure = witness.pressure();
      if (pressure !== null) await pressure;
      if (count % inputsPerLook !== 0 || systemClock.monotonicMs() - turnedMs < turnMs) continue;
      witness.onTurn();
      await nextTurn();
      signal.throwIfAborted();
      turnedMs = systemClock.monotonicMs();
    }
    run.end();
    if (reader.isCutShort) await run.tellCutShort();
  } finally {
    cursor.close();
  }
}

class Run {
  private readonly reader: RecordingReader;
  private readonly range: PlayRange;
  private readonly witness: PlayWitness;
  private core: Core;
  private isWatched = false;
  private time: EpochMs = Number.NaN;
  private missingFrom: EpochMs | null = null;
  private wasWatched = false;

  constructor(reader: RecordingReader, range: PlayRange, witness: PlayWitness) {
    this.reader = reader;
    this.range = range;
    this.witness = witness;
    this.core = createCore(reader);
  }

  get inputs(): number {
    return this.core.view.sequence;
  }

  restore(state: CoreSaved): void {
    this.core = createCore(this.reader);
    this.core.restore(state);
    this.isWatched = false;
  }

  /** Inputs are missing here: nothing of before continues. */
  resume(state: CoreSaved): void {
    this.missingFrom ??= this.time;
    this.restore(state);
  }

  feed(input: CoreInput): void {
    const { witness, range } = this;
    const { receivedTime } = input;
    if (this.isInside(receivedTime)) {
      this.watch(receivedTime);
      witness.beforeInput?.(receivedTime);
    } else this.leave(receivedTime > range.to);
    this.core.handle(input, dropped);
    this.time = receivedTime;
    if (this.isWatched) witness.afterInput?.();
  }

  /** A state that nothing follows is seen too. */
  end(): void {
    const { time } = this.core.view;
    if (!this.wasWatched || this.isInside(time)) this.watch(time);
    else this.tellMissing(time);
  }

  /** From the damage of the last segment on nothing is known. */
  async tellCutShort(): Promise<void> {
    const lastTime = (await this.reader.lastTime()) ?? this.time;
    const to = Math.min(Math.max(lastTime, this.range.endTime ?? lastTime), this.range.to);
    if (to > this.time) this.witness.onMissing?.(this.time, to);
  }

  /** The core that was watched stays as the range has left it; another one goes on, should the clock come back into it. */
  private leave(isPast: boolean): void {
    if (isPast) this.end();
    if (this.isWatched) this.restore(parseState(JSON.stringify(this.core.save())));
  }

  private watch(time: EpochMs): void {
    if (this.isWatched) return;
    this.isWatched = true;
    this.wasWatched = true;
    this.tellMissing(time);
    this.witness.onCore?.(this.core.view);
  }

  private tellMissing(time: EpochMs): void {
    const from = this.missingFrom ?? Number.NaN;
    this.missingFrom = null;
    if (from <= this.range.to) this.witness.onMissing?.(Math.min(from, time), time);
  }

  private isInside(time: EpochMs): boolean {
    return time >= this.range.from && time <= this.range.to;
  }
}

function createCore(reader: RecordingReader): Core {
  const origin = reader.heads[0]?.origin ?? null;
  return origin === null
    ? new Core({ venues: venueIds.map(createVenue) })
    : createRecordedCore(origin);
}

function dropped(): void {
  return;
}
