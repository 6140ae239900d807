import type { EpochMs } from '../../../shared/market.ts';
import type { Core, CoreSaved } from '../core.ts';
import type { CoreInput, InputTime } from '../inputs.ts';
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
  /** On the recorded monotonic clock, which nobody sets: what playing is paced by. */
  readonly ms?: number;
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
  /** What the recorded wall clock reads: it goes back where it was set back. */
  time: EpochMs;
  /** The same moment on the recorded monotonic clock; null: no input was seen yet. */
  ms: number | null;
  /** Of all that was fed. */
  latestTime: EpochMs;
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
    const { sequence, time, nowMs } = start.state.context;
    // Before its first input an engine has no time.
    this.time = sequence === 0 ? start.time : time;
    this.ms = sequence === 0 ? null : nowMs;
    this.latestTime = this.time;
  }

  get inputs(): number {
    return this.core.view.sequence;
  }

  /** When the input that comes next was received; null: it was not read yet. */
  get next(): InputTime | null {
    return this.held;
  }

  /** What the recorded wall clock reads at a later moment, no later than the input that comes next. */
  timeAt(ms: number): EpochMs {
    const { held, time } = this;
    if (held === null || this.ms === null) return time;
    const passedMs = Math.min(ms, held.monotonicMs) - this.ms;
    return Math.max(time, Math.min(time + passedMs, held.receivedTime));
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
        this.passToGoal(goal);
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
    if (time <= this.time) return;
    const dueMs = this.held?.monotonicMs ?? Number.POSITIVE_INFINITY;
    if (this.ms !== null) this.ms = Math.max(this.ms, Math.min(this.ms + time - this.time, dueMs));
    this.time = time;
  }

  /** As `passTo`, by the monotonic clock; the position shown ends at `time`. */
  passToMs(ms: number, time: EpochMs = Number.POSITIVE_INFINITY): void {
    const { held } = this;
    if (held === null || this.ms === null || ms <= this.ms) return;
    this.time = Math.max(this.time, Math.min(this.timeAt(ms), time));
    this.ms = Math.max(this.ms, Math.min(ms, held.monotonicMs));
  }

  /** It is the session's first moment: nothing before was recorded. */
  beginAt(time: EpochMs): void {
    if (this.ms === null) this.time = Math.min(this.time, time);
    else this.passTo(time);
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

  private passToGoal({ time, ms }: RunGoal): void {
    if (ms !== undefined) this.passToMs(ms, time);
    else if (time !== undefined && Number.isFinite(time)) this.passTo(time);
  }

  private feedSlice(
    { time = Infinity, ms = Infinity, inputs = Infinity, isFrame }: RunGoal,
    untilMs: number,
  ): 'reached' | 'dry' | 'used' | 'checkpoint' {
    const { core, cursor, onInput } = this;
    const { view } = core;
    const { clock } = this.options;
    for (let count = 1; ; count += 1) {
      const input = this.held ?? cursor.next();
      if (input === null) return 'dry';
      this.held = input;
      const { receivedTime, monotonicMs } = input;
      this.ms ??= monotonicMs - Math.max(0, receivedTime - this.time);
      if (receivedTime > time || monotonicMs > ms || view.sequence >= inputs) return 'reached';
      if (cursor.passed !== null && !this.isChecking) return 'checkpoint';
      this.isChecking = false;
      this.held = null;
      core.handle(input, dropped);
      this.time = receivedTime;
      this.ms = monotonicMs;
      if (receivedTime > this.latestTime) this.latestTime = receivedTime;
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
    this.time = state.context.time;
    this.ms = state.context.nowMs;
    this.onRestart();
  }
}

function giveWay(clock: ClockPort): Promise<void> {
  return new Promise((resolve) => clock.afterInput(resolve));
}

function dropped(): void {
  return;
}
