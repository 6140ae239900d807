import {
  CircleHelp,
  Copy,
  Download,
  Ellipsis,
  Maximize2,
  Minimize2,
  SquareArrowOutUpRight,
  X,
} from 'lucide-react';
import type { IDockviewHeaderActionsProps, IDockviewPanel } from 'dockview-react';
import { useEffect, useRef, useState } from 'react';
import type { MarketId } from '../../shared/market.ts';
import { Button } from '../widgets/Button.tsx';
import { IconButton } from '../widgets/IconButton.tsx';
import type { MenuEntry } from '../widgets/Menu.tsx';
import { Menu } from '../widgets/Menu.tsx';
import { Popover } from '../widgets/Popover.tsx';
import { SourceBadge } from '../widgets/SourceBadge.tsx';
import type { Workspace } from './dock.ts';
import { useWorkspace } from './dock.ts';
import { linkEntries } from './linkEntries.tsx';
import type { PanelRecord } from './panel.ts';
import type { PanelConfig } from './panelConfig.ts';
import { useConfigMarket, usePanelConfig } from './panelHooks.ts';
import { panelRecord } from './panelRegistry.ts';
import { useSaveDiagnostics } from './saveDiagnostics.ts';
import { useCoverage, useSession } from './session.ts';
import { useVenueCells } from './venueStates.ts';

/** Up to this width SIMULATED is written SIM, and help moves into the menu beside it. */
const narrowWidth = 340;
/** Below this there is no room for help beside the market's name. */
const leastWidth = 270;

function MarketBadge({ market, narrow }: { readonly market: MarketId; readonly narrow: boolean }) {
  const { source, linked } = useSession();
  const cells = useCoverage(market);
  return <SourceBadge source={source} size="panel" narrow={narrow} linked={linked} cells={cells} />;
}

function EngineBadge({ narrow }: { readonly narrow: boolean }) {
  const { source, linked } = useSession();
  const cells = useVenueCells();
  return <SourceBadge source={source} size="panel" narrow={narrow} linked={linked} cells={cells} />;
}

function useGroupWidth(props: IDockviewHeaderActionsProps): number {
  const [width, setWidth] = useState(props.api.width);
  useEffect(() => {
    setWidth(props.api.width);
    const listening = props.api.onDidDimensionsChange((event) => setWidth(event.width));
    return () => listening.dispose();
  }, [props.api]);
  return width;
}

function menuEntries(
  panel: IDockviewPanel,
  config: PanelConfig,
  market: MarketId | null,
  workspace: Workspace,
  record: PanelRecord | undefined,
  saveDiagnostics: () => void,
): readonly MenuEntry[] {
  const change = (changes: Partial<PanelConfig>) => {
    panel.api.updateParameters({ ...config, ...changes });
    workspace.scheduleSave();
  };
  const maximized = panel.api.isMaximized();
  const links: readonly MenuEntry[] =
    record?.needsMarket === true
      ? [...linkEntries(config, market, change), { type: 'separator' }]
      : [];
  const diagnostics: readonly MenuEntry[] =
    record?.offersDiagnostics === true
      ? [
          {
            type: 'action',
            label: 'Save diagnostics',
            icon: Download,
            onChoose: saveDiagnostics,
          },
          { type: 'separator' },
        ]
      : [];
  return [
    ...links,
    ...diagnostics,
    {
      type: 'action',
      label: maximized ? 'Restore size' : 'Maximize',
      icon: maximized ? Minimize2 : Maximize2,
      onChoose: () => (maximized ? panel.api.exitMaximized() : panel.api.maximize()),
    },
    {
      type: 'action',
      label: 'Move to its own window',
      icon: SquareArrowOutUpRight,
      onChoose: () => void workspace.tearOff(panel.id),
    },
    {
      type: 'action',
      label: 'Open another one',
      icon: Copy,
      onChoose: () =>
        workspace.openPanel(config.kind, { group: config.group, market: market ?? config.market }),
    },
    { type: 'separator' },
    { type: 'action', label: 'Close', icon: X, onChoose: () => panel.api.close() },
  ];
}

/** Right side of a group's header: badge, help and menu of the panel in front. */
export function PanelActions(props: IDockviewHeaderActionsProps) {
  const panel = props.activePanel;
  const workspace = useWorkspace();
  const config = usePanelConfig(panel);
  const market = useConfigMarket(config);
  const width = useGroupWidth(props);
  const { source } = useSession();
  const saveDiagnostics = useSaveDiagnostics();
  const [open, setOpen] = useState<'menu' | 'help' | null>(null);
  const menuButton = useRef<HTMLButtonElement>(null);
  const close = () => setOpen(null);
  if (panel === undefined || config === null) return null;

  const record = panelRecord(config.kind);
  const narrow = width <= narrowWidth;
  const helpInMenu =
    width <= leastWidth || (narrow && (source !== 'live' || props.panels.length > 1));
  const help: MenuEntry = {
    type: 'action',
    label: 'What this panel shows',
    icon: CircleHelp,
    onChoose: () => setOpen('help'),
  };
  const entries = menuEntries(panel, config, market, workspace, record, saveDiagnostics);
  return (
    <div className="panel-actions">
      {record?.showsData !== true ? null : record.needsMarket && market !== null ? (
        <MarketBadge market={market} narrow={narrow} />
      ) : (
        <EngineBadge narrow={narrow} />
      )}
      {helpInMenu || record === undefined ? null : (
        <IconButton
          icon={CircleHelp}
          label={`About ${record.title}`}
          aria-expanded={open === 'help'}
          onClick={() => setOpen(open === 'help' ? null : 'help')}
        />
      )}
      <IconButton
        buttonRef={menuButton}
        icon={Ellipsis}
        label={`Menu of ${record?.title ?? 'panel'}`}
        aria-haspopup="menu"
        aria-expanded={open === 'menu'}
        onClick={() => setOpen(open === 'menu' ? null : 'menu')}
      />
      {open === 'menu' ? (
        <Menu
          anchor={menuButton}
          label="Panel menu"
          align="end"
          entries={helpInMenu ? [help, ...entries] : entries}
          onClose={close}
        />
      ) : null}
      {open === 'help' && record !== undefined ? (
        <Popover anchor={menuButton} label={record.title} align="end" onClose={close}>
          <div className="help-text">
            <p>{record.help}</p>
            {record.helpSection === undefined ? null : (
              <Button
                size="small"
                onClick={() => {
                  close();
                  workspace.openHelp(record.helpSection ?? 'it-fails-to-connect');
                }}
              >
                Troubleshooting
              </Button>
            )}
          </div>
        </Popover>
      ) : null}
    </div>
  );
}
