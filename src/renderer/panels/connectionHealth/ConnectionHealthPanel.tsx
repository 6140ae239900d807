import { useMemo } from 'react';
import * as v from 'valibot';
import type { GapRecord } from '../../../shared/feedHealth.ts';
import { zoneLabel } from '../../format/time.ts';
import { useHealth, useMarketStore, useTopicValue } from '../../store/hooks.ts';
import { PanelMessage } from '../../widgets/PanelMessage.tsx';
import type { PanelProps } from '../../workspace/panel.ts';
import { healthHistory } from '../../workspace/healthHistory.ts';
import { useHostNow, useLinked } from '../../workspace/session.ts';
import { StreamLine, VenueLine } from './HealthLines.tsx';
import { computeVenueRows, hasTrouble } from './healthRows.ts';
import './connectionHealth.css';

const optionsSchema = v.object({
  allMarkets: v.fallback(v.boolean(), false),
  allChannels: v.fallback(v.boolean(), false),
});
type HealthOptions = v.InferOutput<typeof optionsSchema>;

function parseHealthOptions(saved: unknown): HealthOptions {
  const result = v.safeParse(optionsSchema, saved);
  return result.success ? result.output : { allMarkets: false, allChannels: false };
}

const gapsTopic = [{ topic: 'gaps' }] as const;

function useGaps(): readonly GapRecord[] {
  return useTopicValue(gapsTopic, (store) => store.gaps());
}

interface HeadProps {
  readonly trouble: boolean;
  readonly market: string;
  readonly options: HealthOptions;
  readonly onChange: (changes: Partial<HealthOptions>) => void;
}

function Head({ trouble, market, options, onChange }: HeadProps) {
  return (
    <div className="health-row health-head" role="row">
      <span className="health-scope" role="columnheader">
        <button
          type="button"
          title="Streams of one market, or of all together"
          onClick={() => onChange({ allMarkets: !options.allMarkets })}
        >
          {options.allMarkets ? 'All markets' : market}
        </button>
        <button
          type="button"
          aria-pressed={options.allChannels}
          title="Quotes and tickers too"
          onClick={() => onChange({ allChannels: !options.allChannels })}
        >
          {options.allChannels ? 'all streams' : 'main streams'}
        </button>
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
          <span role="columnheader">Lag p50</span>
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
  const ribbonNow = useHostNow(5000);
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
      <Head
        trouble={trouble}
        market={market}
        options={options}
        onChange={(changes) => saveOptions({ ...options, ...changes })}
      />
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
