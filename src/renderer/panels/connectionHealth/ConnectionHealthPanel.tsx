import { useMemo } from 'react';
import type { GapRecord } from '../../../shared/feedHealth.ts';
import { zoneLabel } from '../../format/time.ts';
import { useHealth, useMarketStore, useTopicValue } from '../../store/hooks.ts';
import { PanelMessage } from '../../widgets/PanelMessage.tsx';
import type { PanelProps } from '../../workspace/panel.ts';
import { healthHistory } from '../../workspace/healthHistory.ts';
import { useHostNow, useHostStep, useLinked } from '../../workspace/session.ts';
import { StreamLine, VenueLine } from './HealthLines.tsx';
import type { HealthOptions } from './healthOptions.ts';
import { parseHealthOptions } from './healthOptions.ts';
import { computeVenueRows, hasTrouble } from './healthRows.ts';
import { ScopeMenu } from './ScopeMenu.tsx';
import './connectionHealth.css';

const gapsTopic = [{ topic: 'gaps' }] as const;

function useGaps(): readonly GapRecord[] {
  return useTopicValue(gapsTopic, (store) => store.gaps());
}

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
          <span role="columnheader">Limit</span>
          <span role="columnheader">Lag p50 ms</span>
          <span role="columnheader">p99 ms</span>
          <span role="columnheader">Gaps / M</span>
          <span role="columnheader">Resyncs</span>
        </>
      )}
      <span className="health-hour" role="columnheader">
        <span>60 min ago</span>
        <span title={zoneLabel()}>now</span>
      </span>
    </div>
  );
}

/** Every connection and stream: how fresh, how fast, what is missing, what happens next. */
export function ConnectionHealthPanel({ market, savedOptions, saveOptions }: PanelProps) {
  const store = useMarketStore();
  const health = useHealth();
  const linked = useLinked();
  const gaps = useGaps();
  const options = useMemo(() => parseHealthOptions(savedOptions), [savedOptions]);
  const rows = useMemo(
    () =>
      health === null
        ? []
        : computeVenueRows(health, {
            market: options.allMarkets ? null : market,
            allChannels: options.allChannels,
          }),
    [health, market, options],
  );
  const trouble = !linked || hasTrouble(rows);
  // A pixel is several seconds; only a lost host is drawn at once.
  const ribbonNow = useHostStep(5000) + (linked ? 0 : 1);
  const now = useHostNow(100);

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
  const history = healthHistory(store);
  return (
    <div
      className="health"
      data-trouble={trouble}
      role="table"
      aria-label="Connections and streams"
    >
      <Head trouble={trouble} market={market} options={options} onChange={saveOptions} />
      <div className="health-body" role="rowgroup">
        {rows.map((row) => (
          <div key={row.venue} role="presentation">
            <VenueLine
              row={row}
              now={now}
              ribbonNow={ribbonNow}
              trouble={trouble}
              linked={linked}
              history={history}
            />
            {row.streams.map((stream) => (
              <StreamLine
                key={stream.channel}
                stream={stream}
                now={now}
                ribbonNow={ribbonNow}
                trouble={trouble}
                linked={linked}
                history={history}
                gaps={gaps}
              />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}
