import type { CoreView } from '../coreView.ts';
import type { CoreEffect, CoreInput, InputTime } from '../inputs.ts';
import type { HistoryAnswer } from '../recording/recordBlock.ts';
import type { EngineRecorder, RecordSource, SessionRecording } from './sessionRecording.ts';

/** Where the recording of one engine is plugged in: none, one, or the next one while the engine runs on. */
export class EngineTape implements EngineRecorder {
  readonly market: 'live' | 'simulated';
  private source: RecordSource | null = null;
  private view: CoreView | null = null;
  private current: SessionRecording | null = null;

  constructor(market: EngineTape['market']) {
    this.market = market;
  }

  get recording(): SessionRecording | null {
    return this.current;
  }

  /** The engine's, before its first input. */
  attach(source: RecordSource): EngineRecorder {
    this.source = source;
    this.current?.attach(source);
    return this;
  }

  /** What marks are made from, as soon as the engine is there. */
  watch(view: CoreView): void {
    this.view = view;
    this.current?.watch(view);
  }

  /** From the next input on; an engine that is running begins with its state. */
  begin(recording: SessionRecording): void {
    this.current = recording;
    if (this.source !== null) recording.attach(this.source);
    if (this.view !== null) recording.watch(this.view);
  }

  /** Whoever takes it out ends it; nothing that follows is written there. */
  take(): SessionRecording | null {
    const taken = this.current;
    this.current = null;
    return taken;
  }

  onInput(input: CoreInput): void {
    this.current?.onInput(input);
  }

  onEffect(effect: CoreEffect, time: InputTime): void {
    this.current?.onEffect(effect, time);
  }

  onHistory(answer: HistoryAnswer, time: InputTime): void {
    this.current?.onHistory(answer, time);
  }
}
