import { useEffect, useMemo, useRef, useState } from 'react';
import type { VenueId } from '../../../shared/venues.ts';
import { identity, Snapshot, useSnapshot } from '../../canvas/snapshot.ts';
import { useMarketStore, useSettings } from '../../store/hooks.ts';
import type { PanelProps } from '../../workspace/panel.ts';
import { ChartLegend } from './ChartLegend.tsx';
import { ChartMessage } from './ChartMessage.tsx';
import { parseChartOptions } from './chartOptions.ts';
import { ChartToolbar } from './ChartToolbar.tsx';
import { chartAttributes, describeChart } from './chartWords.ts';
import type { ChartFrame, ChartSubject } from './ChartView.ts';
import { ChartView, emptyFrame } from './ChartView.ts';
import './chart.css';

const noFrame = new Snapshot<ChartFrame>(emptyFrame);

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

function useInspection(view: ChartView | null, root: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (view === null) return undefined;
    const write = () => {
      for (const [name, value] of Object.entries(chartAttributes(view.frame.get()))) {
        root.current?.setAttribute(name, String(value));
      }
    };
    write();
    return view.frame.subscribe(write);
  }, [view, root]);
}

/** What stands over the chart, rendered with its updates: the panel around it is not. */
function ChartOverlay({
  view,
  subject,
}: {
  readonly view: ChartView;
  readonly subject: ChartSubject;
}) {
  const frame = useSnapshot(view.frame, identity);
  return (
    <>
      <p className="visually-hidden">{describeChart(subject, frame)}</p>
      <ChartLegend subject={subject} frame={frame} />
      <ChartMessage subject={subject} frame={frame} onRetry={() => view.retry()} />
    </>
  );
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
  const listed = useSnapshot(view?.frame ?? noFrame, (frame) => frame.listed);
  const chooseVenue = (venue: VenueId | null) => {
    setOptions({ venue });
    saveOptions({ venue });
  };
  return (
    <div ref={root} className="chart-panel" data-panel="chart">
      <ChartToolbar
        venue={options.venue}
        listed={listed}
        interval={interval}
        onVenue={chooseVenue}
        onInterval={chooseInterval}
      />
      <div className="chart-area">
        <div ref={box} className="chart-box" aria-hidden="true" />
        {view === null ? null : <ChartOverlay view={view} subject={subject} />}
      </div>
    </div>
  );
}
