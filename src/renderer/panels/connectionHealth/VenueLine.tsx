import { useMemo } from 'react';
import type { ApiChange } from '../../../shared/feedHealth.ts';
import type { EpochMs } from '../../../shared/market.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { formatTime } from '../../format/time.ts';
import { Ribbon } from '../../widgets/Ribbon.tsx';
import type { RowProps } from '../../widgets/rowFocus.ts';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import type { Validity } from '../../widgets/validity.ts';
import { connectionValidity, streamValidity } from '../../widgets/validity.ts';
import type { HealthHistory } from '../../workspace/healthHistory.ts';
import type { HealthPast } from '../../workspace/healthPast.ts';
import { connectionSpans } from '../../workspace/incidentSpans.ts';
import type { PanelProps } from '../../workspace/panel.ts';
import type { Why } from '../../workspace/why.ts';
import { whyOfConnection, whyOfLate, whyOfStream } from '../../workspace/why.ts';
import { ConnectionDetails } from './ConnectionDetails.tsx';
import { HealthRow } from './HealthRow.tsx';
import type { VenueRows } from './healthRows.ts';
import { isTrouble, worstConnection } from './healthRows.ts';
import {
  connectionNext,
  lateNext,
  shortSocketWords,
  socketWords,
  streamNext,
} from './healthWords.ts';
import { isPaused, useVenueControl } from './useVenueControl.ts';
import { VenueMenu } from './VenueMenu.tsx';

/** What every line of the panel needs. */
export interface LineProps {
  readonly now: EpochMs;
  readonly ribbonNow: EpochMs;
  readonly trouble: boolean;
  readonly linked: boolean;
  readonly history: HealthHistory;
  readonly past: HealthPast;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly rowProps: RowProps;
  readonly openHelp: PanelProps['openHelp'];
}

/** The venue is as bad as its worst stream, and worse when its socket is down. */
function venueMark(row: VenueRows, linked: boolean): Validity {
  if (!linked) return 'disconnected';
  const worst = worstConnection(row.priceConnections);
  if (worst?.reason === 'banned' || worst?.reason === 'refused') return 'error';
  const byConnection = worst === null ? 'disconnected' : connectionValidity(worst);
  if (byConnection !== 'live') return byConnection;
  const order: readonly Validity[] = ['error', 'stale', 'resyncing', 'connecting'];
  const ofPrices = row.streams.filter(({ channel }) => channel !== 'candle');
  const states = ofPrices.map(({ health }) => streamValidity(health.status));
  return order.find((state) => states.includes(state)) ?? (row.late ? 'stale' : 'live');
}

function venueNext(row: VenueRows, now: EpochMs): string | null {
  const worst = worstConnection(row.connections);
  const next = worst === null ? null : connectionNext(worst, now);
  if (next !== null) {
    return worst === null || row.priceConnections.includes(worst) ? next : `Candles: ${next}`;
  }
  const streams = row.streams.filter(({ health }) => isTrouble(health));
  const planned = streams.find(({ health }) => health.next !== null) ?? streams[0];
  if (planned !== undefined) return streamNext(planned.health, now);
  return row.late ? lateNext : null;
}

function venueWhy(row: VenueRows): Why | null {
  const worst = worstConnection(row.connections);
  if (worst !== null && worst.status !== 'live') return whyOfConnection(worst);
  const stream = row.streams.find(({ health }) => isTrouble(health));
  if (stream !== undefined) return whyOfStream(stream.health);
  if (row.late) return whyOfLate;
  return worst === null ? null : whyOfConnection(worst);
}

function useVenueSpans(row: VenueRows, { history, past, ribbonNow }: LineProps) {
  // By name, not by value: health comes ten times a second, and the ribbon moves every few seconds.
  const names = row.connections.map(({ connection }) => connection).join(' ');
  const { venue } = row;
  const { incidents, watchedSince } = past;
  return useMemo(
    () =>
      names.split(' ').flatMap((connection) => {
        const spans = connectionSpans(incidents, { venue, connection }, ribbonNow);
        const known = { gaps: [], spans, watchedSince };
        return history.spans(`connection ${connection}`, known, ribbonNow);
      }),
    [names, venue, history, incidents, watchedSince, ribbonNow],
  );
}

interface VenueLineProps extends LineProps {
  readonly row: VenueRows;
  readonly apiChanges: readonly ApiChange[];
}

export function VenueLine(props: VenueLineProps) {
  const { row, now, ribbonNow, trouble, linked, open, onToggle, rowProps, apiChanges } = props;
  const mark = venueMark(row, linked);
  const { name } = venueRecord(row.venue);
  const control = useVenueControl(row.venue, isPaused(row));
  const spans = useVenueSpans(row, props);
  const why = venueWhy(row);
  const onWhy = () => props.openHelp(why?.section ?? 'it-fails-to-connect');
  const lastError = row.connections
    .flatMap((connection) => (connection.lastError === null ? [] : [connection.lastError]))
    .toSorted((a, b) => b.time - a.time)[0];
  const errorWords =
    lastError === undefined ? '' : `Last error ${formatTime(lastError.time)}: ${lastError.message}`;
  const socket = trouble
    ? shortSocketWords(row.connections, now)
    : socketWords(row.connections, now);
  const next = linked ? venueNext(row, now) : 'Waiting for the engine';
  return (
    <HealthRow
      className="health-venue"
      level={1}
      state={mark}
      open={open}
      onToggle={onToggle}
      rowProps={rowProps}
      keys={{ r: control.reconnect, p: control.togglePause, '?': onWhy }}
      attributes={{ 'data-venue': row.venue }}
      details={
        <ConnectionDetails
          row={row}
          now={now}
          linked={linked}
          control={control}
          why={why}
          apiChanges={apiChanges}
          openHelp={props.openHelp}
        />
      }
    >
      <span className="health-mark" role="gridcell">
        <ValidityMark state={mark} label={`${name} ${control.paused ? 'paused' : mark}`} />
      </span>
      <span className="health-name" role="rowheader">
        <VenueTag venue={row.venue} counted={mark === 'live'} />
        <b>{name}</b>
        <VenueMenu name={name} control={control} onWhy={onWhy} />
      </span>
      <span className="health-socket num" role="gridcell" title={`${socket}\n${errorWords}`.trim()}>
        {apiChanges.length === 0 ? null : <em className="health-api">API changed · </em>}
        {linked
          ? socket.split(' · ').map((part, index) => (
              <span key={index}>
                {index === 0 ? '' : ' · '}
                {part}
              </span>
            ))
          : ''}
      </span>
      {trouble ? (
        <span
          className="health-next num"
          role="gridcell"
          data-state={mark}
          title={next ?? errorWords}
        >
          {next ?? ''}
        </span>
      ) : null}
      <span className="health-ribbon" role="gridcell">
        <Ribbon spans={spans} now={ribbonNow} label={name} />
      </span>
    </HealthRow>
  );
}
