import { LayoutGrid } from 'lucide-react';
import { useRef, useState } from 'react';
import { IconButton } from '../widgets/IconButton.tsx';
import { Menu } from '../widgets/Menu.tsx';
import { useWorkspace } from './dock.ts';
import { layoutEntries } from './layoutEntries.ts';

export function LayoutMenu() {
  const workspace = useWorkspace();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <IconButton
        buttonRef={button}
        icon={LayoutGrid}
        size="bar"
        label="Layouts and panels"
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open ? (
        <Menu
          anchor={button}
          label="Layouts and panels"
          align="end"
          entries={layoutEntries(workspace)}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}
