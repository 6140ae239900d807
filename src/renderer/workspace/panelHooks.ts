import type { IDockviewPanel } from 'dockview-react';
import { useEffect, useMemo, useState } from 'react';
import type { MarketId } from '../../shared/market.ts';
import { useLinks } from '../store/hooks.ts';
import type { PanelConfig } from './panelConfig.ts';
import { parsePanelConfig } from './panelConfig.ts';

/** The panel's config, also when it changes from within the panel. */
export function usePanelConfig(panel: IDockviewPanel | undefined): PanelConfig | null {
  const [revision, setRevision] = useState(0);
  useEffect(() => {
    const listening = panel?.api.onDidParametersChange(() => setRevision((last) => last + 1));
    return () => listening?.dispose();
  }, [panel]);
  return useMemo(
    () => (panel === undefined || revision < 0 ? null : parsePanelConfig(panel.params)),
    [panel, revision],
  );
}

/** What a header shows for the panel: the link group's market, or the panel's own. */
export function useConfigMarket(config: PanelConfig | null): MarketId | null {
  const links = useLinks();
  if (config === null) return null;
  return links.find((link) => link.group === config.group)?.market ?? config.market;
}
