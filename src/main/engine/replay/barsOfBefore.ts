import type { CandleInterval, EpochMs, Instrument, MarketKind } from '../../../shared/market.ts';
import type { CandleValue } from '../../../shared/values.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { InputCursor } from '../recording/inputCursor.ts';
import { RecordingError } from '../recording/recordingError.ts';
import type { RecordedStart, RecordingReader } from '../recording/recordingReader.ts';
import { HeardFrames } from './heardFrames.ts';
import type { LoopShare } from './loopShare.ts';
import type { OwnFigures } from './ownFigures.ts';

/** Hours of three venues; what lies before it stays unknown. */
const maxInputs = 3_000_000;
/** Read at once, from a state of the live run on. */
const stretchInputs = 2_000;
/** A program that asks waits no longer; the next question reads on. */
const maxReadMs = 2_000;
const sliceMs = 4;
const inputsPerLook = 64;

interface BarsOptions {
  readonly clock: ClockPort;
  readonly share: LoopShare;
  readonly reader: RecordingReader;
  readonly marketKind: MarketKind;
}

/** What venues said of their bars before a playing began: read backwards, as far as somebody asks. */
export class BarsOfBefore {
  private readonly options: BarsOptions;
  private readonly floor: number;
  /** Newest stretch first. */
  private readonly stretches: OwnFigures[] = [];
  private readInputs: number;
  private readFrom: EpochMs;

  /** What follows the start is played, and heard there. */
  constructor(start: Pick<RecordedStart, 'inputs' | 'time'>, options: BarsOptions) {
    this.options = options;
    this.readInputs = start.inputs;
    this.readFrom = start.time;
    this.floor = Math.max(0, start.inputs - maxInputs);
  }

  of(instrument: Instrument, interval: CandleInterval, bar: CandleValue): readonly string[] | null {
    for (const figures of this.stretches) {
      const found = figures.of(instrument, interval, bar);
      if (found !== null) return found;
    }
    return null;
  }

  /** Reads what was said from `time` on. Only one at a time. */
  async readBackTo(time: EpochMs, isWanted: () => boolean): Promise<void> {
    const { clock } = this.options;
    const untilMs = clock.monotonicMs() + maxReadMs;
    while (this.readFrom > time && this.readInputs > this.floor && isWanted()) {
      if (clock.monotonicMs() >= untilMs) return;
      await this.readStretch(isWanted);
    }
  }

  private async readStretch(isWanted: () => boolean): Promise<void> {
    const { reader, marketKind } = this.options;
    const endInputs = this.readInputs;
    const heard = new HeardFrames(marketKind);
    try {
      const start = await reader.startAt({ inputs: Math.max(0, endInputs - stretchInputs) });
      try {
        // Where inputs are missing a state may stand behind the place that was asked for.
        this.readInputs = Math.min(start.inputs, endInputs - 1);
        this.readFrom = Math.min(start.time, this.readFrom);
        await this.hearUntil(endInputs - start.inputs, start.cursor, heard, isWanted);
      } finally {
        start.cursor.close();
      }
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      // What cannot be read stays unknown; the run itself tells of the damage.
      this.readInputs = 0;
    }
    this.stretches.push(heard.figures);
  }

  private async hearUntil(
    inputs: number,
    cursor: InputCursor,
    heard: HeardFrames,
    isWanted: () => boolean,
  ): Promise<void> {
    const { clock, share } = this.options;
    for (let left = inputs; left > 0 && isWanted();) {
      const turn = share.turn();
      if (turn !== null) await turn;
      const slice = this.hearSlice(heard, cursor, left);
      left -= slice.count;
      if (slice.isDry) {
        const filled = await cursor.fill();
        // Behind a hole the numbers of inputs go on elsewhere.
        if (filled.type !== 'ready') return;
      } else await new Promise<void>((resolve) => clock.afterInput(resolve));
    }
  }

  private hearSlice(
    heard: HeardFrames,
    cursor: InputCursor,
    left: number,
  ): { readonly count: number; readonly isDry: boolean } {
    const { clock, share } = this.options;
    const untilMs = clock.monotonicMs() + sliceMs;
    try {
      for (let count = 0; count < left; count += 1) {
        if (count % inputsPerLook === inputsPerLook - 1 && clock.monotonicMs() >= untilMs) {
          return { count, isDry: false };
        }
        const input = cursor.next();
        if (input === null) return { count, isDry: true };
        heard.hearCandles(input);
      }
      return { count: left, isDry: false };
    } finally {
      share.done();
    }
  }
}
