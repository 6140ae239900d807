import type { LatencyReport, LatencySpan } from '../../../shared/latency.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { Mark } from '../../../shared/marks.ts';
import type { SessionSource } from '../../../shared/recordings.ts';
import type { ReplayState, StepUnit, TimeRange } from '../../../shared/replay.ts';
import type { DataSource } from '../../../shared/values.ts';
import type { Core } from '../core.ts';
import type { CoreView } from '../coreView.ts';
import { emptyLatencyReport } from '../health/latencyReport.ts';
import type { RunningEngine } from '../hosting/runningEngine.ts';
import type { CoreInput } from '../inputs.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { RecordedStart, RecordingReader } from '../recording/recordingReader.ts';
import { createSessionCore } from './sessionCore.ts';
import { loadRecordedCandles } from './recordedCandles.ts';
import { LiveCheck } from './liveCheck.ts';
import { LoopShare } from './loopShare.ts';
import { nextMark } from './nextMark.ts';
import type { SessionGrowth } from './growthWatch.ts';
import { GrowthWatch } from './growthWatch.ts';
import { latestOf, passagesOf, startBefore } from './passages.ts';
import { PlayPace } from './playPace.ts';
import { describeDamages, describeFailure } from './replayProblem.ts';
import { SessionRun } from './sessionRun.ts';
import type { RunGoal, RunVerdict } from './sessionRun.ts';

const stepMs = 16;
/** Of each step; the rest is for whoever looks at it. */
const budgetMs = 12;
const restMs = 4;
/** Steps that wait for one another. */
const maxWaiting = 4;

export interface PlayerOptions {
  readonly session: { readonly id: string; readonly name: string; readonly source: SessionSource };
  readonly reader: RecordingReader;
  /** Time of the last input; of an active session, of the last so far. */
  readonly endTime: EpochMs;
  readonly clock: ClockPort;
  /** With other replays and live data in the same loop; absent: all of it is this one's. */
  readonly share?: LoopShare;
  /** The session is still being recorded: its end is waited at. */
  readonly isActive?: boolean;
  /** For a person: what the recording does not hold; null: nothing is known to be missing. */
  readonly missing?: () => string | null;
  /** Asked once a second while the session is active. */
  readonly growth?: () => Promise<SessionGrowth>;
}

/**
 * A recorded session through the same core: every input again, effects dropped, so that state and hash after input n are
 * those of the live run. A jump builds another core from a checkpoint while the former one is still shown, then takes its place
 * and calls `onReplaced`: whoever listened to the former `view` has to listen to the new one and to forget what it knew, since
 * nothing of before led to it. It is also called where inputs are missing from the recording. Steps forward and playing go on
 * with the same core. No promise of it rejects but that of `playThrough`: what cannot be read stands in `state.problem`.
 */
export class SessionPlayer implements RunningEngine {
  readonly source: DataSource;
  onReplaced: () => void = () => undefined;
  private readonly options: PlayerOptions;
  private readonly empty: Core;
  private readonly check: LiveCheck;
  private readonly growth: GrowthWatch;
  private readonly share: LoopShare;
  private run: SessionRun | null = null;
  /** Of the last input, as far as is known. */
  private lastTime: EpochMs;
  /** Later where the wall clock was set back; null until it was looked for. */
  private latestTime: EpochMs | null = null;
  private isPlaying = false;
  private isFinished = false;
  private failure: string | null = null;
  private readonly pace: PlayPace;
  /** One move at a time: each waits for the one before. */
  private moving: Promise<void> = Promise.resolve();
  /** Counts commands that make a move pointless, and those that change what is played. */
  private turn = 0;
  private playTurn = 0;
  private jumps = 0;
  private cancelStep: () => void = () => undefined;
  private isClosed = false;

  constructor(options: PlayerOptions) {
    const { reader, clock } = options;
    this.options = options;
    this.source = `replay:${options.session.id}`;
    this.share = options.share ?? new LoopShare(clock, () => 1);
    this.empty = createSessionCore(reader);
    this.check = new LiveCheck({ clock, createCore: () => createSessionCore(reader) });
    this.lastTime = options.endTime;
    this.pace = new PlayPace(clock);
    this.growth = new GrowthWatch(reader, clock, options.growth ?? null, {
      onEnd: (time) => {
        this.lastTime = time;
      },
      onFailed: (error) => {
        this.failure = describeFailure(error);
      },
    });
    if (options.isActive === true) this.growth.start();
  }

  get view(): CoreView {
    return this.core.view;
  }

