import { useMemo } from 'react';
import type { LatencyReport, LatencySpan, VenueLatency } from '../../../shared/latency.ts';
import { latencySpans } from '../../../shared/latency.ts';
import { venueIds, venueRecord } from '../../../shared/venues.ts';
import { formatCount, formatMs } from '../../format/quantity.ts';
import { useTopicValue } from '../../store/hooks.ts';
import { PanelMessage } from '../../widgets/PanelMessage.tsx';
import { SegmentedControl } from '../../widgets/SegmentedControl.tsx';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import type { PanelProps } from '../../workspace/panel.ts';
import { useLinked, useWindowState } from '../../workspace/session.ts';
import type { LatencyOptions } from './latencyOptions.ts';
import { parseLatencyOptions } from './latencyOptions.ts';
import { spanNames } from './latencyWords.ts';
import { StageTable } from './StageTable.tsx';
import { Trend } from './Trend.tsx';
import { VenueTable } from './VenueTable.tsx';
import './latency.css';

interface ControlsProps {
  readonly options: LatencyOptions;
  readonly onChange: (options: LatencyOptions) => void;
}

const venueChoices = [
  { value: 'all', label: 'All' },
  ...venueIds.map((value) => ({ value, label: venueRecord(value).name })),
] as const;
const spanChoices = latencySpans.map((value) => ({ value, label: spanNames[value] }));

function Controls({ options, onChange }: ControlsProps) {
  return (
    <div className="latency-controls">
      <SegmentedControl
        label="Venue"
        choices={venueChoices}
        value={options.venue}
        onChoose={(venue) => onChange({ ...options, venue })}
      />
      <SegmentedControl
        label="Span"
        choices={spanChoices}
        value={options.span}
        onChoose={(span) => onChange({ ...options, span })}
      />
    </div>
  );
}

interface HeadlineProps {
  readonly venue: VenueLatency | null;
  readonly limitMs: number;
}

function Headline({ venue, limitMs }: HeadlineProps) {
  const { count = 0, p50Ms = null, p99Ms = null, maxMs = null } = venue?.receivedToPainted ?? {};
  const isWithin = p99Ms !== null && p99Ms <= limitMs;
  return (
    <section className="latency-headline num" aria-label="Received to painted">
      <h3>Received to painted</h3>
      <p className="latency-hero">
        <b>{formatMs(p50Ms)}</b> ms p50
      </p>
      <p>
        <b>{formatMs(p99Ms)}</b> ms p99
      </p>
      <p>
        <b>{formatMs(maxMs)}</b> ms max
      </p>
      <p className="latency-verdict">
        <span>{count === 0 ? 'nothing painted yet' : `${formatCount(count)} values`}</span>
        {p99Ms === null ? null : (
          <span data-within={isWithin}>
            {isWithin ? null : <ValidityMark state="stale" label={null} />}
            p99 {isWithin ? 'within' : 'over'} {limitMs} ms
          </span>
        )}
      </p>
    </section>
  );
}

function Figures({ report, options }: { report: LatencyReport; options: LatencyOptions }) {
  const wanted = options.venue === 'all' ? null : options.venue;
  const venue = report.venues.find((each) => each.venue === wanted) ?? null;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be in reach of the keys
    <div className="latency-body" role="region" aria-label="Latency figures" tabIndex={0}>
      <div className="latency-own">
        <Headline venue={venue} limitMs={report.limitP99Ms} />
        <StageTable venue={venue} />
        <p className="latency-note">
          Hatched: rests on an estimated clock. A bar starts where the median before it ends.
          Percentiles do not add up; the stages of each message do. 24 h tickers come on a schedule
          and are never used here.
        </p>
      </div>
      <div className="latency-whole">
        <Trend report={report} />
        <VenueTable venues={report.venues} />
      </div>
    </div>
  );
}

function useReport(span: LatencySpan): LatencyReport | null {
  return useTopicValue([{ topic: 'latency', span }], (store) => store.latency(span));
}

/** Where the time of a message goes, from the venue's event to the painted frame. */
export function LatencyPanel({ savedOptions, saveOptions }: PanelProps) {
  const options = useMemo(() => parseLatencyOptions(savedOptions), [savedOptions]);
  const report = useReport(options.span);
  const linked = useLinked();
  const source = useWindowState((state) => state.source);
  return (
    <div className="latency">
      <Controls options={options} onChange={saveOptions} />
      {problemOf(linked, source, report) ?? (
        <>{report === null ? null : <Figures report={report} options={options} />}</>
      )}
    </div>
  );
}

function problemOf(linked: boolean, source: string | null, report: LatencyReport | null) {
  if (!linked) {
    return (
      <PanelMessage
        mark="disconnected"
        title="No connection to the engine"
        text="Nothing is painted from it, so nothing is measured. It goes on when the engine answers."
      />
    );
  }
  if (source?.startsWith('replay:') === true) {
    return (
      <PanelMessage
        title="Not measured in a replay"
        text="Recorded frames come off no wire. Latency is measured on live and simulated markets."
      />
    );
  }
  if (report !== null) return null;
  return (
    <PanelMessage
      mark="connecting"
      title="Waiting for the first report"
      text="The engine reports once a second."
    />
  );
}
