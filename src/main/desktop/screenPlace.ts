export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How much of a title bar has to be on some screen, for a hand to reach it. */
export const reachableWidth = 100;
export const titleBarHeight = 40;

/**
 * Where a window that wants to be at `wanted` can stand on these screens. Unchanged when its title bar can be reached;
 * otherwise moved, and shrunk if need be, into the work area whose middle is nearest.
 */
export function placeOnScreen(wanted: Bounds, workAreas: readonly Bounds[]): Bounds {
  if (workAreas.length === 0 || workAreas.some((area) => isTitleBarReachable(wanted, area))) {
    return wanted;
  }
  const [nearest = wanted] = workAreas.toSorted(
    (left, right) => distance(wanted, left) - distance(wanted, right),
  );
  const width = Math.min(wanted.width, nearest.width);
  const height = Math.min(wanted.height, nearest.height);
  return {
    x: clamp(wanted.x, nearest.x, nearest.x + nearest.width - width),
    y: clamp(wanted.y, nearest.y, nearest.y + nearest.height - height),
    width,
    height,
  };
}

export function sameBounds(left: Bounds, right: Bounds): boolean {
  return (
    left.x === right.x &&
    left.y === right.y &&
    left.width === right.width &&
    left.height === right.height
  );
}

/** In the middle of a screen, no larger than it. */
export function centered(width: number, height: number, area: Bounds): Bounds {
  const fittingWidth = Math.min(width, area.width);
  const fittingHeight = Math.min(height, area.height);
  return {
    x: area.x + Math.floor((area.width - fittingWidth) / 2),
    y: area.y + Math.floor((area.height - fittingHeight) / 2),
    width: fittingWidth,
    height: fittingHeight,
  };
}

function isTitleBarReachable(window: Bounds, area: Bounds): boolean {
  const visibleWidth =
    Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  const isBarInside = window.y >= area.y && window.y + titleBarHeight <= area.y + area.height;
  return isBarInside && visibleWidth >= Math.min(reachableWidth, window.width);
}

function distance(window: Bounds, area: Bounds): number {
  return Math.hypot(
    window.x + window.width / 2 - (area.x + area.width / 2),
    window.y + window.height / 2 - (area.y + area.height / 2),
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
