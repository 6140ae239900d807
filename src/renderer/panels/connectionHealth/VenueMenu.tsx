import { CircleHelp, Ellipsis, Pause, Play, RefreshCw } from 'lucide-react';
import { useRef, useState } from 'react';
import { IconButton } from '../../widgets/IconButton.tsx';
import { Menu } from '../../widgets/Menu.tsx';
import { recordedWords } from '../../workspace/session.ts';
import type { VenueControl } from './useVenueControl.ts';

interface VenueMenuProps {
  readonly name: string;
  readonly control: VenueControl;
  readonly onWhy: () => void;
}

export function VenueMenu({ name, control, onWhy }: VenueMenuProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <IconButton
        buttonRef={button}
        className="health-menu"
        icon={Ellipsis}
        label={`Menu of ${name}`}
        tabIndex={-1}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={(event) => {
          event.stopPropagation();
          setOpen(!open);
        }}
      />
      {open ? (
        <Menu
          anchor={button}
          label={name}
          onClose={() => setOpen(false)}
          entries={[
            ...(control.recorded ? [{ type: 'heading' as const, label: recordedWords }] : []),
            {
              type: 'action',
              label: `Reconnect ${name}`,
              icon: RefreshCw,
              keys: 'R',
              disabled: control.paused || control.recorded,
              onChoose: control.reconnect,
            },
            {
              type: 'action',
              label: control.paused ? `Resume ${name}` : `Pause ${name}`,
              icon: control.paused ? Play : Pause,
              keys: 'P',
              disabled: control.recorded,
              onChoose: control.togglePause,
            },
            { type: 'separator' },
            { type: 'action', label: 'Why', icon: CircleHelp, onChoose: onWhy },
          ]}
        />
      ) : null}
    </>
  );
}
