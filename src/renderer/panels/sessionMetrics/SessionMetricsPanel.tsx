import { Download, Pause, Play } from 'lucide-react';
import { useState } from 'react';
import type { EpochMs } from '../../../shared/market.ts';
import type { SessionMetrics } from '../../../shared/sessionMetrics.ts';
import { formatDuration, formatUptime } from '../../format/duration.ts';
import { formatDateTime, formatTime, zoneLabel } from '../../format/time.ts';
import { useMarketStore, useSessionMetrics } from '../../store/hooks.ts';
import { Button } from '../../widgets/Button.tsx';
import { PanelMessage } from '../../widgets/PanelMessage.tsx';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import type { Validity } from '../../widgets/validity.ts';
import type { PanelProps } from '../../workspace/panel.ts';
import { useHostNow, useLinked } from '../../workspace/session.ts';
import { ConnectionTable } from './ConnectionTable.tsx';
import type { CardState } from './MetricCard.tsx';
import { MetricCard } from './MetricCard.tsx';
import { computeCards } from './metricCards.ts';
import type { MetricsSample } from './metricsHistory.ts';
import { metricsHistory } from './metricsHistory.ts';
import './sessionMetrics.css';

/** Reports come once a second: after so many without one, they are old. */
const staleMs = 5_000;

interface Shown {
  readonly metrics: SessionMetrics;
  readonly samples: readonly MetricsSample[];
}

interface Frozen extends Shown {
  readonly time: EpochMs;
}

function useShown(): Shown | null {
  const metrics = useSessionMetrics();
  const store = useMarketStore();
  const samples = metricsHistory(store).upTo(metrics);
  return metrics === null ? null : { metrics, samples };
}

function stateOf(isPaused: boolean, linked: boolean, ageMs: number): CardState {
  if (isPaused) return 'paused';
  if (!linked) return 'disconnected';
  return ageMs > staleMs ? 'stale' : 'live';
}

const marks: Readonly<Record<Exclude<CardState, 'paused'>, Validity>> = {
  live: 'live',
  stale: 'stale',
  disconnected: 'disconnected',
};

function liveWords({ source }: SessionMetrics): string {
  if (source === 'live') return 'Live';
  return source === 'simulated' ? 'Simulated, running' : 'As recorded';
}

interface HeadProps {
  readonly shown: Shown;
  readonly state: CardState;
  readonly ageMs: number;
  readonly frozen: Frozen | null;
  readonly linked: boolean;
  readonly onPause: () => void;
  readonly onExport: () => void;
}

function stateWords({ shown, state, ageMs, frozen, linked }: HeadProps): string {
  const { metrics } = shown;
  if (frozen !== null) {
    const rest = linked ? 'the engine goes on' : 'the engine cannot be heard';
    return `Paused at ${formatTime(frozen.time)}, ${rest}`;
  }
  if (state === 'disconnected') return `Disconnected, figures of ${formatTime(metrics.time)}`;
  return state === 'stale' ? `No report for ${formatDuration(ageMs)}` : liveWords(metrics);
}

function Head(props: HeadProps) {
  const { shown, state, frozen, onPause, onExport } = props;
  const { startTime, time } = shown.metrics;
  return (
    <header className="metrics-controls">
      <p className="metrics-state" data-state={state} role="status">
        {state === 'paused' ? (
          <Pause size="1.2rem" aria-hidden="true" />
        ) : (
          <ValidityMark state={marks[state]} label={null} />
        )}
        <span className="num">{stateWords(props)}</span>
      </p>
      <p className="metrics-span num" title={`Since ${formatDateTime(startTime)} ${zoneLabel()}`}>
        <span className="metrics-label">Session</span>
        <b>{formatUptime(Math.max(0, time - startTime))}</b>
        <span className="metrics-since">
          since {formatTime(startTime)} {zoneLabel()}
        </span>
      </p>
      <Button size="small" icon={frozen === null ? Pause : Play} onClick={onPause}>
        {frozen === null ? 'Pause' : 'Resume'}
      </Button>
      <Button size="small" icon={Download} onClick={onExport}>
        Export
      </Button>
    </header>
  );
}

function Body({ shown, state, updated }: { shown: Shown; state: CardState; updated: string }) {
  const { metrics, samples } = shown;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be in reach of the keys
    <div className="metrics-body" role="region" aria-label="Session figures" tabIndex={0}>
      <ul className="metrics-cards" aria-label="Totals of the session">
        {computeCards(metrics, samples).map((card) => (
          <MetricCard key={card.key} card={card} state={state} updated={updated} />
        ))}
      </ul>
      {metrics.connections.length === 0 ? (
        <p className="metrics-none">
          No connection yet. The engine opens its connections when a window asks for data.
        </p>
      ) : (
        <ConnectionTable metrics={metrics} linked={state !== 'disconnected'} />
      )}
    </div>
  );
}

/** What the whole session was worth so far: the figures that a report and an export of it show. */
export function SessionMetricsPanel({ openExport }: PanelProps) {
  const latest = useShown();
  const linked = useLinked();
  const now = useHostNow();
  const [frozen, setFrozen] = useState<Frozen | null>(null);
  const shown = frozen ?? latest;
  if (shown === null) {
    return (
      <PanelMessage
        mark={linked ? 'connecting' : 'disconnected'}
        title={linked ? 'Waiting for the first report' : 'No connection to the engine'}
        text="The engine reports the figures of its session once a second."
      />
    );
  }
  const { source, time } = shown.metrics;
  const isRecorded = source !== 'live' && source !== 'simulated';
  // A replay's clock runs at its own speed, or stands: only its position says how old a figure is.
  const ageMs = isRecorded ? 0 : Math.max(0, now - time);
  const state = stateOf(frozen !== null, linked, ageMs);
  const updated = state === 'live' && !isRecorded ? ageWords(ageMs) : formatTime(time);
  return (
    <div className="metrics" data-state={state}>
      <Head
        {...{ shown, state, ageMs, frozen, linked }}
        onPause={() => setFrozen(frozen === null ? { ...shown, time: now } : null)}
        onExport={() => openExport({ table: 'metrics' })}
      />
      <Body shown={shown} state={state} updated={updated} />
    </div>
  );
}

function ageWords(ageMs: number): string {
  return ageMs < 1_000 ? 'now' : `${Math.floor(ageMs / 1_000)} s ago`;
}
