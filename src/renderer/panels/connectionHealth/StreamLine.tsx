import { useMemo } from 'react';
import { venueRecord } from '../../../shared/venues.ts';
import { noValue } from '../../format/digits.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount, formatRate, formatRatio } from '../../format/quantity.ts';
import { Ribbon } from '../../widgets/Ribbon.tsx';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import { streamValidity } from '../../widgets/validity.ts';
import { streamKey } from '../../workspace/healthHistory.ts';
import { streamSpans } from '../../workspace/incidentSpans.ts';
import { HealthRow } from './HealthRow.tsx';
import type { StreamRow } from './healthRows.ts';
import { ageOf, channelNames, gapsBase, gapsPerMillion, isTrouble } from './healthRows.ts';
import { lagWords, lateNext, streamNext } from './healthWords.ts';
import { StreamDetails } from './StreamDetails.tsx';
import type { LineProps } from './VenueLine.tsx';

function LagCell({ lagMs }: { readonly lagMs: number | null }) {
  const { text, title } = lagWords(lagMs);
  return (
    <span className="num health-strong" role="gridcell" title={title}>
      {text}
    </span>
  );
}

function useStreamSpans(stream: StreamRow, { history, past, ribbonNow }: LineProps) {
  const { channel, count } = stream;
  const { venue, connection, instrument } = stream.health;
  const { gaps, incidents, watchedSince } = past;
  return useMemo(() => {
    const own = gaps.filter(
      (gap) =>
        gap.venue === venue &&
        gap.channel === channel &&
        (count > 1 || gap.instrument === instrument),
    );
    const place = { venue, connection, channel, instrument: count > 1 ? null : instrument };
    const spans = streamSpans(incidents, place, ribbonNow);
    return history.spans(
      streamKey(instrument, channel),
      { gaps: own, spans, watchedSince },
      ribbonNow,
    );
  }, [
    gaps,
    incidents,
    watchedSince,
    venue,
    connection,
    instrument,
    channel,
    count,
    history,
    ribbonNow,
  ]);
}

function Figures({ stream, linked }: { readonly stream: StreamRow; readonly linked: boolean }) {
  const { health } = stream;
  const strong = (count: number) => `num ${count > 0 ? 'health-strong' : ''}`;
  return (
    <>
      <LagCell lagMs={linked ? health.lagP50Ms : null} />
      <LagCell lagMs={linked ? health.lagP99Ms : null} />
      <span className={strong(health.gaps)} role="gridcell" title={gapsBase(health)}>
        {formatRatio(gapsPerMillion(health))}
      </span>
      <span className={`${strong(health.resyncs)} health-resyncs`} role="gridcell">
        {formatCount(health.resyncs)}
      </span>
    </>
  );
}

interface StreamLineProps extends LineProps {
  readonly stream: StreamRow;
  /** What comes is seconds old, however punctually it comes. */
  readonly late: boolean;
  /** Its socket is gone. */
  readonly lost: boolean;
}

function lateWords({ lagP50Ms }: StreamRow['health']): string {
  if (lagP50Ms === null || lagP50Ms < 1000) return lateNext;
  return `Arrives ${formatDuration(lagP50Ms)} late, not counted`;
}

export function StreamLine(props: StreamLineProps) {
  const { stream, late, lost, now, ribbonNow, trouble, linked, open, onToggle, rowProps } = props;
  const { openHelp } = props;
  const { health, channel, count } = stream;
  const own = late ? 'stale' : streamValidity(health.status);
  const state = linked && !lost ? own : 'disconnected';
  const name = count > 1 ? `${channelNames[channel]}, ${count}` : channelNames[channel];
  const spans = useStreamSpans(stream, props);
  const age = formatDuration(ageOf(health.lastReceivedTime, now));
  const limit = formatDuration(health.silenceLimitMs);
  const bad = isTrouble(health) || late || !linked;
  const words = late ? lateWords(health) : streamNext(health, now);
  const next = linked ? words : noValue;
  return (
    <HealthRow
      className="health-stream"
      level={2}
      state={state}
      open={open}
      onToggle={onToggle}
      rowProps={rowProps}
      attributes={{ 'data-channel': channel }}
      details={
        <StreamDetails stream={stream} late={late} now={now} linked={linked} openHelp={openHelp} />
      }
    >
      <span className="health-mark" role="gridcell">
        <ValidityMark state={state} label={`${name} ${state}`} />
      </span>
      <span className="health-name" role="rowheader" title={health.topic}>
        {name}
      </span>
      <span className="num health-strong" role="gridcell">
        {linked ? formatRate(health.messagesPerSec) : noValue}
      </span>
      {trouble ? (
        <>
          <span className="num" role="gridcell">
            <b className={bad ? 'health-late' : ''}>{age}</b> / {limit}
          </span>
          <span className="health-next num" role="gridcell" data-state={state} title={next}>
            {next}
          </span>
        </>
      ) : (
        <>
          <span className="num health-strong" role="gridcell">
            {age}
          </span>
          <span className="num health-limit" role="gridcell">
            {limit}
          </span>
          <Figures stream={stream} linked={linked} />
        </>
      )}
      <span className="health-ribbon" role="gridcell">
        <Ribbon spans={spans} now={ribbonNow} label={`${venueRecord(health.venue).name} ${name}`} />
      </span>
    </HealthRow>
  );
}
