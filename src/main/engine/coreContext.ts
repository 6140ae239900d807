import type { FeedError } from '../../shared/feedHealth.ts';
import type { EpochMs } from '../../shared/market.ts';
import type { VenueId } from '../../shared/venues.ts';
import { Deadlines } from './deadlines.ts';
import { ErrorRing } from './feed/errorRing.ts';
import type { FeedContext } from './feed/feedContext.ts';
import { inertText } from './feed/inertText.ts';
import type { CoreEffect, CoreInput, EffectSink, InputTime } from './inputs.ts';

export interface CoreContextSaved {
  readonly sequence: number;
  readonly time: EpochMs;
  readonly nowMs: number;
  readonly requestId: number;
  readonly restId: number;
  readonly deadlines: ReturnType<Deadlines['save']>;
  readonly errors: readonly FeedError[];
}

const dropped: EffectSink = () => undefined;

/** Time, deadlines, errors and the way out, as the parts of one core see them during an input. */
export class CoreContext implements FeedContext {
  readonly deadlines = new Deadlines();
  readonly errors = new ErrorRing();
  /** Hears every error that is reported. */
  onReport: (error: FeedError) => void = () => undefined;
  /** Inputs handled, the present one included. */
  sequence = 0;
  inputTime: InputTime = { receivedTime: 0, monotonicMs: 0 };
  private sink: EffectSink = dropped;
  private requestId = 0;
  private restId = 0;
  private readonly writeLog: (venue: VenueId, text: string) => void;

  constructor(writeLog: (venue: VenueId, text: string) => void) {
    this.writeLog = writeLog;
  }

  get nowMs(): number {
    return this.inputTime.monotonicMs;
  }

  get time(): EpochMs {
    return this.inputTime.receivedTime;
  }

  begin(input: CoreInput, sink: EffectSink): void {
    this.sequence += 1;
    this.inputTime = input;
    this.sink = sink;
  }

  end(): void {
    this.sink = dropped;
  }

  emit(effect: CoreEffect): void {
    this.sink(effect);
  }

  report(error: Omit<FeedError, 'time'>): void {
    const timed = { time: this.time, ...error };
    this.errors.add(timed);
    this.onReport(timed);
    this.log(error.venue, `${error.type} ${error.code}: ${error.detail}`);
  }

  log(venue: VenueId, text: string): void {
    this.writeLog(venue, inertText(text));
  }

  readonly nextRequestId = (): string => {
    this.requestId += 1;
    return String(this.requestId);
  };

  nextRestId(): number {
    this.restId += 1;
    return this.restId;
  }

  save(): CoreContextSaved {
    return {
      sequence: this.sequence,
      time: this.time,
      nowMs: this.nowMs,
      requestId: this.requestId,
      restId: this.restId,
      deadlines: this.deadlines.save(),
      errors: this.errors.save(),
    };
  }

  restore(saved: CoreContextSaved): void {
    this.sequence = saved.sequence;
    this.inputTime = { receivedTime: saved.time, monotonicMs: saved.nowMs };
    this.requestId = saved.requestId;
    this.restId = saved.restId;
    this.deadlines.restore(saved.deadlines);
    this.errors.restore(saved.errors);
  }
}
