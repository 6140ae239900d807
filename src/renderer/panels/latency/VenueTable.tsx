import { useMemo } from 'react';
import type { VenueLatency } from '../../../shared/latency.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { formatCount, formatMs } from '../../format/quantity.ts';
import type { RibbonSpan } from '../../widgets/drawRibbon.ts';
import { Ribbon } from '../../widgets/Ribbon.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import type { HealthPast } from '../../workspace/healthPast.ts';
import { useHealthPast } from '../../workspace/healthPast.ts';
import { venueSpans } from '../../workspace/incidentSpans.ts';
import { useHostStep } from '../../workspace/session.ts';
import { offsetFigure } from './latencyWords.ts';

const shownMs = 15 * 60_000;

interface VenuePastProps {
  readonly venue: VenueId;
  readonly past: HealthPast;
  readonly now: EpochMs;
}

/** When the figures of a venue rest on less than a whole feed. */
function VenuePast({ venue, past, now }: VenuePastProps) {
  const { incidents, watchedSince } = past;
  const spans = useMemo((): readonly RibbonSpan[] => {
    const start = now - shownMs;
    const known = watchedSince ?? now;
    const unknown: readonly RibbonSpan[] =
      known > start ? [{ from: start, to: known, state: 'unknown' }] : [];
    return [...unknown, ...venueSpans(incidents, venue, now)];
  }, [venue, incidents, watchedSince, now]);
  return <Ribbon spans={spans} now={now} label={venueRecord(venue).name} windowMs={shownMs} />;
}

/** How late each venue's events reach us, by its clock, and how that clock stands to ours. */
export function VenueTable({ venues }: { readonly venues: readonly VenueLatency[] }) {
  const past = useHealthPast();
  const now = useHostStep(5000);
  return (
    <div className="latency-venues" role="table" aria-label="Lag of the venues">
      <div className="latency-venue latency-venue-head" role="row">
        <span role="columnheader">Venue</span>
        <span role="columnheader">Lag p50</span>
        <span role="columnheader">p99 ms</span>
        <span role="columnheader">max</span>
        <span role="columnheader">Clock offset ms</span>
        <span role="columnheader">msg/s</span>
        <span className="latency-past" role="columnheader">
          15 min
        </span>
      </div>
      {venues.map(({ venue, stages, clockOffsetMs, clockErrorMs, messagesPerSec }) => {
        if (venue === null) return null;
        const lag = stages.find(({ stage }) => stage === 'received');
        return (
          <div key={venue} className="latency-venue" role="row">
            <span className="latency-venue-name" role="rowheader">
              <VenueTag venue={venue} />
              {venueRecord(venue).name}
            </span>
            <span className="num latency-strong" role="cell">
              {formatMs(lag?.p50Ms ?? null)}
            </span>
            <span className="num latency-strong" role="cell">
              {formatMs(lag?.p99Ms ?? null)}
            </span>
            <span className="num" role="cell">
              {formatMs(lag?.maxMs ?? null)}
            </span>
            <span className="num latency-strong" role="cell">
              {offsetFigure(clockOffsetMs, clockErrorMs)}
            </span>
            <span className="num latency-strong" role="cell">
              {formatCount(messagesPerSec)}
            </span>
            <span className="latency-past" role="cell">
              <VenuePast venue={venue} past={past} now={now} />
            </span>
          </div>
        );
      })}
    </div>
  );
}
