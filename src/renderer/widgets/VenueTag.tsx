import type { CSSProperties } from 'react';
import type { VenueId } from '../../shared/venues.ts';
import { venueRecord } from '../../shared/venues.ts';
import './marks.css';

export interface VenueTagProps {
  readonly venue: VenueId;
  /** Outlined without its hue: the venue is not counted here. */
  readonly counted?: boolean;
}

export function VenueTag({ venue, counted = true }: VenueTagProps) {
  const record = venueRecord(venue);
  const style: CSSProperties & Record<`--${string}`, string> = {
    '--tag-bar': `var(--venue-${venue}-bar)`,
    '--tag-text': `var(--venue-${venue}-text)`,
  };
  return (
    <abbr
      className="venue-tag"
      data-counted={counted}
      style={style}
      title={counted ? record.name : `${record.name}, not counted`}
    >
      {record.code}
    </abbr>
  );
}
