import { Bell } from 'lucide-react';
import { useRef, useState } from 'react';
import { IconButton } from '../widgets/IconButton.tsx';
import { Popover } from '../widgets/Popover.tsx';
import { useSession, useWindowState } from './session.ts';

/** What the host wants a person to know: settings set aside, a venue that changed, another profile in use. */
export function NoticeBell() {
  const sent = useWindowState((state) => state.notices);
  const { status } = useSession();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const notices = [
    ...(status?.notices ?? []),
    ...sent.filter((notice) => status?.notices.every((other) => other.id !== notice.id) ?? true),
  ];
  const label = notices.length === 0 ? 'Notices' : `Notices, ${notices.length}`;
  return (
    <span className="bell">
      <IconButton
        buttonRef={button}
        icon={Bell}
        size="bar"
        label={label}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
      {notices.length === 0 ? null : <span className="bell-dot" />}
      {open ? (
        <Popover anchor={button} label="Notices" align="end" onClose={() => setOpen(false)}>
          {notices.length === 0 ? (
            <p className="help-text">
              No notices. Trouble with a venue shows up here and in Connection health.
            </p>
          ) : (
            <ul className="notice-list">
              {notices.map((notice) => (
                <li key={notice.id}>{notice.text}</li>
              ))}
            </ul>
          )}
        </Popover>
      ) : null}
    </span>
  );
}
