import type { ReplayAction } from '../../../shared/bridge.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { ReplayState, StepUnit, TimeRange } from '../../../shared/replay.ts';
import { Snapshot } from '../../canvas/snapshot.ts';
import { useMarketStore } from '../../store/hooks.ts';
import type { MarketStore } from '../../store/marketStore.ts';
import { isRecorded } from '../../store/windowState.ts';
import { useToasts } from '../toasts.ts';
import { clampTime } from './timelineScale.ts';

/** A jump is there within a frame or two of its answer; longer than this nobody is told that it is under way. */
const landingMs = 600;
/** How far a playing replay may have gone on since it landed, in our time. */
const playedOnMs = 1500;

export type RefusableAction = ReplayAction['do'] | 'closeReplay';

/** What a window tells its replay: one jump at a time, of which the last one wins. */
export class ReplayControl {
  /** Where the replay is to go and is not yet; null: it is where it says. */
  readonly target = new Snapshot<EpochMs | null>(null);
  /** Where a loop begins whose end is not chosen yet. */
  readonly loopStart = new Snapshot<EpochMs | null>(null);
  /** Actions that this host cannot do, with its words. */
  readonly refused = new Snapshot<ReadonlyMap<RefusableAction, string>>(new Map());
  readonly #store: MarketStore;
  #isAsking = false;
  #wanted: EpochMs | null = null;
  #answeredMs: number | null = null;
  #stopLanding: (() => void) | null = null;

  constructor(store: MarketStore) {
    this.#store = store;
    store.windowState.subscribe((next, before) => {
      if (next.source !== before.source) this.#forget();
    });
  }

  get replay(): ReplayState | null {
    const { source } = this.#store.windowState.getState();
    return isRecorded(source) ? (this.#store.status()?.replay ?? null) : null;
  }

  /** Where the replay stands, or is about to. */
  position(replay: ReplayState): EpochMs {
    return this.target.get() ?? clampTime(this.#store.hostNow(), recorded(replay));
  }

  async send(action: ReplayAction): Promise<boolean> {
    const { replay } = this;
    if (replay !== null && isOfFile(replay)) {
      this.#refuse(action.do, true, fileWords);
      return false;
    }
    const answer = await this.#store.command({ type: 'controlReplay', action });
    if (!answer.ok) this.#refuse(action.do, answer.code === 'not-available', answer.message);
    return answer.ok;
  }

  async closeReplay(): Promise<void> {
    const answer = await this.#store.command({ type: 'closeReplay' });
    if (!answer.ok) this.#refuse('closeReplay', answer.code === 'not-available', answer.message);
  }

  async togglePlay(): Promise<void> {
    const { replay } = this;
    if (replay === null) return;
    if (replay.isPlaying) {
      await this.send({ do: 'pause' });
      return;
    }
    const start = replay.loop?.from ?? replay.startTime;
    if (replay.isFinished && !(await this.send({ do: 'seek', time: start }))) return;
    await this.send({ do: 'play' });
  }

  seek(time: EpochMs): void {
    const { replay } = this;
    if (replay === null) return;
    if (isOfFile(replay)) {
      this.#refuse('seek', true, fileWords);
      return;
    }
    this.#wanted = Math.round(clampTime(time, recorded(replay)));
    this.target.set(this.#wanted);
    if (!this.#isAsking) void this.#ask();
  }

  moveBy(byMs: number): void {
    const { replay } = this;
    if (replay !== null) this.seek(this.position(replay) + byMs);
  }

  step(unit: StepUnit, direction: 1 | -1): void {
    if (this.replay !== null) void this.send({ do: 'step', unit, direction });
  }

  setSpeed(speed: number | null): void {
    void this.send({ do: 'setSpeed', speed });
  }

  setLoop(loop: TimeRange | null): void {
    this.loopStart.set(null);
    void this.send({ do: 'setLoop', loop });
  }

  /** From here, then to here, then none: three presses of one key. */
  toggleLoop(): void {
    const { replay } = this;
    if (replay === null) return;
    const start = this.loopStart.get();
    const here = this.position(replay);
    if (replay.loop !== null) this.setLoop(null);
    else if (start === null) this.loopStart.set(here);
    else if (start === here) this.loopStart.set(null);
    else this.setLoop({ from: Math.min(start, here), to: Math.max(start, here) });
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#wanted !== null) {
      const time = this.#wanted;
      this.#wanted = null;
      this.#answeredMs = null;
      if (!(await this.send({ do: 'seek', time }))) {
        this.#wanted = null;
        this.#land();
      }
    }
    this.#isAsking = false;
    if (this.target.get() !== null) this.#awaitLanding();
  }

  /** The answer may be here before the first values of there. */
  #awaitLanding(): void {
    this.#stopLanding ??= this.#store.onFrame((frameTime) => {
      if (this.#isAsking) return;
      this.#answeredMs ??= frameTime;
      const isLate = frameTime - this.#answeredMs > landingMs;
      if (this.replay?.isSeeking === true || (!isLate && !this.#isThere())) return;
      this.#land();
    });
  }

  #isThere(): boolean {
    const target = this.target.get();
    const { replay } = this;
    if (target === null || replay === null) return true;
    const speed = Math.max(1, replay.speed ?? Infinity);
    const far = replay.isPlaying ? playedOnMs * speed : 1;
    return Math.abs(this.#store.hostNow() - target) <= far;
  }

  #land(): void {
    this.#stopLanding?.();
    this.#stopLanding = null;
    this.target.set(null);
  }

  /** A host that was started for a recording alone will not learn it. */
  #refuse(action: RefusableAction, isUnable: boolean, message: string): void {
    const isAlone = this.#store.status()?.beside === undefined;
    if (isUnable && isAlone) this.refused.set(new Map(this.refused.get()).set(action, message));
    useToasts.getState().show({ mark: 'error', title: 'Not done', text: message, stays: false });
  }

  #forget(): void {
    this.#wanted = null;
    this.#land();
    this.loopStart.set(null);
    this.refused.set(new Map());
  }
}

/** Lines of a file that is no session are played as they come. */
export function isOfFile({ session }: ReplayState): boolean {
  return !/^[0-9a-z-]{1,64}$/.test(session);
}

export const fileWords =
  'This file plays from its start to its end. Import it in Sessions to stop, step and jump in it.';

export function recorded({ startTime, endTime }: ReplayState): TimeRange {
  return { from: startTime, to: endTime };
}

const controls = new WeakMap<MarketStore, ReplayControl>();

/** One per window: bar, keys and palette speak with one voice. */
export function replayControl(store: MarketStore): ReplayControl {
  let control = controls.get(store);
  if (control === undefined) {
    control = new ReplayControl(store);
    controls.set(store, control);
  }
  return control;
}

export function useReplayControl(): ReplayControl {
  return replayControl(useMarketStore());
}
