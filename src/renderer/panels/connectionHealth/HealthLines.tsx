import { Pause, Play, RefreshCw } from 'lucide-react';
import { useMemo } from 'react';
import type { Command } from '../../../shared/bridge.ts';
import type { GapRecord } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { noValue } from '../../format/digits.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount, formatRate, formatRatio } from '../../format/quantity.ts';
import { formatTime } from '../../format/time.ts';
import { useMarketStore } from '../../store/hooks.ts';
import { IconButton } from '../../widgets/IconButton.tsx';
import { Ribbon } from '../../widgets/Ribbon.tsx';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import type { Validity } from '../../widgets/validity.ts';
import { connectionValidity, streamValidity } from '../../widgets/validity.ts';
import type { HealthHistory } from '../../workspace/healthHistory.ts';
import { streamKey } from '../../workspace/healthHistory.ts';
import { useToasts } from '../../workspace/toasts.ts';
import type { StreamRow, VenueRows } from './healthRows.ts';
import { ageOf, channelNames, gapsPerMillion, isTrouble, worstConnection } from './healthRows.ts';
import {
  connectionNext,
  lagWords,
  shortSocketWords,
  socketWords,
  streamNext,
} from './healthWords.ts';

interface LineProps {
  readonly now: EpochMs;
  readonly ribbonNow: EpochMs;
  readonly trouble: boolean;
  readonly linked: boolean;
  readonly history: HealthHistory;
}

function VenueActions({ row }: { readonly row: VenueRows }) {
  const store = useMarketStore();
  const show = useToasts((state) => state.show);
  const name = venueRecord(row.venue).name;
  const paused = row.connections.some((connection) => connection.reason === 'paused');
  const send = (command: Command) => () =>
    void store.command(command).then((answer) => {
      if (!answer.ok) show({ mark: 'error', title: name, text: answer.message, stays: true });
    });
  return (
    <span className="health-actions">
      <IconButton
        icon={RefreshCw}
        label={`Reconnect ${name}`}
        onClick={send({ type: 'reconnectVenue', venue: row.venue })}
      />
      <IconButton
        icon={paused ? Play : Pause}
        label={paused ? `Resume ${name}` : `Pause ${name}`}
        onClick={send({ type: paused ? 'resumeVenue' : 'pauseVenue', venue: row.venue })}
      />
    </span>
  );
}

/** The venue is as bad as its worst stream, and worse when its socket is down. */
function venueMark(row: VenueRows, linked: boolean): Validity {
  if (!linked) return 'disconnected';
  const worst = worstConnection(row.connections);
  const byConnection = worst === null ? 'disconnected' : connectionValidity(worst.status);
  if (byConnection !== 'live') return byConnection;
  const order: readonly Validity[] = ['error', 'stale', 'resyncing', 'connecting'];
  const states = row.streams.map(({ health }) => streamValidity(health.status));
  return order.find((state) => states.includes(state)) ?? 'live';
}

function venueWords(row: VenueRows, now: EpochMs): string | null {
  const worst = worstConnection(row.connections);
  const next = worst === null ? null : connectionNext(worst, now);
  if (next !== null) return next;
  const stale = row.streams.find(({ health }) => health.status === 'stale');
  return stale?.health.note ?? null;
}