  get state(): ReplayState {
    const { session } = this.options;
    const { startTime, endTime, isPlaying, isFinished } = this;
    const { speed, loop } = this.pace;
    return {
      ...{ session: session.id, name: session.name, recordedSource: session.source },
      ...{ time: this.within(this.now()), startTime, endTime, isPlaying, isFinished },
      isSeeking: this.jumps > 0,
      ...{ speed: Number.isFinite(speed) ? speed : null, loop },
      ...{ inputs: this.core.view.sequence, check: this.check.newest },
      problem: this.failure ?? this.incompleteness,
    };
  }

  /** Runs smoothly while playing, and never past an input that was not fed. */
  now(): EpochMs {
    const { run } = this;
    if (run === null) return this.startTime;
    return this.isRunning ? this.pace.timeOf(run) : run.time;
  }

  stateHash(): string {
    return this.core.stateHash();
  }

  /** From the beginning where it was at the end. `null`: as fast as it goes. */
  play(speed?: number | null): void {
    if (speed !== undefined) this.setSpeed(speed);
    if (this.isPlaying || this.isClosed) return;
    this.settle();
    this.isPlaying = true;
    if (this.isFinished && this.pace.loop === null) void this.seek(this.startTime);
    this.schedule(stepMs);
  }

  pause(): void {
    this.settle();
    this.isPlaying = false;
    this.cancelStep();
  }

  setSpeed(speed: number | null): void {
    this.settle();
    this.pace.setSpeed(speed);
    // What is fed without a bound has to hear of it.
    this.playTurn += 1;
  }

  /** Played again and again; null, or a range without length: to the end. */
  setLoop(loop: TimeRange | null): void {
    this.settle();
    this.pace.setLoop(loop, this.run);
    this.playTurn += 1;
  }

  /**
   * To the state after the last input received at or before `time`; where the recorded wall clock was set back, so that a time
   * comes twice, to its first passage. A later seek takes its place at once.
   */
  seek(time: EpochMs): Promise<void> {
    return this.jump((isWanted) => this.jumpTo(time, isWanted));
  }

  /** So many inputs further, ticks not counted. */
  stepInputs(count: number): Promise<void> {
    return this.follow(async (isWanted) => {
      for (let left = count; left > 0 && isWanted();) {
        const run = await this.openRun();
        let isTick = true;
        run.onInput = (input) => {
          isTick = input.type === 'tick';
        };
        const verdict = await run.feed({ inputs: run.inputs + 1 }, isWanted);
        run.onInput = () => undefined;
        if (verdict !== 'reached') return;
        if (!isTick) left -= 1;
      }
    });
  }

  /** Time that has passed, whatever the recorded wall clock says of it. */
  stepTime(byMs: number): Promise<void> {
    return this.follow(async (isWanted) => {
      const run = await this.openRun();
      if (run.ms === null) await run.feed({ inputs: run.inputs }, isWanted);
      if (run.ms === null || !isWanted()) return;
      const ms = run.ms + byMs;
      if (byMs >= 0) await this.forward({ ms }, isWanted);
      else {
        const start = await startBefore(ms, run.inputs, this.options.reader);
        await this.rebuild(start, { ms, isUrgent: true }, isWanted);
      }
    });
  }

  /** `marks` of the session, in any order. A step that leads nowhere stays. */
  step(unit: StepUnit, direction: 1 | -1, marks: readonly Mark[] = []): Promise<void> {
    switch (unit) {
      case 'frame':
        return this.follow((isWanted) =>
          direction > 0 ? this.forward({ isFrame: true }, isWanted) : this.frameBack(isWanted),
        );
      case 'second':
        return this.stepTime(direction * 1_000);
      case 'minute':
        return this.stepTime(direction * 60_000);
      case 'mark':
        return this.follow(async (isWanted) => {
          const range = { from: this.startTime, to: this.endTime };
          const time = nextMark(marks, this.now(), direction, range);
          if (time !== null) await this.jumpTo(time, isWanted);
        });
      default:
        return unit satisfies never;
    }
  }

  /** To the end, without a clock: for verification and for exports. Rejects where reading fails. */
  async playThrough(onInput: (input: CoreInput) => void = () => undefined): Promise<void> {
    await this.inTurn(async () => {
      const run = await this.openRun();
      run.onInput = onInput;
      try {
        const verdict = await run.feed({}, () => !this.isClosed);
        if (verdict === 'end') this.atEnd(run);
      } finally {
        run.onInput = () => undefined;
      }
    });
  }

