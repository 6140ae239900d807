import type { IDockviewPanelProps } from 'dockview-react';
import { Suspense, useCallback, useMemo } from 'react';
import type { CandleInterval, MarketId } from '../../shared/market.ts';
import { useLinks, useMarketStore } from '../store/hooks.ts';
import { PanelMessage } from '../widgets/PanelMessage.tsx';
import { ValidityMark } from '../widgets/ValidityMark.tsx';
import type { HelpSection } from './helpSections.ts';
import type { ExportWanted } from './openExport.ts';
import type { PanelProps, ReplayWanted } from './panel.ts';
import { PanelBoundary } from './PanelBoundary.tsx';
import { useWorkspace } from './dock.ts';
import type { PanelConfig } from './panelConfig.ts';
import { parsePanelConfig } from './panelConfig.ts';
import { panelRecord } from './panelRegistry.ts';
import { useToasts } from './toasts.ts';

/** Follows the link group while linked; writes back to the group or to the panel's own place in the layout. */
function usePanelProps(frame: IDockviewPanelProps, config: PanelConfig): PanelProps {
  const store = useMarketStore();
  const workspace = useWorkspace();
  const show = useToasts((state) => state.show);
  const link = useLinks().find((candidate) => candidate.group === config.group);
  const market = link?.market ?? config.market;
  const interval = link?.interval ?? config.interval;
  const { api } = frame;

  const change = useCallback(
    (changes: Partial<PanelConfig>) => {
      api.updateParameters({ ...config, ...changes });
      workspace.scheduleSave();
    },
    [api, config, workspace],
  );
  const choose = useCallback(
    async (nextMarket: MarketId, nextInterval: CandleInterval) => {
      if (config.group === null) {
        change({ market: nextMarket, interval: nextInterval });
        return;
      }
      const answer = await store.command({
        type: 'setLink',
        group: config.group,
        market: nextMarket,
        interval: nextInterval,
      });
      if (!answer.ok) {
        show({ mark: 'error', title: 'Market not changed', text: answer.message, stays: true });
      }
    },
    [change, config.group, show, store],
  );

  return useMemo(
    () => ({
      panelId: api.id,
      market,
      interval,
      group: config.group,
      chooseMarket: (next: MarketId) => void choose(next, interval),
      chooseInterval: (next: CandleInterval) => void choose(market, next),
      savedOptions: config.options,
      saveOptions: (options: unknown) => change({ options }),
      openPanel: (kind: string) => workspace.openPanel(kind),
      openHelp: (section: HelpSection) => workspace.openHelp(section),
      openExport: (wanted: ExportWanted) => workspace.openExport(wanted),
      openReplay: (wanted: ReplayWanted) => workspace.replays.open(wanted),
      importFiles: (files: readonly File[]) => workspace.imports.add(files),
      close: () => workspace.closePanel(api.id),
    }),
    [api.id, market, interval, config, choose, change, workspace],
  );
}

/** Seen only where the panel's part of the page is long in coming. */
function Loading({ title }: { readonly title: string }) {
  return (
    <p className="panel-loading">
      <ValidityMark state="connecting" label={null} />
      Loading {title}
    </p>
  );
}

function KnownPanel({ frame, config }: { frame: IDockviewPanelProps; config: PanelConfig }) {
  const props = usePanelProps(frame, config);
  const record = panelRecord(config.kind);
  if (record === undefined) {
    return (
      <PanelMessage
        title="Unknown panel"
        text={`This version has no panel named ${config.kind}. Its place and its options are kept.`}
      />
    );
  }
  const Content = record.component;
  return (
    <PanelBoundary title={record.title}>
      <Suspense fallback={<Loading title={record.title} />}>
        <Content {...props} />
      </Suspense>
    </PanelBoundary>
  );
}

/** The one content component that dockview knows: picks the panel of the registry by what the layout says. */
export function PanelFrame(frame: IDockviewPanelProps) {
  const config = useMemo(() => parsePanelConfig(frame.params), [frame.params]);
  return (
    <div className="panel-frame" data-panel={config?.kind ?? 'unknown'}>
      {config === null ? (
        <PanelMessage
          title="Unreadable panel"
          text="The layout does not say what this panel is. Close it, or restore the default layout."
        />
      ) : (
        <KnownPanel frame={frame} config={config} />
      )}
    </div>
  );
}
