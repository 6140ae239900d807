import { Download, FolderOpen, Pencil, Pin, PinOff, Play, Trash2 } from 'lucide-react';
import type { RefObject } from 'react';
import type { SessionSummary } from '../../../shared/recordings.ts';
import type { MenuEntry } from '../../widgets/Menu.tsx';
import { Menu } from '../../widgets/Menu.tsx';
import { sessionTitle, troubleWords } from './sessionWords.ts';
import type { SessionActions } from './useSessionActions.ts';

interface SessionMenuProps {
  readonly anchor: RefObject<HTMLElement | null>;
  readonly session: SessionSummary;
  readonly canReveal: boolean;
  readonly actions: SessionActions;
  readonly onRename: () => void;
  readonly onDelete: () => void;
  readonly onClose: () => void;
}

function menuEntries(props: SessionMenuProps): readonly MenuEntry[] {
  const { session, actions, canReveal, onRename, onDelete } = props;
  const reveal: MenuEntry = {
    type: 'action',
    label: 'Show in folder',
    icon: FolderOpen,
    onChoose: () => actions.reveal(session),
  };
  const trouble = troubleWords(session);
  return [
    ...(trouble === null ? [] : [{ type: 'heading', label: trouble } as const]),
    {
      type: 'action',
      label: 'Replay in a new window',
      icon: Play,
      keys: 'Enter',
      onChoose: () => actions.replay(session),
    },
    {
      type: 'action',
      label: 'Replay in this window',
      onChoose: () => actions.replay(session, 'thisWindow'),
    },
    {
      type: 'action',
      label: 'Export...',
      icon: Download,
      onChoose: () => actions.exportSession(session),
    },
    { type: 'separator' },
    { type: 'action', label: 'Rename', icon: Pencil, keys: 'F2', onChoose: onRename },
    {
      type: 'action',
      label: session.pinned ? 'Unpin' : 'Pin',
      icon: session.pinned ? PinOff : Pin,
      keys: 'P',
      onChoose: () => actions.togglePin(session),
    },
    ...(canReveal ? [reveal] : []),
    { type: 'separator' },
    {
      type: 'action',
      label: session.isRecording ? 'Delete: stop it first' : 'Delete...',
      icon: Trash2,
      keys: 'Del',
      disabled: session.isRecording,
      onChoose: onDelete,
    },
  ];
}

export function SessionMenu(props: SessionMenuProps) {
  return (
    <Menu
      anchor={props.anchor}
      label={`Session ${sessionTitle(props.session)}`}
      align="end"
      entries={menuEntries(props)}
      onClose={props.onClose}
    />
  );
}
