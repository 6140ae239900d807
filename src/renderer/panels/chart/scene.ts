import type { EpochMs } from '../../../shared/market.ts';
import type { CanvasFonts } from '../../canvas/fonts.ts';
import type { Palette } from '../../theme/palette.ts';
import type { ChartMark } from './chartMarks.ts';
import type { CoverageLane } from './coverageLanes.ts';
import type { GapBand } from './gapBands.ts';
import type { LastPriceTag } from './lastPrice.ts';
import type { TimelineSlot } from './timeline.ts';

/** Everything that is drawn over and under the candles, as of the last update. */
export interface ChartScene {
  readonly colors: Palette;
  readonly fonts: CanvasFonts;
  readonly isSimulated: boolean;
  readonly slots: readonly TimelineSlot[];
  readonly decimals: number;
  readonly intervalMs: number;
  readonly bands: readonly GapBand[];
  readonly lanes: readonly CoverageLane[];
  readonly marks: readonly ChartMark[];
  /** Bar under the pointer. */
  readonly hovered: EpochMs | null;
  readonly last: LastPriceTag | null;
  /** Of the newest candle. */
  readonly direction: 'up' | 'down';
  /** Time until the newest candle closes; null when it should have closed. */
  readonly countdown: string | null;
  readonly now: number;
  /** Before this the engine was not running: history came from the venues afterwards. */
  readonly startedTime: number | null;
}

/** Height that the lanes take from the bottom of the pane. */
export function lanesHeight(laneCount: number, scale: number): number {
  return laneCount === 0 ? 0 : (laneCount * 6 + (laneCount - 1) * 4 + 9) * scale;
}

/** Top of one lane, from the top of the lanes' area. */
export function laneTop(index: number, scale: number): number {
  return (6 + index * 10) * scale;
}

/** Half of a line of 11 px and the tail of a comma. */
export const axisLabelHalf = 8;

/** Whether a label of the price axis at that height stands clear of the lanes: one that is cut off reads as another number. */
export function clearsLanes(y: number, paneHeight: number, lanes: number, scale: number): boolean {
  return y + axisLabelHalf * scale <= paneHeight - lanesHeight(lanes, scale);
}

export const volumeHeight = 74;

/** What the two lines of the legend take from the top of the pane. */
export const legendHeight = 54;
