import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { VenueId } from '../../../shared/venues.ts';
import { Snapshot } from '../../canvas/snapshot.ts';
import { useMarketStore, useSettings } from '../../store/hooks.ts';
import type { PanelProps } from '../../workspace/panel.ts';
import { coverageWords } from '../../widgets/validity.ts';
import { ChartLegend } from './ChartLegend.tsx';
import { ChartMessage } from './ChartMessage.tsx';
import { parseChartOptions } from './chartOptions.ts';
import { ChartToolbar } from './ChartToolbar.tsx';
import type { ChartFrame, ChartSubject } from './ChartView.ts';
import { ChartView } from './ChartView.ts';
import './chart.css';

const noFrame = new Snapshot<ChartFrame | null>(null);

/** The chart lives as long as its box; another market, venue or interval is shown in the same one. */
function useChartView(
  box: React.RefObject<HTMLDivElement | null>,
  subject: ChartSubject,
): ChartView | null {
  const store = useMarketStore();
  const [view, setView] = useState<ChartView | null>(null);
  const first = useRef(subject);
  useEffect(() => {
    if (box.current === null) return undefined;
    const created = new ChartView(box.current, store, first.current);
    setView(created);
    return () => {
      setView(null);
      created.close();
    };
  }, [box, store]);
  useEffect(() => {
    first.current = subject;
    view?.show(subject);
  }, [view, subject]);
  return view;
}

/** What tests and other programs may read of a chart that is otherwise only pixels. */
function useInspection(view: ChartView | null, root: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (view === null) return undefined;
    const write = () => {
      const { state, bars, pages, replaced, updated, shown } = view.frame.get();
      const attributes = {
        'data-state': state,
        'data-bars': bars,
        'data-pages': pages,
        'data-set-data': replaced,
        'data-updates': updated,
        'data-shown-time': shown?.openTime ?? '',
        'data-shown-close': shown?.close ?? '',
      };
      for (const [name, value] of Object.entries(attributes)) {
        root.current?.setAttribute(name, String(value));
      }
    };
    write();
    return view.frame.subscribe(write);
  }, [view, root]);
}

function describeChart(subject: ChartSubject, frame: ChartFrame): string {
  const whose = subject.venue === null ? 'consolidated' : subject.venue;
  return `Candles of ${subject.market}, ${subject.interval}, ${whose}. ${coverageWords(frame.cells)}.`;
}

export function ChartPanel(props: PanelProps) {
  const { market, interval, chooseInterval, saveOptions } = props;
  const settings = useSettings();
  const [options, setOptions] = useState(() => parseChartOptions(props.savedOptions));
  const subject = useMemo(
    () => ({ market, venue: options.venue, interval }),
    [market, options.venue, interval],
  );
  const root = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const view = useChartView(box, subject);
  useInspection(view, root);
  // The library formats its axes itself: another time zone or digit style has to be told.
  useEffect(() => view?.restyle(), [view, settings.timeZone, settings.digitGroups]);
  const snapshot = view?.frame ?? noFrame;
  const frame = useSyncExternalStore(snapshot.subscribe, snapshot.get);
  const chooseVenue = (venue: VenueId | null) => {
    setOptions({ venue });
    saveOptions({ venue });
  };
  return (
    <div ref={root} className="chart-panel" data-panel="chart">
      <ChartToolbar
        venue={options.venue}
        listed={frame?.listed ?? []}
        interval={interval}
        onVenue={chooseVenue}
        onInterval={chooseInterval}
      />
      <div className="chart-area">
        <div
          ref={box}
          className="chart-box"
          role="img"
          aria-label={frame === null ? `Candles of ${market}` : describeChart(subject, frame)}
        />
        {frame === null ? null : (
          <>
            <ChartLegend subject={subject} frame={frame} />
            <ChartMessage subject={subject} frame={frame} onRetry={() => view?.retry()} />
          </>
        )}
      </div>
    </div>
  );
}
