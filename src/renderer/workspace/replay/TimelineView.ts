import type { Mark } from '../../../shared/marks.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { ReplayState, TimeRange, Timeline } from '../../../shared/replay.ts';
import { createFonts } from '../../canvas/fonts.ts';
import { Snapshot } from '../../canvas/snapshot.ts';
import type { CanvasSurface, CanvasView } from '../../canvas/useCanvasView.ts';
import { formatTime } from '../../format/time.ts';
import type { ReplayControl } from './replayControl.ts';
import { recorded } from './replayControl.ts';
import { paintTimeline } from './paintTimeline.ts';
import type { TimelineScene } from './timelinePlot.ts';
import { markReachPx, overviewHeight } from './timelinePlot.ts';
import {
  clampTime,
  isWhole,
  rangeAt,
  spanMs,
  timeToX,
  xToTime,
  zoomRange,
} from './timelineScale.ts';

export interface TimelineFacts {
  readonly replay: ReplayState;
  /** Null until it is loaded, or where there is none. */
  readonly timeline: Timeline | null;
  /** Why there is none, in words. */
  readonly problem: string | null;
  readonly marks: readonly Mark[];
}

/** What lies under the pointer. */
export interface TimelineHover {
  readonly x: number;
  readonly time: EpochMs;
  readonly marks: readonly Mark[];
}

/** A press that is still held: it moves the replay, chooses a loop or moves what is shown. */
type Held =
  | { readonly type: 'seek' }
  | { readonly type: 'loop'; readonly from: EpochMs }
  | { readonly type: 'pan' };

const zoomStep = 1.6;
const wheelZoom = 1.0016;

/** The host tells its state several times a second, also when nothing has changed. */
function looksSame(one: TimelineFacts, other: TimelineFacts): boolean {
  return (
    one.timeline === other.timeline &&
    one.problem === other.problem &&
    one.marks === other.marks &&
    one.replay.startTime === other.replay.startTime &&
    one.replay.endTime === other.replay.endTime &&
    one.replay.isSeeking === other.replay.isSeeking &&
    one.replay.loop?.from === other.replay.loop?.from &&
    one.replay.loop?.to === other.replay.loop?.to
  );
}

/** The recording at a glance: drawn when something changed, and in each frame only while the replay plays. */
export class TimelineView implements CanvasView {
  readonly hover = new Snapshot<TimelineHover | null>(null);
  readonly isZoomed = new Snapshot(false);
  readonly #control: ReplayControl;
  #facts: TimelineFacts | null = null;
  /** Null: the whole recording. */
  #range: TimeRange | null = null;
  #held: Held | null = null;
  #chosen: TimeRange | null = null;
  #width = 0;
  #scale = 1;
  #isDirty = true;
  #painted = '';
  #lastPosition: EpochMs | null = null;

  constructor(control: ReplayControl) {
    this.#control = control;
  }

