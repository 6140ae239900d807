import type { RefObject } from 'react';
import { useCallback, useEffect, useRef, useState } from 'react';

/** Rows beyond the edges, so that a flick of the wheel shows no hole. */
const beyond = 6;

interface RowWindowOptions {
  readonly count: number;
  readonly rowPx: number;
  /** One row may be taller, by so much in a list of that width. */
  readonly tall: { readonly index: number; readonly extraPx: (widthPx: number) => number } | null;
}

export interface RowWindow {
  readonly first: number;
  /** One behind the last. */
  readonly end: number;
  readonly totalPx: number;
  readonly topOf: (index: number) => number;
  readonly reveal: (index: number) => void;
}

/** For the element that scrolls, which of its rows are in sight: only those are drawn, however many there are. */
export function useRowWindow({
  count,
  rowPx,
  tall,
}: RowWindowOptions): readonly [RefObject<HTMLDivElement | null>, RowWindow] {
  const scroller = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState({ top: 0, width: 0, height: 0 });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const measure = () => {
      const { scrollTop, clientWidth, clientHeight } = element;
      setBox({ top: scrollTop, width: clientWidth, height: clientHeight });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    measure();
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);
  const tallIndex = tall?.index ?? count;
  const extraPx = tall?.extraPx(box.width) ?? 0;
  const topOf = useCallback(
    (index: number) => index * rowPx + (index > tallIndex ? extraPx : 0),
    [rowPx, tallIndex, extraPx],
  );
  const reveal = useCallback(
    (index: number) => {
      const element = scroller.current;
      if (element === null) return;
      const top = topOf(index);
      const bottom = topOf(index + 1);
      if (top < element.scrollTop) element.scrollTop = top;
      else if (bottom > element.scrollTop + element.clientHeight) {
        element.scrollTop = bottom - element.clientHeight;
      }
    },
    [topOf],
  );
  const first = Math.floor((box.top - extraPx) / rowPx) - beyond;
  const end = Math.ceil((box.top + box.height) / rowPx) + beyond;
  const view: RowWindow = {
    first: Math.min(Math.max(0, first), Math.max(0, count - 1)),
    end: Math.min(count, end),
    totalPx: count * rowPx + extraPx,
    topOf,
    reveal,
  };
  return [scroller, view];
}
