import type { ReactNode } from 'react';
import { useMemo } from 'react';
import type { Incident } from '../../../shared/incidents.ts';
import type { EpochMs } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { formatTime } from '../../format/time.ts';
import type { RibbonSpan } from '../../widgets/drawRibbon.ts';
import { ribbonWindowMs } from '../../widgets/drawRibbon.ts';
import { Ribbon } from '../../widgets/Ribbon.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import { NowLabel } from '../../workspace/replay/NowLabel.tsx';
import { venueSpans } from '../../workspace/incidentSpans.ts';

interface RibbonsProps {
  readonly incidents: readonly Incident[];
  readonly venues: readonly VenueId[];
  readonly watchedSince: EpochMs | null;
  readonly now: EpochMs;
  readonly linked: boolean;
  /** Stands under the tags, left of the times. */
  readonly children: ReactNode;
}

function VenueRibbon({
  venue,
  incidents,
  watchedSince,
  now,
  linked,
}: Omit<RibbonsProps, 'venues' | 'children'> & { readonly venue: VenueId }) {
  const spans = useMemo((): readonly RibbonSpan[] => {
    const start = now - ribbonWindowMs;
    const known = watchedSince ?? now;
    const unknown: readonly RibbonSpan[] =
      known > start ? [{ from: start, to: known, state: 'unknown' }] : [];
    return [...unknown, ...venueSpans(incidents, venue, now)];
  }, [venue, incidents, watchedSince, now]);
  const counted = linked && !spans.some((span) => span.to === null);
  return (
    <div className="incidents-ribbon">
      <VenueTag venue={venue} counted={counted} />
      <Ribbon spans={spans} now={now} label={venueRecord(venue).name} />
    </div>
  );
}

const quarterMs = ribbonWindowMs / 4;

/** One hour per venue, in the fixed order of the venues. */
export function VenueRibbons(props: RibbonsProps) {
  const { venues, now, children } = props;
  return (
    <>
      {venues.map((id) => (
        <VenueRibbon key={id} venue={id} {...props} />
      ))}
      <div className="incidents-axis num">
        {children}
        <span className="incidents-times" aria-hidden="true">
          {[4, 3, 2, 1].map((quarters) => (
            <span key={quarters}>{formatTime(now - quarters * quarterMs).slice(0, 5)}</span>
          ))}
          <span className="num">
            <NowLabel />
          </span>
        </span>
      </div>
    </>
  );
}