  show(facts: TimelineFacts): void {
    if (facts.replay.session !== this.#facts?.replay.session) this.#setRange(null);
    if (this.#facts === null || !looksSame(this.#facts, facts)) this.#isDirty = true;
    this.#facts = facts;
  }

  readonly markDirty = (): void => {
    this.#isDirty = true;
  };

  invalidate(): void {
    this.#isDirty = true;
  }

  needsDraw(): boolean {
    if (this.#facts === null) return false;
    return this.#isDirty || this.#lookOfPlayhead(this.#facts.replay) !== this.#painted;
  }

  draw(surface: CanvasSurface): void {
    if (this.#facts === null) return;
    const { replay } = this.#facts;
    this.#width = surface.width;
    this.#scale = surface.colors.scale;
    this.#follow(replay);
    this.#isDirty = false;
    this.#painted = this.#lookOfPlayhead(replay);
    paintTimeline(surface, createFonts(surface.colors.scale), this.#scene(this.#facts));
  }

  press(x: number, y: number, isLoop: boolean): void {
    const shown = this.#shown();
    if (shown === null) return;
    if (this.isZoomed.get() && y < overviewHeight * this.#scale) {
      this.#held = { type: 'pan' };
      this.#panTo(x);
      return;
    }
    const time = this.#timeAt(x, shown);
    if (isLoop) {
      this.#held = { type: 'loop', from: time };
      return;
    }
    this.#held = { type: 'seek' };
    const [near] = this.#marksNear(x, shown);
    this.#control.seek(near?.time ?? time);
  }

  move(x: number): void {
    const shown = this.#shown();
    if (shown === null) return;
    const time = this.#timeAt(x, shown);
    switch (this.#held?.type) {
      case undefined:
        this.hover.set({ x, time, marks: this.#marksNear(x, shown) });
        return;
      case 'seek':
        this.hover.set(null);
        this.#control.seek(time);
        return;
      case 'loop': {
        const { from } = this.#held;
        this.#chosen = { from: Math.min(from, time), to: Math.max(from, time) };
        this.hover.set({ x, time, marks: [] });
        this.#isDirty = true;
        return;
      }
      case 'pan':
        this.#panTo(x);
        return;
      default:
        this.#held satisfies never;
    }
  }

  release(): void {
    if (this.#held?.type === 'loop' && this.#chosen !== null) this.#control.setLoop(this.#chosen);
    this.cancel();
  }

  /** What was begun and not finished is not done. */
  cancel(): void {
    this.#held = null;
    this.#chosen = null;
    this.#isDirty = true;
  }

  leave(): void {
    if (this.#held === null) this.hover.set(null);
  }

  /** A wheel that goes sideways moves what is shown, else it goes closer to what stands under the pointer. */
  wheel(x: number, deltaX: number, deltaY: number): void {
    const shown = this.#shown();
    if (shown === null) return;
    if (Math.abs(deltaX) > Math.abs(deltaY)) {
      const byMs = (deltaX / Math.max(1, this.#width)) * spanMs(shown.range);
      this.#setRange(rangeAt(shown.range.from + byMs, spanMs(shown.range), shown.whole));
      return;
    }
    this.#zoom(wheelZoom ** deltaY, this.#timeAt(x, shown));
  }

  /** Closer to the playhead, or wider; null: the whole recording. */
  zoom(direction: 1 | -1 | null): void {
    if (this.#facts === null) return;
    if (direction === null) this.#setRange(null);
    else this.#zoom(zoomStep ** -direction, this.#control.position(this.#facts.replay));
  }

  /** What is on the screen now, for a loop over it. */
  shownRange(): TimeRange | null {
    return this.#shown()?.range ?? null;
  }

  #zoom(factor: number, around: EpochMs): void {
    const shown = this.#shown();
    if (shown === null) return;
    const center = clampTime(around, shown.range);
    this.#setRange(zoomRange(shown.range, factor, center, shown.whole));
  }

  #setRange(range: TimeRange | null): void {
    const whole = this.#facts === null ? null : recorded(this.#facts.replay);
    this.#range = range === null || whole === null || isWhole(range, whole) ? null : range;
    this.isZoomed.set(this.#range !== null);
    this.#isDirty = true;
  }

  #shown(): { readonly range: TimeRange; readonly whole: TimeRange } | null {
    if (this.#facts === null) return null;
    const whole = recorded(this.#facts.replay);
    return { range: this.#range ?? whole, whole };
  }

  #timeAt(x: number, { range, whole }: { range: TimeRange; whole: TimeRange }): EpochMs {
    return clampTime(xToTime(x, range, this.#width), whole);
  }

  #panTo(x: number): void {
    const shown = this.#shown();
    if (shown === null) return;
    const length = spanMs(shown.range);
    const middle = xToTime(x, shown.whole, this.#width);
    this.#setRange(rangeAt(middle - length / 2, length, shown.whole));
  }

  #marksNear(x: number, { range }: { readonly range: TimeRange }): readonly Mark[] {
    const reach = markReachPx * this.#scale;
    const far = (mark: Mark) => Math.abs(timeToX(mark.time, range, this.#width) - x);
    return (this.#facts?.marks ?? [])
      .filter((mark) => far(mark) <= reach)
      .toSorted((one, other) => far(one) - far(other));
  }

  /** A playhead that leaves what is shown takes it along; a person who looked elsewhere is left there. */
  #follow(replay: ReplayState): void {
    const position = this.#control.position(replay);
    const before = this.#lastPosition;
    this.#lastPosition = position;
    const range = this.#range;
    if (range === null || before === null || before === position || this.#held !== null) return;
    const isIn = (time: EpochMs) => time >= range.from && time <= range.to;
    if (isIn(position)) return;
    const isJump = this.#control.target.get() !== null;
    if (!isIn(before) && !isJump) return;
    const length = spanMs(range);
    this.#setRange(rangeAt(position - length * 0.1, length, recorded(replay)));
  }

  /** All that moves by itself: half a pixel, or the second under the playhead. */
  #lookOfPlayhead(replay: ReplayState): string {
    const position = this.#control.position(replay);
    const shown = this.#shown();
    const x = shown === null ? 0 : timeToX(position, shown.range, this.#width);
    return `${Math.round(x * 2)} ${formatTime(position)} ${this.#control.target.get() !== null}`;
  }

  #scene({ replay, timeline, problem, marks }: TimelineFacts): TimelineScene {
    const whole = recorded(replay);
    return {
      ...{ whole, timeline, problem, marks },
      range: this.#range ?? whole,
      isZoomed: this.#range !== null,
      position: this.#control.position(replay),
      isSeeking: this.#control.target.get() !== null || replay.isSeeking,
      loop: this.#chosen ?? replay.loop,
      isLoopChosen: this.#chosen === null,
      loopStart: this.#control.loopStart.get(),
    };
  }
}
