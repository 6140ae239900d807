import { Fragment, useMemo, useState } from 'react';
import type { FeedHealth } from '../../../shared/feedHealth.ts';
import type { MarketId } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venues } from '../../../shared/venues.ts';
import { zoneLabel } from '../../format/time.ts';
import { useHealth, useHostStatus, useMarketStore, useTopicValue } from '../../store/hooks.ts';
import { PanelMessage } from '../../widgets/PanelMessage.tsx';
import { useRowFocus } from '../../widgets/rowFocus.ts';
import type { PanelProps } from '../../workspace/panel.ts';
import { healthHistory } from '../../workspace/healthHistory.ts';
import { useHealthPast } from '../../workspace/healthPast.ts';
import { NowLabel } from '../../workspace/replay/NowLabel.tsx';
import { useHostNow, useHostStep, useLinked } from '../../workspace/session.ts';
import { StreamLine } from './StreamLine.tsx';
import { TotalsLine } from './TotalsLine.tsx';
import { VenueLine } from './VenueLine.tsx';
import type { HealthOptions } from './healthOptions.ts';
import { parseHealthOptions } from './healthOptions.ts';
import type { StreamRow, VenueRows } from './healthRows.ts';
import {
  computeVenueRows,
  hasTrouble,
  isLateStream,
  isLostStream,
  lateVenues,
} from './healthRows.ts';
import { ScopeMenu } from './ScopeMenu.tsx';
import './connectionHealth.css';

interface HeadProps {
  readonly trouble: boolean;
  readonly market: string;
  readonly options: HealthOptions;
  readonly onChange: (options: HealthOptions) => void;
}

function Head({ trouble, market, options, onChange }: HeadProps) {
  return (
    <div className="health-row health-head" role="row">
      <span className="health-streams" role="columnheader">
        <ScopeMenu market={market} options={options} onChange={onChange} />
      </span>
      <span role="columnheader">msg/s</span>
      {trouble ? (
        <>
          <span role="columnheader">Last data / limit</span>
          <span className="health-next" role="columnheader">
            What happens next
          </span>
        </>
      ) : (
        <>
          <span role="columnheader">Last data</span>
          <span className="health-limit" role="columnheader">
            Limit
          </span>
          <span role="columnheader">Lag p50 ms</span>
          <span role="columnheader">p99 ms</span>
          <span role="columnheader">Gaps / M</span>
          <span className="health-resyncs" role="columnheader">
            Resyncs
          </span>
        </>
      )}
      <span className="health-hour" role="columnheader">
        <span>60 min ago</span>
        <span className="num" title={zoneLabel()}>
          <NowLabel />
        </span>
      </span>
    </div>
  );
}

function venueKey(row: VenueRows): string {
  return `venue ${row.venue}`;
}

function keyOfStream(stream: StreamRow): string {
  return `stream ${stream.health.venue} ${stream.channel}`;
}

interface TableProps extends Pick<PanelProps, 'market' | 'saveOptions' | 'openHelp'> {
  readonly health: FeedHealth;
  readonly rows: readonly VenueRows[];
  readonly options: HealthOptions;
  readonly linked: boolean;
}

function HealthTable({ health, rows, options, linked, ...props }: TableProps) {
  const store = useMarketStore();
  const past = useHealthPast();
  const [opened, setOpened] = useState<string | null>(null);
  const trouble = !linked || hasTrouble(rows);
  // A pixel is several seconds; only a lost host is drawn at once.
  const ribbonNow = useHostStep(5000) + (linked ? 0 : 1);
  const now = useHostNow(100);
  const rowProps = useRowFocus(
    rows.flatMap((row) => [venueKey(row), ...row.streams.map((stream) => keyOfStream(stream))]),
  );
  const history = healthHistory(store);
  const { market, saveOptions, openHelp } = props;
  const line = (key: string) => ({
    ...{ now, ribbonNow, trouble, linked, history, past, openHelp },
    open: opened === key,
    onToggle: () => setOpened(opened === key ? null : key),
    rowProps: rowProps(key),
  });
  return (
    <div
      role="treegrid"
      aria-label="Connections and streams"
      data-trouble={trouble}
      className="health-table"
      data-row-list
    >
      <Head trouble={trouble} market={market} options={options} onChange={saveOptions} />
      {rows.map((row) => (
        <Fragment key={row.venue}>
          <VenueLine
            {...line(venueKey(row))}
            row={row}
            apiChanges={health.apiChanges.filter((change) => change.venue === row.venue)}
          />
          {row.streams.map((stream) => (
            <StreamLine
              key={stream.channel}
              {...line(keyOfStream(stream))}
              stream={stream}
              late={isLateStream(row, stream)}
              lost={isLostStream(row, stream)}
            />
          ))}
        </Fragment>
      ))}
    </div>
  );
}

/** As one text, so that a price which only moves renders nothing. */
function useLateVenues(market: MarketId): ReadonlySet<VenueId> {
  const names = useTopicValue([{ topic: 'incidents' }, { topic: 'price', market }], (store) =>
    [...lateVenues(store.incidents(), store.price(market))].join(' '),
  );
  return useMemo(() => {
    const late = names.split(' ');
    return new Set(venues.map(({ id }) => id).filter((id) => late.includes(id)));
  }, [names]);
}

/** Every connection and stream: how fresh, how fast, what is missing, what happens next. */
export function ConnectionHealthPanel({ market, savedOptions, ...props }: PanelProps) {
  const health = useHealth();
  const status = useHostStatus();
  const linked = useLinked();
  const now = useHostNow();
  const late = useLateVenues(market);
  const options = useMemo(() => parseHealthOptions(savedOptions), [savedOptions]);
  const rows = useMemo(
    () =>
      health === null
        ? []
        : computeVenueRows(health, {
            market: options.allMarkets ? null : market,
            allChannels: options.allChannels,
            late,
          }),
    [health, market, options, late],
  );
  if (health === null) {
    return (
      <PanelMessage
        mark={linked ? 'connecting' : 'disconnected'}
        title={linked ? 'Waiting for the first report' : 'No connection to the engine'}
        text="Connections are listed as soon as the engine reports them, within a second."
      />
    );
  }
  if (rows.length === 0) {
    return (
      <PanelMessage
        mark="connecting"
        title="No venue is connected yet"
        text="The engine opens its connections when a window asks for data."
      />
    );
  }
  return (
    <div className="health">
      <HealthTable
        {...props}
        market={market}
        health={health}
        rows={rows}
        options={options}
        linked={linked}
      />
      <TotalsLine health={health} status={status} now={now} />
    </div>
  );
}
