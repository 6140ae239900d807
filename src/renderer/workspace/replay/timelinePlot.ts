import type { Mark } from '../../../shared/marks.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { TimeRange, Timeline } from '../../../shared/replay.ts';
import type { CanvasFonts } from '../../canvas/fonts.ts';
import type { CanvasSurface } from '../../canvas/useCanvasView.ts';

export interface TimelineScene {
  readonly whole: TimeRange;
  readonly range: TimeRange;
  readonly isZoomed: boolean;
  readonly timeline: Timeline | null;
  readonly problem: string | null;
  readonly marks: readonly Mark[];
  readonly position: EpochMs;
  readonly isSeeking: boolean;
  readonly loop: TimeRange | null;
  /** False while it is being drawn with the pointer. */
  readonly isLoopChosen: boolean;
  readonly loopStart: EpochMs | null;
}

/** Where a press moves what is shown, while that is a part. */
export const overviewHeight = 8;
/** How near the pointer has to be to a mark. */
export const markReachPx = 5;
export const plotHeight = 28;

/** A scene on its surface. */
export interface Plot {
  readonly scene: TimelineScene;
  readonly surface: CanvasSurface;
  readonly fonts: CanvasFonts;
  readonly top: number;
  readonly bottom: number;
  readonly playedX: number;
  readonly x: (time: EpochMs) => number;
}
