import type { KeyboardEvent } from 'react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { parseMarketId } from '../../../shared/market.ts';
import type { TopicRequest } from '../../../shared/bridge.ts';
import { useSnapshot } from '../../canvas/snapshot.ts';
import { useCanvasView } from '../../canvas/useCanvasView.ts';
import { formatCount } from '../../format/quantity.ts';
import { useMarketStore } from '../../store/hooks.ts';
import type { MarketStore } from '../../store/marketStore.ts';
import type { PanelProps } from '../../workspace/panel.ts';
import { FilterFoot } from './FilterFoot.tsx';
import type { TapeOptions } from './tapeFilter.ts';
import { parseTapeOptions } from './tapeFilter.ts';
import { TapeTable } from './TapeTable.tsx';
import { describeTape, describeTapeGaps, TapeView } from './TapeView.ts';
import './tape.css';

const scrollSteps: Readonly<Record<string, number>> = {
  ArrowDown: 18,
  ArrowUp: -18,
  PageDown: 360,
  PageUp: -360,
  End: 1_000_000,
};

function useTapeTopics(store: MarketStore, view: TapeView, market: string): void {
  useEffect(() => {
    const requests: readonly TopicRequest[] = [
      { topic: 'trades', market },
      { topic: 'gaps' },
      { topic: 'price', market },
      { topic: 'health' },
    ];
    const stops = requests.map((request) => store.subscribeTopic(request, view.markDirty));
    return () => {
      for (const stop of stops) stop();
    };
  }, [store, view, market]);
}

function usePaintedAttributes(view: TapeView, root: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const write = () => {
      const frame = view.frame.get();
      root.current?.setAttribute('data-state', frame.state);
      root.current?.setAttribute('data-appended', String(frame.appended));
      root.current?.setAttribute('data-painted', JSON.stringify(describeTape(frame)));
      root.current?.setAttribute('data-gaps', JSON.stringify(describeTapeGaps(frame)));
    };
    write();
    return view.frame.subscribe(write);
  }, [view, root]);
}

/** Pointer and wheel; the wheel has to be heard actively, or the page would scroll too. */
function usePointer(view: TapeView, list: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = list.current;
    if (element === null) return undefined;
    const onWheel = (event: WheelEvent) => {
      if (event.ctrlKey) return;
      event.preventDefault();
      view.scrollBy(
        event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 18 : event.deltaY,
      );
    };
    const onEnter = () => view.setHovered(true);
    const onLeave = () => view.setHovered(false);
    element.addEventListener('wheel', onWheel, { passive: false });
    element.addEventListener('pointerenter', onEnter);
    element.addEventListener('pointerleave', onLeave);
    return () => {
      element.removeEventListener('wheel', onWheel);
      element.removeEventListener('pointerenter', onEnter);
      element.removeEventListener('pointerleave', onLeave);
    };
  }, [view, list]);
}

export function TapePanel(props: PanelProps) {
  const { market, saveOptions } = props;
  const store = useMarketStore();
  const [options, setOptions] = useState(() => parseTapeOptions(props.savedOptions));
  const unit = parseMarketId(market)?.base ?? '';
  const viewOptions = useMemo(() => ({ market, unit, options }), [market, unit, options]);
  const [view] = useState(() => new TapeView(store, viewOptions));
  useEffect(() => view.configure(viewOptions), [view, viewOptions]);
  useTapeTopics(store, view, market);

  const root = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useCanvasView(canvas, store, view);
  usePaintedAttributes(view, root);
  usePointer(view, list);
  const paused = useSnapshot(view.frame, (frame) => frame.paused);
  const fresh = useSnapshot(view.frame, (frame) => frame.fresh);
  const large = useSnapshot(view.frame, (frame) => frame.large);

  const change = (changes: Partial<TapeOptions>) => {
    const next = { ...options, ...changes };
    setOptions(next);
    saveOptions(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Home' || (event.key === 'Escape' && paused)) {
      event.preventDefault();
      view.resume();
      return;
    }
    const step = scrollSteps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    view.scrollBy(step);
  };
  return (
    <div ref={root} className="tape" data-panel="tape">
      <div ref={list} className="tape-list">
        <div
          className="tape-grid inset-focus"
          tabIndex={0}
          role="grid"
          aria-label={`Tape of ${market}: arrow keys scroll, Home returns to the newest trade`}
          onKeyDown={onKeyDown}
        >
          <canvas ref={canvas} className="tape-canvas" aria-hidden="true" />
          <TapeTable view={view} />
        </div>
        {paused ? (
          <button type="button" className="tape-chip num" onClick={() => view.resume()}>
            {fresh === 0 ? 'Paused' : `${formatCount(fresh)} new`}
          </button>
        ) : null}
      </div>
      <FilterFoot options={options} unit={unit} large={large} onChange={change} />
    </div>
  );
}
