import type { EpochMs } from '../../../shared/market.ts';
import type { RecordedStart, RecordingReader, StatePlace } from '../recording/recordingReader.ts';

/** A part of a session in which its wall clock ran on: where to start in it, and where the next one begins. */
export interface Passage {
  /** Of the last state in it from before the moment that is looked for. */
  readonly inputs: number;
  readonly endInputs: number;
}

/**
 * Where a moment may first be passed, in the order of what happened: where the wall clock was set back, a moment comes again,
 * and what follows does not lie behind it. A step back between two states that the second one has made up for is not seen.
 */
export async function passagesOf(
  time: EpochMs,
  places: AsyncIterable<StatePlace>,
): Promise<readonly Passage[]> {
  const passages: Passage[] = [];
  let before: StatePlace | null = null;
  for await (const place of places) {
    if (place.time > time) {
      before ??= place;
      break;
    }
    if (before !== null && place.time < before.time) {
      passages.push({ inputs: before.inputs, endInputs: place.inputs });
    }
    before = place;
  }
  return [...passages, { inputs: before?.inputs ?? 0, endInputs: Number.POSITIVE_INFINITY }];
}

/** Inputs after which no state stands at or before a moment any more; infinite where the last one does. */
export async function inputsUntilPast(
  time: EpochMs,
  places: AsyncIterable<StatePlace>,
): Promise<number> {
  let past = Number.POSITIVE_INFINITY;
  for await (const place of places) {
    if (place.time <= time) past = Number.POSITIVE_INFINITY;
    else past = Math.min(past, place.inputs);
  }
  return past;
}

export async function latestOf(places: AsyncIterable<StatePlace>): Promise<EpochMs> {
  let latest = Number.NEGATIVE_INFINITY;
  for await (const { time } of places) latest = Math.max(latest, time);
  return latest;
}

/** From the last state before a moment of the recorded monotonic clock, looked for backwards from an input on. */
export async function startBefore(
  ms: number,
  inputs: number,
  reader: Pick<RecordingReader, 'startAt'>,
): Promise<RecordedStart> {
  for (let limit = inputs; ;) {
    const start = await reader.startAt({ inputs: limit });
    const { sequence, nowMs } = start.state.context;
    if (sequence === 0 || nowMs <= ms || start.inputs > limit) return start;
    start.cursor.close();
    limit = start.inputs - 1;
  }
}
