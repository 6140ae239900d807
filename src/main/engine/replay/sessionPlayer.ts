import type { LatencyReport, LatencySpan } from '../../../shared/latency.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { DataSource, HostStatus } from '../../../shared/values.ts';
import { venueIds } from '../../../shared/venues.ts';
import type { CoreSaved } from '../core.ts';
import { Core } from '../core.ts';
import type { CoreView } from '../coreView.ts';
import { emptyLatencyReport } from '../health/latencyReport.ts';
import type { RunningEngine } from '../hosting/runningEngine.ts';
import type { CoreInput } from '../inputs.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { RecordedItem } from '../recording/readRecords.ts';
import type { RecordedPortion, RecordingReader } from '../recording/recordingReader.ts';
import { createVenue } from '../venues/registry.ts';
import { createRecordedCore } from './recordedCore.ts';

const stepMs = 16;
/** Of each step at full speed; the rest is for whoever looks at it. */
const busyMs = 10;

export interface PlayerOptions {
  readonly id: string;
  readonly reader: RecordingReader;
  readonly endTime: EpochMs;
  readonly clock: ClockPort;
}

export interface PlayerState {
  readonly time: EpochMs;
  readonly startTime: EpochMs;
  readonly endTime: EpochMs;
  /** Inputs handled since the engine that was recorded started. */
  readonly inputs: number;
  readonly isPlaying: boolean;
  /** Recorded time per real time; infinity: as fast as it goes. */
  readonly speed: number;
  readonly loop: { readonly from: EpochMs; readonly to: EpochMs } | null;
  readonly isFinished: boolean;
}

/**
 * A recorded session through the same core: every input again, effects dropped, so that state and hash after input n are
 * those of the live run. Seeking starts a new core at a checkpoint; `onReplaced` tells who looked at the former one.
 */
export class SessionPlayer implements RunningEngine {
  readonly source: DataSource;
  onReplaced: () => void = () => undefined;
  private readonly options: PlayerOptions;
  private core: Core;
  private portions: AsyncGenerator<RecordedPortion> | null = null;
  private items: readonly RecordedItem[] = [];
  private next = 0;
  private time: EpochMs;
  private isPlaying = false;
  private isFinished = false;
  private speed = 1;
  private loop: PlayerState['loop'] = null;
  /** Where playing began: recorded time and our clock. */
  private anchor: { readonly time: EpochMs; readonly ms: number };
  /** One move at a time: each waits for the one before. */
  private moving: Promise<void> = Promise.resolve();
  private cancelStep: () => void = () => undefined;
  private isClosed = false;

  constructor(options: PlayerOptions) {
    this.options = options;
    this.source = `replay:${options.id}`;
    this.core = createCore(options.reader);
    this.time = this.startTime;
    this.anchor = { time: this.time, ms: options.clock.monotonicMs() };
  }

  get view(): CoreView {
    return this.core.view;
  }

  get state(): PlayerState {
    const { time, startTime, isPlaying, speed, loop, isFinished } = this;
    const { endTime } = this.options;
    const inputs = this.core.view.sequence;
    return { time, startTime, endTime, inputs, isPlaying, speed, loop, isFinished };
  }

  now(): EpochMs {
    return this.isPlaying && Number.isFinite(this.speed) ? this.targetTime() : this.time;
  }

  stateHash(): string {
    return this.core.stateHash();
  }

  play(speed = this.speed): void {
    this.speed = speed;
    this.anchor = { time: this.time, ms: this.options.clock.monotonicMs() };
    if (this.isPlaying || this.isClosed) return;
    this.isPlaying = true;
    this.schedule();
  }

  pause(): void {
    this.isPlaying = false;
    this.cancelStep();
  }

  setLoop(loop: PlayerState['loop']): void {
    this.loop = loop;
  }

  /** To the state after the last input received at or before `time`. */
  seek(time: EpochMs): Promise<void> {
    return this.move(() => this.jump(time));
  }

  /** So many inputs further, ticks not counted. */
  stepInputs(count: number): Promise<void> {
    this.pause();
    return this.move(async () => {
      for (let left = count; left > 0;) {
        const input = await this.nextInput();
        if (input === null) return;
        this.feed(input);
        if (input.type !== 'tick') left -= 1;
      }
    });
  }

  stepTime(byMs: number): Promise<void> {
    this.pause();
    return this.move(() =>
      byMs < 0 ? this.jump(this.time + byMs) : this.feedUntil(this.time + byMs),
    );
  }

  /** To the end, without a clock: for verification and for exports. */
  async playThrough(onInput: (input: CoreInput) => void = () => undefined): Promise<void> {
    await this.move(async () => {
      for (let input = await this.nextInput(); input !== null; input = await this.nextInput()) {
        this.feed(input);
        onInput(input);
      }
    });
  }

  /** What was recorded has happened: there is nothing to command. */
  command(): void {
    return;
  }

