import type { IDockviewPanelHeaderProps } from 'dockview-react';
import type { MouseEvent } from 'react';
import { useMemo, useRef, useState } from 'react';
import { useHealth } from '../store/hooks.ts';
import { LinkChip } from '../widgets/LinkChip.tsx';
import { Menu } from '../widgets/Menu.tsx';
import { useConfigMarket } from './panelHooks.ts';
import { useWorkspace } from './dock.ts';
import { linkEntries } from './linkEntries.tsx';
import { parsePanelConfig } from './panelConfig.ts';
import { panelRecord } from './panelRegistry.ts';

function ErrorCount() {
  const count = useHealth()?.errors.length ?? 0;
  return count === 0 ? null : <span className="panel-tab-note num">{count}</span>;
}

/** Link chip, title and market of one panel in the header of its group. */
export function PanelTab({ api, params }: IDockviewPanelHeaderProps) {
  const workspace = useWorkspace();
  const config = useMemo(() => parsePanelConfig(params), [params]);
  const market = useConfigMarket(config);
  const record = config === null ? undefined : panelRecord(config.kind);
  const [choosing, setChoosing] = useState(false);
  const chip = useRef<HTMLButtonElement>(null);

  const onAuxClick = (event: MouseEvent) => {
    if (event.button === 1) api.close();
  };
  const openChoice = (event: MouseEvent) => {
    event.stopPropagation();
    setChoosing((open) => !open);
  };
  return (
    <div className="panel-tab" onAuxClick={onAuxClick}>
      {record?.needsMarket === true && config !== null ? (
        <button
          ref={chip}
          type="button"
          className="panel-tab-chip"
          tabIndex={-1}
          aria-label={`Link group of ${record.title}`}
          aria-haspopup="menu"
          aria-expanded={choosing}
          onPointerDown={(event) => event.stopPropagation()}
          onClick={openChoice}
        >
          <LinkChip group={config.group} />
        </button>
      ) : null}
      <span className="panel-tab-title">{record?.title ?? api.title ?? 'Unknown panel'}</span>
      {record?.namesMarket === true ? <span className="panel-tab-market">{market}</span> : null}
      {config?.kind === 'errors' ? <ErrorCount /> : null}
      {choosing && config !== null ? (
        <Menu
          anchor={chip}
          label="Link group"
          onClose={() => setChoosing(false)}
          entries={linkEntries(config, market, (changes) => {
            api.updateParameters({ ...config, ...changes });
            workspace.scheduleSave();
          })}
        />
      ) : null}
    </div>
  );
}
