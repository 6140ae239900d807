import type { MarketKind } from '../../../shared/market.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { InputCursor } from '../recording/inputCursor.ts';
import { RecordingError } from '../recording/recordingError.ts';
import type { RecordingReader } from '../recording/recordingReader.ts';
import { HeardFrames } from './heardFrames.ts';
import type { LoopShare } from './loopShare.ts';
import type { OwnFigures } from './ownFigures.ts';

/** Hours of three busy venues; what lies before it stays unknown. */
const maxInputs = 3_000_000;
const sliceMs = 4;
const inputsPerLook = 64;

interface BarsOptions {
  readonly clock: ClockPort;
  readonly share: LoopShare;
  readonly reader: RecordingReader;
  readonly marketKind: MarketKind;
}

/** What venues said of their bars before a playing began: read once, when somebody asks. */
export class BarsOfBefore {
  private readonly endInputs: number;
  private readonly options: BarsOptions;
  private reading: Promise<OwnFigures> | null = null;

  /** `endInputs`: what follows them is played, and heard there. */
  constructor(endInputs: number, options: BarsOptions) {
    this.endInputs = endInputs;
    this.options = options;
  }

  figures(isWanted: () => boolean): Promise<OwnFigures> {
    this.reading ??= this.read(isWanted);
    return this.reading;
  }

  private async read(isWanted: () => boolean): Promise<OwnFigures> {
    const { clock, share, reader, marketKind } = this.options;
    const heard = new HeardFrames(marketKind);
    if (this.endInputs === 0) return heard.figures;
    const start = await reader.startAt({ inputs: Math.max(0, this.endInputs - maxInputs) });
    const { cursor } = start;
    let left = this.endInputs - start.inputs;
    try {
      while (left > 0 && isWanted()) {
        const turn = share.turn();
        if (turn !== null) await turn;
        const slice = this.hearSlice(heard, cursor, left);
        left -= slice.count;
        if (slice.isDry) {
          const filled = await cursor.fill();
          if (filled.type === 'end') break;
          if (filled.type === 'state') left = this.endInputs - filled.inputs;
        } else await new Promise<void>((resolve) => clock.afterInput(resolve));
      }
    } catch (error) {
      // What cannot be read stays unknown; the run itself tells of the damage.
      if (!(error instanceof RecordingError)) throw error;
    } finally {
      cursor.close();
    }
    return heard.figures;
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
        heard.hearBars(input);
      }
      return { count: left, isDry: false };
    } finally {
      share.done();
    }
  }
}
