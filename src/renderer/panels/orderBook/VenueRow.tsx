import { useRef, useState } from 'react';
import { ChevronDown } from 'lucide-react';
import type { VenueId } from '../../../shared/venues.ts';
import { venueRecord } from '../../../shared/venues.ts';
import type { MenuEntry } from '../../widgets/Menu.tsx';
import { Menu } from '../../widgets/Menu.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import type { GroupStep } from './groupSteps.ts';
import { stepLabel } from './groupSteps.ts';
import type { VenueChoice } from './venueChoices.ts';

export interface VenueRowProps {
  readonly choices: readonly VenueChoice[];
  /** Null: consolidated. */
  readonly venue: VenueId | null;
  readonly steps: readonly GroupStep[];
  readonly group: string | null;
  readonly onVenuePress: (venue: VenueId) => void;
  readonly onVenueChoice: (venue: VenueId | null) => void;
  readonly onGroupChoice: (group: string) => void;
}

function pressTitle(choice: VenueChoice, venue: VenueId | null, number: number): string {
  const { name } = venueRecord(choice.venue);
  if (venue !== null) return venue === choice.venue ? `${name} only` : `Show ${name} only`;
  const action = choice.state === 'muted' ? 'Show' : 'Mute';
  return `${action} ${name}. Alt+${number} shows it alone`;
}

function createEntries(props: VenueRowProps): readonly MenuEntry[] {
  return [
    { type: 'heading', label: 'Group by' },
    ...props.steps.map((step): MenuEntry => ({
      type: 'action',
      label: stepLabel(step.text),
      checked: step.text === props.group,
      onChoose: () => props.onGroupChoice(step.text),
    })),
    { type: 'separator' },
    { type: 'heading', label: 'Book of' },
    {
      type: 'action',
      label: 'All venues, consolidated',
      checked: props.venue === null,
      onChoose: () => props.onVenueChoice(null),
    },
    ...props.choices.map((choice): MenuEntry => ({
      type: 'action',
      label: venueRecord(choice.venue).name,
      checked: props.venue === choice.venue,
      onChoose: () => props.onVenueChoice(choice.venue),
    })),
  ];
}

/** Which venues are in the ladder, with their share or state; at the right how it is grouped and whose book it is. */
export function VenueRow(props: VenueRowProps) {
  const { choices, venue, group } = props;
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  return (
    <div className="book-venues" role="toolbar" aria-label="Venues in the ladder">
      {choices.map((choice, index) => {
        const counted = choice.state === 'live' && (venue === null || venue === choice.venue);
        return (
          <button
            key={choice.venue}
            type="button"
            className="book-venue"
            data-state={choice.state}
            data-venue={choice.venue}
            aria-pressed={venue === null ? choice.state !== 'muted' : venue === choice.venue}
            title={pressTitle(choice, venue, index + 1)}
            onClick={() => props.onVenuePress(choice.venue)}
          >
            <VenueTag venue={choice.venue} counted={counted} />
            <span className="book-venue-words num">{choice.words}</span>
          </button>
        );
      })}
      <button
        ref={anchor}
        type="button"
        className="book-group num"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={`Group by ${group === null ? 'tick' : stepLabel(group)}`}
        onClick={() => setOpen(!open)}
      >
        {group === null ? '–' : stepLabel(group)}
        <ChevronDown size="1.4rem" strokeWidth={2} aria-hidden="true" />
      </button>
      {open ? (
        <Menu
          anchor={anchor}
          label="Grouping and venue"
          align="end"
          entries={createEntries(props)}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </div>
  );
}
