import { ChevronDown } from 'lucide-react';
import { useRef, useState } from 'react';
import type { CandleInterval } from '../../../shared/market.ts';
import { candleIntervals } from '../../../shared/market.ts';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import { Menu } from '../../widgets/Menu.tsx';
import type { MenuEntry } from '../../widgets/Menu.tsx';
import { SegmentedControl } from '../../widgets/SegmentedControl.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';

export interface ChartToolbarProps {
  readonly venue: VenueId | null;
  readonly listed: readonly VenueId[];
  readonly interval: CandleInterval;
  readonly onVenue: (venue: VenueId | null) => void;
  readonly onInterval: (interval: CandleInterval) => void;
}

const intervalChoices = candleIntervals.map((value) => ({
  value,
  label: value === '1d' ? '1D' : value,
}));

function createEntries(props: ChartToolbarProps): readonly MenuEntry[] {
  return [
    {
      type: 'action',
      label: 'Consolidated',
      checked: props.venue === null,
      onChoose: () => props.onVenue(null),
    },
    ...props.listed.map((venue): MenuEntry => ({
      type: 'action',
      label: venueRecord(venue).name,
      badge: <VenueTag venue={venue} />,
      checked: props.venue === venue,
      onChoose: () => props.onVenue(venue),
    })),
  ];
}

export function ChartToolbar(props: ChartToolbarProps) {
  const { venue, interval } = props;
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const name = venue === null ? 'Consolidated' : venueRecord(venue).name;
  return (
    <div className="chart-toolbar" role="toolbar" aria-label="Chart">
      <button
        ref={anchor}
        type="button"
        className="chart-source"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={`Candles of ${name}`}
        onClick={() => setOpen(!open)}
      >
        {name}
        <ChevronDown size="1.4rem" strokeWidth={2} aria-hidden="true" />
      </button>
      {open ? (
        <Menu
          anchor={anchor}
          label="Candles of"
          entries={createEntries(props)}
          onClose={() => setOpen(false)}
        />
      ) : null}
      <span className="chart-toolbar-line" aria-hidden="true" />
      <SegmentedControl
        label="Interval"
        look="plain"
        choices={intervalChoices}
        value={interval}
        onChoose={props.onInterval}
      />
    </div>
  );
}