  loadCandles: RunningEngine['loadCandles'] = ({ market, venue, interval }) =>
    Promise.resolve({
      ...{ market, venue, interval },
      candles: [],
      gaps: [],
      complete: true,
      problem: 'A recording has no history before its first trade.',
    });

  latency(span: LatencySpan): LatencyReport {
    return emptyLatencyReport(span, this.now());
  }

  get watchedSince(): EpochMs {
    return this.startTime;
  }

  queuedMessages(): number {
    return 0;
  }

  replay(): HostStatus['replay'] {
    const { startTime, isPlaying, isFinished, speed, loop } = this;
    return {
      ...{ session: this.options.id, name: this.options.id, recordedSource: 'live' },
      ...{ time: this.now(), startTime, endTime: this.options.endTime },
      ...{ isPlaying, isSeeking: false, isFinished, loop, inputs: this.core.view.sequence },
      speed: Number.isFinite(speed) ? speed : null,
      check: null,
      problem: null,
    };
  }

  close(): void {
    this.isClosed = true;
    this.pause();
    void this.portions?.return(undefined);
  }

  private get startTime(): EpochMs {
    return this.options.reader.heads[0]?.startTime ?? 0;
  }

  private targetTime(): EpochMs {
    const played = (this.options.clock.monotonicMs() - this.anchor.ms) * this.speed;
    return Math.min(this.anchor.time + played, this.options.endTime);
  }

  private move(work: () => Promise<void>): Promise<void> {
    const moved = this.moving.then(() => (this.isClosed ? undefined : work()));
    // The next move must not inherit the failure of this one; whoever asked for this one gets it.
    this.moving = moved.catch(() => undefined);
    return moved;
  }

  private async jump(time: EpochMs): Promise<void> {
    const wanted = Math.min(Math.max(time, this.startTime), this.options.endTime);
    const part = await this.options.reader.from(wanted);
    await this.portions?.return(undefined);
    this.core = createCore(this.options.reader);
    this.core.restore(part.state);
    this.portions = part.portions;
    this.items = [];
    this.next = 0;
    this.isFinished = false;
    await this.feedUntil(wanted);
    this.anchor = { time: this.time, ms: this.options.clock.monotonicMs() };
    this.onReplaced();
  }

  private schedule(): void {
    this.cancelStep = this.options.clock.setTimer(stepMs, () => {
      void this.move(() => this.step()).then(() => {
        if (this.isPlaying && !this.isClosed) this.schedule();
      });
    });
  }

  private async step(): Promise<void> {
    if (!this.isPlaying) return;
    if (Number.isFinite(this.speed)) await this.feedUntil(this.targetTime());
    else await this.feedFor(busyMs);
    const { loop } = this;
    if (loop !== null && (this.time >= loop.to || this.isFinished)) await this.jump(loop.from);
    else if (this.isFinished) this.pause();
  }

  private async feedUntil(time: EpochMs): Promise<void> {
    for (let input = await this.peekInput(); input !== null; input = await this.peekInput()) {
      if (input.receivedTime > time) break;
      this.next += 1;
      this.feed(input);
    }
    this.time = Math.max(this.time, Math.min(time, this.options.endTime));
  }

  private async feedFor(durationMs: number): Promise<void> {
    const { clock } = this.options;
    const untilMs = clock.monotonicMs() + durationMs;
    while (clock.monotonicMs() < untilMs) {
      for (let count = 0; count < 64; count += 1) {
        const input = await this.nextInput();
        if (input === null) return;
        this.feed(input);
      }
    }
  }

  /** Inputs are missing here: nothing of before continues. */
  private restart(state: CoreSaved): void {
    this.core = createCore(this.options.reader);
    this.core.restore(state);
    this.onReplaced();
  }

  private feed(input: CoreInput): void {
    this.core.handle(input, dropped);
    this.time = input.receivedTime;
  }

  private async nextInput(): Promise<CoreInput | null> {
    const input = await this.peekInput();
    if (input !== null) this.next += 1;
    return input;
  }

  private async peekInput(): Promise<CoreInput | null> {
    for (;;) {
      const item = this.items[this.next];
      if (item !== undefined) {
        if (item.type === 'input') return item.input;
        this.next += 1;
        continue;
      }
      if (this.isFinished || !(await this.readOn())) return null;
    }
  }

  private async readOn(): Promise<boolean> {
    if (this.portions === null) {
      const part = await this.options.reader.from(this.startTime);
      this.core.restore(part.state);
      this.portions = part.portions;
    }
    const result = await this.portions.next();
    this.items = [];
    this.next = 0;
    this.isFinished = result.done === true;
    if (result.done === true) return false;
    if (result.value.type === 'items') this.items = result.value.items;
    else this.restart(result.value.state);
    return true;
  }
}

/** As the one that was recorded: of an imported session with what its files hold alone. */
function createCore({ heads }: RecordingReader): Core {
  const origin = heads[0]?.origin ?? null;
  if (origin !== null) return createRecordedCore(origin);
  return new Core({ venues: venueIds.map(createVenue) });
}

function dropped(): void {
  return;
}
