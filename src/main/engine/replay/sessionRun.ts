import type { EpochMs } from '../../../shared/market.ts';
import type { Core, CoreSaved } from '../core.ts';
import type { CoreInput } from '../inputs.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { InputCursor, PassedCheckpoint } from '../recording/inputCursor.ts';
import type { RecordedStart } from '../recording/recordingReader.ts';
import type { LoopShare } from './loopShare.ts';

/** A live engine may run beside: nobody is kept waiting for longer. */
const sliceMs = 4;
/** Between two looks at the clock. */
const inputsPerLook = 16;

/** Where feeding stops: in front of the first input that lies beyond one of them. */
export interface RunGoal {
  readonly time?: EpochMs;
  /** Inputs handled, as the live run counted them. */
  readonly inputs?: number;
  /** Behind the first market frame. */
  readonly isFrame?: boolean;
  /** Before the turns of other replays. */
  readonly isUrgent?: boolean;
}

/** `late`: the budget was used up. `overtaken`: nobody wants it any more. `end`: nothing more, or nothing yet. */
export type RunVerdict = 'reached' | 'end' | 'late' | 'overtaken';

export interface RunOptions {
  readonly clock: ClockPort;
  /** With the other replays of this loop. */
  readonly share: LoopShare;
  readonly createCore: () => Core;
}

/** A core that starts from a recorded state and is fed what followed; inputs dropped out of the recording start it anew. */
export class SessionRun {
  core: Core;
  /** Everything received until then was fed. */
  time: EpochMs;
  /** Another core stands in its place, because inputs are missing. */
  onRestart: () => void = () => undefined;
  onInput: (input: CoreInput) => void = () => undefined;
  /** In front of the first input that a checkpoint does not hold; feeding waits. */
  onCheckpoint: ((checkpoint: PassedCheckpoint) => Promise<void>) | null = null;
  private readonly options: RunOptions;
  private readonly cursor: InputCursor;
  private held: CoreInput | null = null;
  private isChecking = false;

  constructor(start: RecordedStart, options: RunOptions) {
    this.options = options;
    this.cursor = start.cursor;
    this.core = options.createCore();
    this.core.restore(start.state);
    // Before its first input an engine has no time.
    this.time = this.core.view.sequence === 0 ? start.time : this.core.view.time;
  }

  get inputs(): number {
    return this.core.view.sequence;
  }

  /** Receive time of the input that comes next; null: it was not read yet. */
  get nextTime(): EpochMs | null {
    return this.held?.receivedTime ?? null;
  }

  /** Gives the loop back at least every few milliseconds. Throws what reading throws. */
  async feed(
    goal: RunGoal,
    isWanted: () => boolean,
    budgetMs = Number.POSITIVE_INFINITY,
  ): Promise<RunVerdict> {
    const { clock, share } = this.options;
    const startedMs = clock.monotonicMs();
    let untilMs = startedMs + sliceMs;
    for (;;) {
      const turn = share.turn(goal.isUrgent);
      if (turn !== null) {
        await turn;
        if (!isWanted()) {
          share.done();
          return 'overtaken';
        }
        untilMs = clock.monotonicMs() + sliceMs;
      }
      const verdict = this.feedTurn(goal, untilMs);
      if (verdict === 'reached') {
        if (goal.time !== undefined && Number.isFinite(goal.time)) this.passTo(goal.time);
        return 'reached';
      }
      if (verdict === 'dry') {
        const filled = await this.cursor.fill();
        if (!isWanted()) return 'overtaken';
        if (filled.type === 'end') return 'end';
        if (filled.type === 'state') this.restart(filled.state);
      } else if (verdict === 'checkpoint') {
        await this.check();
        if (!isWanted()) return 'overtaken';
      } else {
        if (clock.monotonicMs() - startedMs >= budgetMs) return 'late';
        await giveWay(clock);
        if (!isWanted()) return 'overtaken';
        untilMs = clock.monotonicMs() + sliceMs;
      }
    }
  }

  /** Time passes without an input. */
  passTo(time: EpochMs): void {
    this.time = Math.max(this.time, time);
  }

  close(): void {
    this.cursor.close();
  }

  private feedTurn(goal: RunGoal, untilMs: number): ReturnType<SessionRun['feedSlice']> {
    try {
      return this.feedSlice(goal, untilMs);
    } finally {
      this.options.share.done();
    }
  }

  private feedSlice(
    { time = Number.POSITIVE_INFINITY, inputs = Number.POSITIVE_INFINITY, isFrame }: RunGoal,
    untilMs: number,
  ): 'reached' | 'dry' | 'used' | 'checkpoint' {
    const { core, cursor, onInput } = this;
    const { view } = core;
    const { clock } = this.options;
    for (let count = 1; ; count += 1) {
      const input = this.held ?? cursor.next();
      if (input === null) return 'dry';
      this.held = input;
      if (input.receivedTime > time || view.sequence >= inputs) return 'reached';
      if (cursor.passed !== null && !this.isChecking) return 'checkpoint';
      this.isChecking = false;
      this.held = null;
      core.handle(input, dropped);
      if (input.receivedTime > this.time) this.time = input.receivedTime;
      onInput(input);
      if (isFrame === true && input.type === 'frame') return 'reached';
      if (count % inputsPerLook === 0 && clock.monotonicMs() >= untilMs) return 'used';
    }
  }

  /** One that stands a few inputs late cannot be held against a state that is past it. */
  private async check(): Promise<void> {
    const { passed } = this.cursor;
    this.cursor.passed = null;
    this.isChecking = true;
    if (passed !== null && passed.inputs === this.inputs) await this.onCheckpoint?.(passed);
  }

  private restart(state: CoreSaved): void {
    this.core = this.options.createCore();
    this.core.restore(state);
    this.time = Math.max(this.time, this.core.view.time);
    this.onRestart();
  }
}

function giveWay(clock: ClockPort): Promise<void> {
  return new Promise((resolve) => clock.afterInput(resolve));
}

function dropped(): void {
  return;
}
