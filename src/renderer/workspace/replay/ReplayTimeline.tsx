import type { KeyboardEvent, PointerEvent } from 'react';
import { useEffect, useMemo, useRef } from 'react';
import type { ReplayState } from '../../../shared/replay.ts';
import { identity, useSnapshot } from '../../canvas/snapshot.ts';
import { useCanvasView } from '../../canvas/useCanvasView.ts';
import { formatTime } from '../../format/time.ts';
import { useMarketStore, useMarkList } from '../../store/hooks.ts';
import { useLinkedMarket } from '../session.ts';
import type { TimelineHover } from './TimelineView.ts';
import { TimelineView } from './TimelineView.ts';
import { isOfFile, useReplayControl } from './replayControl.ts';
import { markWords, positionWords } from './replayWords.ts';
import { useReplayPosition } from './useReplay.ts';
import { useTimeline } from './useTimeline.ts';

const namedMarks = 4;
const noMarks: readonly never[] = [];

function Hover({ hover }: { readonly hover: TimelineHover }) {
  const { marks } = hover;
  const more = marks.length - namedMarks;
  return (
    <div className="timeline-tip" style={{ left: hover.x }} aria-hidden="true">
      <p className="num">{formatTime(hover.time)}</p>
      {marks.slice(0, namedMarks).map((mark) => (
        <p key={mark.id}>{markWords(mark)}</p>
      ))}
      {more > 0 ? <p>and {more} more</p> : null}
    </div>
  );
}

/** A slider for those who cannot see it: steps small enough to listen to. */
function useTimelineKeys(view: TimelineView, replay: ReplayState) {
  const control = useReplayControl();
  return (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const byMs = event.shiftKey ? 60_000 : 1000;
    const acts: Readonly<Record<string, () => void>> = {
      ArrowRight: () => control.moveBy(byMs),
      ArrowUp: () => control.moveBy(byMs),
      ArrowLeft: () => control.moveBy(-byMs),
      ArrowDown: () => control.moveBy(-byMs),
      PageUp: () => control.moveBy(600_000),
      PageDown: () => control.moveBy(-600_000),
      Home: () => control.seek(replay.startTime),
      End: () => control.seek(replay.endTime),
      '+': () => view.zoom(1),
      '=': () => view.zoom(1),
      '-': () => view.zoom(-1),
      '0': () => view.zoom(null),
      Escape: () => view.cancel(),
    };
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
}

/** A page scrolls with the wheel unless told not to, which React's own listener cannot. */
function useWheel(box: { readonly current: HTMLElement | null }, view: TimelineView): void {
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const x = event.clientX - element.getBoundingClientRect().left;
      view.wheel(x, event.deltaX, event.deltaY);
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [box, view]);
}

function useTimelinePointer(view: TimelineView) {
  const place = (event: PointerEvent<HTMLElement>) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  return {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture?.(event.pointerId);
      const { x, y } = place(event);
      view.press(x, y, event.shiftKey);
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => view.move(place(event).x),
    onPointerUp: () => view.release(),
    onPointerCancel: () => view.cancel(),
    onPointerLeave: () => view.leave(),
  };
}

interface ReplayTimelineProps {
  readonly replay: ReplayState;
  readonly view: TimelineView;
}

export function ReplayTimeline({ replay, view }: ReplayTimelineProps) {
  const store = useMarketStore();
  const control = useReplayControl();
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { timeline, problem } = useTimeline(replay, useLinkedMarket(1));
  const list = useMarkList();
  const marks = list?.session === replay.session ? list.marks : noMarks;
  const position = useReplayPosition(replay, 250);
  const hover = useSnapshot(view.hover, identity);
  useCanvasView(canvas, store, view);
  useWheel(box, view);
  const pointer = useTimelinePointer(view);
  const onKeyDown = useTimelineKeys(view, replay);
  useEffect(() => {
    view.show({ replay, timeline, problem, marks });
  }, [view, replay, timeline, problem, marks]);
  useEffect(() => {
    const stops = [control.target, control.loopStart].map((value) =>
      value.subscribe(view.markDirty),
    );
    return () => {
      for (const stop of stops) stop();
    };
  }, [control, view]);
  return (
    <div
      ref={box}
      className="timeline"
      role="slider"
      tabIndex={0}
      aria-label="Position in the recording"
      aria-disabled={isOfFile(replay)}
      aria-valuemin={replay.startTime}
      aria-valuemax={replay.endTime}
      aria-valuenow={position}
      aria-valuetext={positionWords(replay, position)}
      onKeyDown={onKeyDown}
      {...pointer}
    >
      <canvas ref={canvas} className="timeline-canvas num" />
      {hover === null ? null : <Hover hover={hover} />}
    </div>
  );
}

/** One per bar: its zoom is part of what a person looks at, and ends with the replay. */
export function useTimelineView(): TimelineView {
  const control = useReplayControl();
  return useMemo(() => new TimelineView(control), [control]);
}