export function VenueLine({
  row,
  now,
  ribbonNow,
  trouble,
  linked,
  history,
}: LineProps & { readonly row: VenueRows }) {
  const mark = venueMark(row, linked);
  const record = venueRecord(row.venue);
  const next = linked ? venueWords(row, now) : 'Waiting for the engine';
  const lastError = row.connections
    .flatMap((connection) => (connection.lastError === null ? [] : [connection.lastError]))
    .toSorted((a, b) => b.time - a.time)[0];
  // By name, not by value: health comes ten times a second, and the ribbon moves every few seconds.
  const names = row.connections.map(({ connection }) => connection).join(' ');
  const spans = useMemo(
    () => names.split(' ').flatMap((name) => history.spans(`connection ${name}`, [], ribbonNow)),
    [names, history, ribbonNow],
  );
  const errorWords =
    lastError === undefined ? '' : `Last error ${formatTime(lastError.time)}: ${lastError.message}`;
  return (
    <div className="health-row health-venue" role="row" data-state={mark} data-venue={row.venue}>
      <span className="health-mark" role="cell">
        <ValidityMark state={mark} label={`${record.name} ${mark}`} />
      </span>
      <span className="health-name" role="rowheader">
        <VenueTag venue={row.venue} counted={mark === 'live'} />
        <b>{record.name}</b>
      </span>
      <span className="health-socket num" role="cell" title={errorWords}>
        {trouble ? shortSocketWords(row.connections, now) : socketWords(row.connections, now)}
        {trouble ? null : <VenueActions row={row} />}
      </span>
      {trouble ? (
        <span className="health-next num" role="cell" data-state={mark} title={errorWords}>
          {next ?? ''}
          <VenueActions row={row} />
        </span>
      ) : null}
      <span className="health-ribbon" role="cell">
        <Ribbon spans={spans} now={ribbonNow} label={record.name} />
      </span>
    </div>
  );
}

function LagCell({ lagMs }: { readonly lagMs: number | null }) {
  const { text, title } = lagWords(lagMs);
  return (
    <span className="num health-strong" role="cell" title={title}>
      {text}
    </span>
  );
}

export function StreamLine({
  stream,
  now,
  ribbonNow,
  trouble,
  linked,
  history,
  gaps,
}: LineProps & { readonly stream: StreamRow; readonly gaps: readonly GapRecord[] }) {
  const { health, channel, count } = stream;
  const state = linked ? streamValidity(health.status) : 'disconnected';
  const name = count > 1 ? `${channelNames[channel]}, ${count} markets` : channelNames[channel];
  const spans = useMemo(() => {
    const own = gaps.filter(
      (gap) =>
        gap.venue === health.venue &&
        gap.channel === channel &&
        (count > 1 || gap.instrument === health.instrument),
    );
    return history.spans(streamKey(health.instrument, channel), own, ribbonNow);
  }, [gaps, health.venue, health.instrument, channel, count, history, ribbonNow]);
  const age = formatDuration(ageOf(health.lastReceivedTime, now));
  const limit = formatDuration(health.silenceLimitMs);
  const bad = isTrouble(health) || !linked;
  return (
    <div className="health-row health-stream" role="row" data-state={state} data-channel={channel}>
      <span className="health-mark" role="cell">
        <ValidityMark state={state} label={`${name} ${state}`} />
      </span>
      <span className="health-name" role="rowheader" title={health.topic}>
        {name}
      </span>
      <span className="num health-strong" role="cell">
        {linked ? formatRate(health.messagesPerSec) : noValue}
      </span>
      {trouble ? (
        <>
          <span className="num" role="cell">
            <b className={bad ? 'health-late' : ''}>{age}</b> / {limit}
          </span>
          <span className="health-next num" role="cell" data-state={state}>
            {linked ? streamNext(health, now) : noValue}
          </span>
        </>
      ) : (
        <>
          <span className="num health-strong" role="cell">
            {age}
          </span>
          <span className="num" role="cell">
            {limit}
          </span>
          <LagCell lagMs={health.lagP50Ms} />
          <LagCell lagMs={health.lagP99Ms} />
          <span className={`num ${health.gaps > 0 ? 'health-strong' : ''}`} role="cell">
            {formatRatio(gapsPerMillion(health))}
          </span>
          <span className={`num ${health.resyncs > 0 ? 'health-strong' : ''}`} role="cell">
            {formatCount(health.resyncs)}
          </span>
        </>
      )}
      <span className="health-ribbon" role="cell">
        <Ribbon spans={spans} now={ribbonNow} label={`${venueRecord(health.venue).name} ${name}`} />
      </span>
    </div>
  );
}
