import type { VenueLatency } from '../../../shared/latency.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { formatCount, formatMs } from '../../format/quantity.ts';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import { offsetFigure } from './latencyWords.ts';

/** How late each venue's events reach us, by its clock, and how that clock stands to ours. */
export function VenueTable({ venues }: { readonly venues: readonly VenueLatency[] }) {
  return (
    <div className="latency-venues" role="table" aria-label="Lag of the venues">
      <div className="latency-venue latency-venue-head" role="row">
        <span role="columnheader">Venue</span>
        <span role="columnheader">Lag p50</span>
        <span role="columnheader">p99 ms</span>
        <span role="columnheader">max</span>
        <span role="columnheader">Clock offset ms</span>
        <span role="columnheader">msg/s</span>
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
          </div>
        );
      })}
    </div>
  );
}