  /** What was recorded has happened: there is nothing to command. */
  command(): void {
    return;
  }

  loadCandles: RunningEngine['loadCandles'] = (history) =>
    loadRecordedCandles(history, { core: this.core, reader: this.options.reader, now: this.now() });

  latency(span: LatencySpan): LatencyReport {
    return emptyLatencyReport(span, this.now());
  }

  get watchedSince(): EpochMs {
    return this.startTime;
  }

  queuedMessages(): number {
    return 0;
  }

  replay(): ReplayState {
    return this.state;
  }

  close(): void {
    this.isClosed = true;
    this.turn += 1;
    this.pause();
    this.growth.close();
    this.run?.close();
  }

  private get incompleteness(): string | null {
    const { reader, missing } = this.options;
    const known = [describeDamages(reader.damages), missing?.() ?? null];
    return known.filter((text) => text !== null).join(' ') || null;
  }

  private get core(): Core {
    return this.run?.core ?? this.empty;
  }

  private get startTime(): EpochMs {
    return this.options.reader.heads[0]?.startTime ?? 0;
  }

  /** The latest time that is known of. */
  private get endTime(): EpochMs {
    const { lastTime, startTime, run } = this;
    const latestTime = this.latestTime ?? lastTime;
    const seen = run === null ? startTime : Math.max(run.time, run.latestTime);
    return Math.max(lastTime, startTime, latestTime, seen);
  }

  private within(time: EpochMs): EpochMs {
    return Math.min(Math.max(time, this.startTime), this.endTime);
  }

  /** At a speed, and not on its way elsewhere. */
  private get isRunning(): boolean {
    return this.isPlaying && this.jumps === 0 && this.pace.isBounded;
  }

  /** The moment that is shown is where it goes on from. */
  private settle(): void {
    const { run, pace } = this;
    if (this.isRunning) run?.passToMs(pace.targetMs(), pace.loop?.to);
    pace.anchorAt(run);
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const moved = this.moving.then(() => (this.isClosed ? undefined : work()));
    // The next move must not inherit the failure of this one; whoever asked for this one gets it.
    this.moving = moved.catch(() => undefined);
    return moved;
  }

  /** What moves before it gives up. */
  private jump(work: (isWanted: () => boolean) => Promise<void>): Promise<void> {
    this.turn += 1;
    return this.move(work);
  }

  /** After those before it, since each counts from where the last one ended; a key that is held down does not pile them up. */
  private follow(work: (isWanted: () => boolean) => Promise<void>): Promise<void> {
    this.pause();
    return this.jumps < maxWaiting ? this.move(work) : Promise.resolve();
  }

