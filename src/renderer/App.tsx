import { useCallback, useEffect, useMemo, useState } from 'react';
import { MarketStoreContext } from './store/hooks.ts';
import type { MarketStore } from './store/marketStore.ts';
import { useApiChangeToasts } from './workspace/apiChangeToasts.ts';
import { followAppearance } from './workspace/appearance.ts';
import { CommandPalette } from './workspace/CommandPalette.tsx';
import { DockArea } from './workspace/DockArea.tsx';
import { FileDrop } from './workspace/FileDrop.tsx';
import { LiveRegion } from './workspace/LiveRegion.tsx';
import { MarkNoteCard } from './workspace/MarkNoteCard.tsx';
import { PulseBar } from './workspace/PulseBar.tsx';
import { FirstContact } from './workspace/OfflineBar.tsx';
import { SignInCover, SignInPage } from './workspace/SignIn.tsx';
import { SourceBar } from './workspace/SourceBar.tsx';
import { StatusBar } from './workspace/StatusBar.tsx';
import { TitleBar } from './workspace/TitleBar.tsx';
import { ToastStack } from './workspace/ToastStack.tsx';
import { Workspace, WorkspaceContext } from './workspace/dock.ts';
import { watchHealth } from './workspace/healthHistory.ts';
import { useReplayKeys } from './workspace/replay/useReplayKeys.ts';
import { useSession, useWindowState } from './workspace/session.ts';
import { useToasts } from './workspace/toasts.ts';
import { usePlainCopy } from './workspace/usePlainCopy.ts';
import { useShortcuts } from './workspace/useShortcuts.ts';

/** What happened before the page was opened, asked for at once: panels that show it come later. */
function keepPast(store: MarketStore): () => void {
  const releases = (['incidents', 'gaps'] as const).map((topic) =>
    store.subscribeTopic({ topic }, () => undefined),
  );
  return () => {
    for (const release of releases) release();
  };
}

function Window({ store, window }: { readonly store: MarketStore; readonly window: string }) {
  const show = useToasts((state) => state.show);
  const [palette, setPalette] = useState<string | null>(null);
  const workspace = useMemo(
    () =>
      new Workspace(store, window, ({ fault, ...notice }) =>
        show({
          mark: fault ? 'error' : 'live',
          stays: fault || notice.action !== undefined,
          ...notice,
        }),
      ),
    [store, window, show],
  );
  useEffect(() => () => workspace.close(), [workspace]);
  useEffect(() => watchHealth(store), [store]);
  useEffect(() => keepPast(store), [store]);
  useApiChangeToasts();
  const openPalette = useCallback((text: string) => setPalette(text), []);
  const closePalette = useCallback(() => setPalette(null), []);
  useShortcuts(openPalette, useReplayKeys());
  usePlainCopy();
  return (
    <WorkspaceContext value={workspace}>
      <div className="app">
        <TitleBar onSearch={() => setPalette('')} />
        <PulseBar />
        <DockArea key={window} />
        <SourceBar />
        <StatusBar />
      </div>
      <div className="source-band" />
      {palette === null ? null : (
        <CommandPalette key={palette} initialText={palette} onClose={closePalette} />
      )}
      <ToastStack />
      <MarkNoteCard />
      <FileDrop />
      <LiveRegion />
    </WorkspaceContext>
  );
}

function Root({ store }: { readonly store: MarketStore }) {
  useEffect(() => followAppearance(store), [store]);
  const hello = useWindowState((state) => state.hello);
  const { link } = useSession();
  const mustSignIn = link.status === 'refused' && link.fault === 'signIn';
  if (hello === null) return mustSignIn ? <SignInPage /> : <FirstContact link={link} />;
  return (
    <>
      <Window store={store} window={hello.window} />
      {mustSignIn ? <SignInCover /> : null}
    </>
  );
}

export function App({ store }: { readonly store: MarketStore }) {
  return (
    <MarketStoreContext value={store}>
      <Root store={store} />
    </MarketStoreContext>
  );
}
