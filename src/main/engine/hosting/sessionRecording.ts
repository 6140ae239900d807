import type { EpochMs } from '../../../shared/market.ts';
import type { CoreView } from '../coreView.ts';
import type { CoreEffect, CoreInput, InputTime } from '../inputs.ts';
import type { HistoryAnswer } from '../recording/recordBlock.ts';
import type { Checkpoint, RecorderOptions, RecorderState } from '../recording/recorder.ts';
import { Recorder } from '../recording/recorder.ts';
import type { SessionTimeline } from '../recording/sessionTimeline.ts';
import type { OpenTimeline } from './timelines.ts';

/** What an engine offers to whoever writes it down. */
export interface RecordSource {
  readonly inputsHandled: number;
  checkpoint(): Checkpoint;
  stateHash(): string;
}

/** Told of everything that an engine hears and does. */
export interface EngineRecorder {
  onInput(input: CoreInput): void;
  onEffect(effect: CoreEffect, time: InputTime): void;
  onHistory(answer: HistoryAnswer, time: InputTime): void;
}

export type WatchForMarks = (
  view: CoreView,
  timeline: SessionTimeline,
  isRecording: () => boolean,
) => () => void;

export type SessionRecordingOptions = Omit<
  RecorderOptions,
  'checkpoint' | 'stateHash' | 'inputsHandled'
> & {
  readonly id: string;
  readonly startTime: EpochMs;
  /** Null: its marks cannot be kept. */
  readonly timeline: OpenTimeline | null;
  /** Makes marks of what the engine tells, until the returned function is called. */
  readonly watch: WatchForMarks;
};

/** The recording of one engine, from its first input to its end. */
export class SessionRecording implements EngineRecorder {
  readonly id: string;
  readonly startTime: EpochMs;
  private readonly options: SessionRecordingOptions;
  private recorder: Recorder | null = null;
  private unwatch: () => void = () => undefined;

  constructor(options: SessionRecordingOptions) {
    this.options = options;
    this.id = options.id;
    this.startTime = options.startTime;
  }

  attach(source: RecordSource): EngineRecorder {
    this.recorder = new Recorder({
      ...this.options,
      inputsHandled: source.inputsHandled,
      checkpoint: () => source.checkpoint(),
      stateHash: () => source.stateHash(),
    });
    return this;
  }

  watch(view: CoreView): void {
    const { timeline, watch } = this.options;
    if (timeline === null) return;
    this.unwatch = watch(view, timeline.file, () => this.state?.status === 'recording');
  }

  get timeline(): SessionTimeline | null {
    return this.options.timeline?.file ?? null;
  }

  get state(): RecorderState | null {
    return this.recorder?.state ?? null;
  }

  onInput(input: CoreInput): void {
    this.recorder?.tap(input);
  }

  onEffect(effect: CoreEffect, time: InputTime): void {
    this.recorder?.tapEffect(effect, time);
  }

  onHistory(answer: HistoryAnswer, time: InputTime): void {
    this.recorder?.tapHistory(answer, time);
  }

  resume(): void {
    this.recorder?.resume();
  }

  /** Ends it with the present state of its engine, before this call returns; resolves when it is on the disk. */
  async stop(): Promise<void> {
    this.unwatch();
    const stopped = this.recorder?.stop();
    await stopped;
    await this.options.timeline?.release();
  }
}
