import type { EpochMs } from '../../../shared/market.ts';
import type { CoreEffect, CoreInput, InputTime } from '../inputs.ts';
import type { HistoryAnswer } from '../recording/recordBlock.ts';
import type { Checkpoint, RecorderOptions, RecorderState } from '../recording/recorder.ts';
import { Recorder } from '../recording/recorder.ts';

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

export type SessionRecordingOptions = Omit<
  RecorderOptions,
  'checkpoint' | 'stateHash' | 'inputsHandled'
> & {
  readonly id: string;
  readonly startTime: EpochMs;
};

/** The recording of one engine, from its first input to its end. */
export class SessionRecording implements EngineRecorder {
  readonly id: string;
  readonly startTime: EpochMs;
  private readonly options: SessionRecordingOptions;
  private recorder: Recorder | null = null;

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

  async stop(): Promise<void> {
    await this.recorder?.stop();
  }
}