  private async move(work: (isWanted: () => boolean) => Promise<void>): Promise<void> {
    const { turn } = this;
    const isWanted = (): boolean => turn === this.turn && !this.isClosed;
    this.jumps += 1;
    await this.guarded(async () => {
      if (isWanted()) await work(isWanted);
    });
    this.jumps -= 1;
    if (isWanted()) this.pace.anchorAt(this.run);
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await this.inTurn(async () => {
        await work();
      });
    } catch (error) {
      if (this.isClosed) return;
      this.failure = describeFailure(error);
      this.isPlaying = false;
      this.cancelStep();
    }
  }

  private async openRun(): Promise<SessionRun> {
    if (this.run !== null) return this.run;
    const { reader } = this.options;
    const run = this.startRun(await reader.startAt({ inputs: reader.heads[0]?.inputs ?? 0 }));
    this.show(run);
    return run;
  }

  private startRun(start: RecordedStart): SessionRun {
    const { reader, clock } = this.options;
    const { share } = this;
    const createCore = (): Core => createSessionCore(reader);
    const run = new SessionRun(start, { clock, share, createCore });
    if (start.inputs === reader.heads[0]?.inputs) run.beginAt(this.startTime);
    run.onCheckpoint = async (checkpoint) => {
      // The state that it began with is the recorded one.
      if (run !== this.run || checkpoint.inputs <= start.inputs) return;
      await this.check.atCheckpoint(run.core, run.time, checkpoint);
    };
    return run;
  }

  private show(run: SessionRun): void {
    if (this.latestTime !== null) this.latestTime = this.endTime;
    this.run?.close();
    this.run = run;
    if (this.isClosed) run.close();
    this.isFinished = false;
    this.failure = null;
    run.onRestart = () => this.onReplaced();
    this.pace.anchorAt(this.run);
    this.pace.boundLoop(this.run);
    this.onReplaced();
  }

  private async jumpTo(to: EpochMs, isWanted: () => boolean, isUrgent = true): Promise<void> {
    const { reader } = this.options;
    const time = Math.max(to, this.startTime);
    this.latestTime ??= await latestOf(reader.places());
    for (const { inputs, endInputs } of await passagesOf(time, reader.places())) {
      if (!isWanted()) return;
      const start = await reader.startAt({ inputs });
      const goal = { time, inputs: endInputs, isUrgent };
      if (await this.rebuild(start, goal, isWanted)) return;
    }
  }

  /** False: the time that was looked for lies further on. */
  private async rebuild(
    start: RecordedStart,
    goal: RunGoal,
    isWanted: () => boolean,
  ): Promise<boolean> {
    const run = this.startRun(start);
    try {
      const verdict = isWanted() ? await run.feed(goal, isWanted) : 'overtaken';
      const isBefore =
        verdict === 'reached' && (run.next?.receivedTime ?? Infinity) <= (goal.time ?? -Infinity);
      if (verdict === 'overtaken' || isBefore) {
        run.close();
        return !isBefore;
      }
      if (verdict === 'end')
        run.passTo(Math.min(goal.time ?? run.time, this.options.reader.knownEnd(this.lastTime)));
      this.show(run);
      if (verdict === 'end') this.atEnd(run);
      return true;
    } catch (error) {
      run.close();
      throw error;
    }
  }

  private async forward(goal: RunGoal, isWanted: () => boolean): Promise<void> {
    const run = await this.openRun();
    this.onVerdict(run, await run.feed(goal, isWanted));
  }

  private async frameBack(isWanted: () => boolean): Promise<void> {
    const run = await this.openRun();
    const inputs = await this.options.reader.lastFrameBefore(run.inputs);
    if (!isWanted()) return;
    if (inputs === null) await this.jumpTo(this.startTime, isWanted);
    else {
      const start = await this.options.reader.startAt({ inputs });
      await this.rebuild(start, { inputs, isUrgent: true }, isWanted);
    }
  }

  private schedule(delayMs: number): void {
    this.cancelStep();
    const { clock } = this.options;
    this.cancelStep = clock.setTimer(delayMs, () => {
      const startedMs = clock.monotonicMs();
      void this.guarded(() => this.advance()).then(() => {
        const leftMs = stepMs - (clock.monotonicMs() - startedMs);
        if (this.isPlaying && !this.isClosed) this.schedule(Math.max(restMs, leftMs));
      });
    });
  }

  private async advance(): Promise<void> {
    const { turn, playTurn, pace } = this;
    const { loop } = pace;
    const isWanted = (): boolean =>
      turn === this.turn && playTurn === this.playTurn && this.isPlaying && !this.isClosed;
    if (!isWanted()) return;
    const run = await this.openRun();
    const targetMs = pace.targetMs();
    const goal = pace.goal(targetMs);
    const budget = pace.isBounded ? budgetMs : Infinity;
    const verdict = run.time >= goal.time ? 'reached' : await run.feed(goal, isWanted, budget);
    this.onVerdict(run, verdict);
    if (!isWanted()) return;
    if (!pace.isAnchored) {
      pace.anchorAt(run);
      pace.boundLoop(run);
    }
    const isOver = this.isFinished || (verdict === 'reached' && pace.isPastLoop(run, targetMs));
    if (loop !== null && isOver) await this.repeat(loop, isWanted);
    else if (this.isFinished) this.pause();
  }

  private async repeat(loop: TimeRange, isWanted: () => boolean): Promise<void> {
    this.jumps += 1;
    try {
      await this.jumpTo(loop.from, isWanted, false);
    } finally {
      this.jumps -= 1;
      this.pace.anchorAt(this.run);
    }
  }

  /** What could not be kept up with is not caught up: the time shown is that of what was fed. */
  private onVerdict(run: SessionRun, verdict: RunVerdict): void {
    if (verdict === 'late') this.pace.anchorAt(this.run);
    else if (verdict === 'end') this.atEnd(run);
  }

  private atEnd(run: SessionRun): void {
    const { reader } = this.options;
    if (!reader.isGrowing) {
      if (Number.isFinite(this.lastTime)) run.passTo(reader.knownEnd(this.lastTime));
      this.isFinished = true;
      if (reader.liveEnd !== null) this.check.atEnd(run.core, run.time, reader.liveEnd);
    }
    this.pace.anchorAt(this.run);
  }
}
