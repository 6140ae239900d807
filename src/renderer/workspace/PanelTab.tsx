import type { IDockviewPanelHeaderProps } from 'dockview-react';
import type { MouseEvent, RefObject } from 'react';
import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import type { MarketId } from '../../shared/market.ts';
import { parseMarketId } from '../../shared/market.ts';
import { useErrors } from '../store/hooks.ts';
import { LinkChip } from '../widgets/LinkChip.tsx';
import { Menu } from '../widgets/Menu.tsx';
import { useConfigMarket } from './panelHooks.ts';
import { useWorkspace } from './dock.ts';
import { linkEntries } from './linkEntries.tsx';
import { parsePanelConfig } from './panelConfig.ts';
import { panelRecord } from './panelRegistry.ts';

function ErrorCount() {
  const count = useErrors().length;
  return count === 0 ? null : <span className="panel-tab-note num">{count}</span>;
}

/**
 * A press on an element inside of a tab. A tab is a control itself, so nothing in it may take the focus; the keyboard
 * finds the same choice in the panel's menu.
 */
function usePress(target: RefObject<HTMLElement | null>, onPress: () => void): void {
  const press = useEffectEvent(onPress);
  useEffect(() => {
    const element = target.current;
    if (element === null) return undefined;
    const keepTab = (event: Event) => event.stopPropagation();
    const onClick = (event: Event) => {
      event.stopPropagation();
      press();
    };
    element.addEventListener('pointerdown', keepTab);
    element.addEventListener('click', onClick);
    return () => {
      element.removeEventListener('pointerdown', keepTab);
      element.removeEventListener('click', onClick);
    };
  }, [target]);
}

/** The dock names its tab by the title alone; without that, the tab is named by all that is seen on it. */
function useNameOfContent(
  root: RefObject<HTMLElement | null>,
  api: IDockviewPanelHeaderProps['api'],
): void {
  const { title } = api;
  useEffect(() => {
    const unname = () => root.current?.closest('[role="tab"]')?.removeAttribute('aria-label');
    unname();
    // In another group it has a tab of its own, with a name again.
    let frame = 0;
    const moved = api.onDidGroupChange(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(unname);
    });
    return () => {
      cancelAnimationFrame(frame);
      moved.dispose();
    };
  }, [root, api, title]);
}

/** Where the badge needs the room, the part after the base goes first: `BTC` is a name, `BTC-US` is none. */
function MarketName({ market }: { readonly market: MarketId }) {
  const base = parseMarketId(market)?.base ?? market;
  return (
    <span className="panel-tab-market" title={market}>
      {base}
      <wbr />
      <span className="panel-tab-quote">{market.slice(base.length)}</span>
    </span>
  );
}

/** Link chip, title and market of one panel in the header of its group. */
export function PanelTab({ api, params }: IDockviewPanelHeaderProps) {
  const workspace = useWorkspace();
  const config = useMemo(() => parsePanelConfig(params), [params]);
  const market = useConfigMarket(config);
  const record = config === null ? undefined : panelRecord(config.kind);
  const [choosing, setChoosing] = useState(false);
  const chip = useRef<HTMLSpanElement>(null);

  const onAuxClick = (event: MouseEvent) => {
    if (event.button === 1) api.close();
  };
  usePress(chip, () => setChoosing((open) => !open));
  const root = useRef<HTMLDivElement>(null);
  useNameOfContent(root, api);
  return (
    <div ref={root} className="panel-tab" onAuxClick={onAuxClick}>
      {record?.needsMarket === true && config !== null ? (
        <span ref={chip} className="panel-tab-chip">
          <LinkChip group={config.group} />
        </span>
      ) : null}
      <span className="panel-tab-title">{record?.title ?? api.title ?? 'Unknown panel'}</span>
      {record?.namesMarket === true && market !== null ? <MarketName market={market} /> : null}
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
