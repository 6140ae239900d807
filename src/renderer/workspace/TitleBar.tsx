import { ChevronDown, LogOut, Minus, Search, Settings, Square, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { useMarketStore } from '../store/hooks.ts';
import { formatDateWords } from '../format/time.ts';
import { IconButton } from '../widgets/IconButton.tsx';
import { Menu } from '../widgets/Menu.tsx';
import { SourceBadge, sourceKind } from '../widgets/SourceBadge.tsx';
import { LayoutMenu } from './LayoutMenu.tsx';
import { Logo } from './Logo.tsx';
import { NoticeBell } from './NoticeBell.tsx';
import { useWorkspace } from './dock.ts';
import { layoutEntries } from './layoutEntries.ts';
import { useSession, useWindowState } from './session.ts';
import { useSignOut } from './signOut.ts';
import { useVenueCells } from './venueStates.ts';
import './frame.css';

function SourceWords() {
  const { source, status } = useSession();
  if (source === null) return null;
  switch (sourceKind(source)) {
    case 'live':
      return null;
    case 'simulated':
      return <span className="title-words">Local venues. No price here is real.</span>;
    case 'replay':
      return (
        <span className="title-words" title={status?.replay?.name}>
          Recorded {formatDateWords(status?.replay?.time ?? null)}
          {status?.replay?.recordedSource === 'simulated' ? ', a simulated market' : ''}
        </span>
      );
    default:
      return null;
  }
}

function WindowButtons() {
  const store = useMarketStore();
  const act = (action: 'minimize' | 'maximize' | 'close') => () =>
    void store.command({ type: 'windowControl', action });
  return (
    <div className="window-buttons">
      <IconButton icon={Minus} size="bar" label="Minimize" onClick={act('minimize')} />
      <IconButton icon={Square} size="bar" label="Maximize" onClick={act('maximize')} />
      <IconButton icon={X} size="bar" label="Close window" onClick={act('close')} />
    </div>
  );
}

function WorkspaceMenu() {
  const workspace = useWorkspace();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="workspace-button"
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {workspace.name}
        <ChevronDown size="1.4rem" strokeWidth={2} aria-hidden="true" />
      </button>
      {open ? (
        <Menu
          anchor={button}
          label="Workspace"
          entries={layoutEntries(workspace)}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}

function SignOutButton() {
  const signOut = useSignOut();
  if (signOut === null) return null;
  return (
    <IconButton
      icon={LogOut}
      size="bar"
      label={`Sign out ${signOut.username}`}
      onClick={signOut.act}
    />
  );
}

export function TitleBar({ onSearch }: { readonly onSearch: () => void }) {
  const { source, linked } = useSession();
  const workspace = useWorkspace();
  const hello = useWindowState((state) => state.hello);
  const cells = useVenueCells();
  const mac = hello?.platform === 'darwin';
  return (
    <header className="title-bar" data-host={hello?.host ?? 'unknown'} data-mac={mac}>
      <Logo />
      <h1 className="product-name">Truetape</h1>
      <span className="bar-line" />
      <WorkspaceMenu />
      <SourceBadge source={source} size="title" linked={linked} cells={cells} />
      <SourceWords />
      <button type="button" className="search-field" onClick={onSearch}>
        <Search size="1.4rem" strokeWidth={2} aria-hidden="true" />
        <span className="search-words">Search markets, panels, commands</span>
        <kbd>{mac ? 'Cmd' : 'Ctrl'}</kbd>
        <kbd>K</kbd>
      </button>
      <div className="title-actions">
        <NoticeBell />
        <LayoutMenu />
        <IconButton
          icon={Settings}
          size="bar"
          label="Settings"
          onClick={() => workspace.openPanel('settings')}
        />
        <SignOutButton />
        {hello?.host === 'desktop' && !mac ? <WindowButtons /> : null}
      </div>
    </header>
  );
}
