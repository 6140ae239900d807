import { ListFilter } from 'lucide-react';
import { useRef, useState } from 'react';
import { incidentKinds } from '../../../shared/incidents.ts';
import { venues } from '../../../shared/venues.ts';
import { IconButton } from '../../widgets/IconButton.tsx';
import type { MenuEntry } from '../../widgets/Menu.tsx';
import { Menu } from '../../widgets/Menu.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import type { IncidentFilter } from './incidentRows.ts';
import { kindNames } from './incidentWords.ts';

interface FilterMenuProps {
  readonly filter: IncidentFilter;
  readonly onChange: (filter: IncidentFilter) => void;
}

function filterEntries({ filter, onChange }: FilterMenuProps): readonly MenuEntry[] {
  return [
    {
      type: 'action',
      label: 'All venues',
      checked: filter.venue === null,
      onChoose: () => onChange({ ...filter, venue: null }),
    },
    ...venues.map((venue): MenuEntry => ({
      type: 'action',
      label: venue.name,
      badge: <VenueTag venue={venue.id} />,
      checked: filter.venue === venue.id,
      onChoose: () => onChange({ ...filter, venue: venue.id }),
    })),
    { type: 'separator' },
    {
      type: 'action',
      label: 'Everything',
      checked: filter.kind === null,
      onChoose: () => onChange({ ...filter, kind: null }),
    },
    ...incidentKinds.map((kind): MenuEntry => ({
      type: 'action',
      label: kindNames[kind],
      checked: filter.kind === kind,
      onChoose: () => onChange({ ...filter, kind }),
    })),
  ];
}

export function FilterMenu(props: FilterMenuProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const { venue, kind } = props.filter;
  return (
    <>
      <IconButton
        buttonRef={button}
        icon={ListFilter}
        label="Filter incidents"
        aria-haspopup="menu"
        aria-expanded={open}
        data-active={venue !== null || kind !== null}
        onClick={() => setOpen(!open)}
      />
      {open ? (
        <Menu
          anchor={button}
          label="Filter incidents"
          entries={filterEntries(props)}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}
