import type { DockviewApi } from 'dockview-react';
import { createContext, useContext } from 'react';
import type { MarketId } from '../../shared/market.ts';
import type { MarketStore } from '../store/marketStore.ts';
import type { HelpSection } from './helpSections.ts';
import type { DockSize } from './layout.ts';
import {
  applyDefaultLayout,
  fitLayout,
  parseLayout,
  serializeLayout,
  serializePanel,
} from './layout.ts';
import type { Notify } from './notify.ts';
import type { ExportWanted } from './openExport.ts';
import type { PanelConfig } from './panelConfig.ts';
import { createPanelConfig, parsePanelConfig } from './panelConfig.ts';
import { panelRecord } from './panelRegistry.ts';
import { RecordingImports } from './recordingImports.ts';
import { ReplayWindows } from './replayWindows.ts';

const saveDelayMs = 500;

/** The panels of one window: opens, remembers and tears them off. Holds no market state. */
export class Workspace {
  readonly replays: ReplayWindows;
  readonly imports: RecordingImports;
  readonly #store: MarketStore;
  readonly #window: string;
  readonly #notify: Notify;
  #api: DockviewApi | null = null;
  #saveTimer: ReturnType<typeof setTimeout> | null = null;
  #saved: string | null = null;
  #size: (() => DockSize) | null = null;
  #closed = false;
  #returnTo: Element | null = null;

  constructor(store: MarketStore, window: string, notify: Notify) {
    this.#store = store;
    this.#window = window;
    this.#notify = notify;
    this.replays = new ReplayWindows(store, notify);
    this.imports = new RecordingImports({
      store,
      onImported: (sessions, words) => this.#showImported(sessions, words),
    });
  }

  /** Shown in the title bar. */
  get name(): string {
    return this.#window === 'main' ? 'Main desk' : 'Window';
  }

  get api(): DockviewApi | null {
    return this.#api;
  }

  /** Restores the saved layout, or shows the default where there is none or it cannot be read. */
  async attach(api: DockviewApi, size: () => DockSize): Promise<void> {
    this.#api = api;
    this.#size = size;
    const answer = await this.#store.command({ type: 'loadWorkspace', window: this.#window });
    if (this.#closed) return;
    if (!answer.ok) {
      this.#notify({ fault: true, title: 'The layout was not loaded', text: answer.message });
    }
    this.#restore(api, answer.ok ? answer.value : null, size());
    api.onDidLayoutChange(() => this.scheduleSave());
  }

  #restore(api: DockviewApi, text: string | null, size: DockSize): void {
    if (text === null) {
      applyDefaultLayout(api, size);
      return;
    }
    const dock = parseLayout(text);
    if (dock !== null) {
      try {
        api.fromJSON(dock);
        api.layout(size.width, size.height, true);
        fitLayout(api, dock.grid.width, size);
        if (api.totalPanels > 0) return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#notify({ fault: true, title: 'The saved layout could not be read', text: reason });
        applyDefaultLayout(api, size);
        return;
      }
    }
    this.#notify({
      fault: true,
      title: 'The saved layout could not be read',
      text: 'The default layout is shown instead; it is saved at your next change.',
    });
    applyDefaultLayout(api, size);
  }

  scheduleSave(): void {
    if (this.#saveTimer !== null || this.#closed) return;
    this.#saveTimer = setTimeout(() => void this.save(), saveDelayMs);
  }

  /** Writes the layout if it has changed since it was last written. */
  async save(): Promise<void> {
    if (this.#saveTimer !== null) clearTimeout(this.#saveTimer);
    this.#saveTimer = null;
    if (this.#api === null || this.#api.totalPanels === 0) return;
    const layout = serializeLayout(this.#api);
    if (layout === this.#saved) return;
    this.#saved = layout;
    const answer = await this.#store.command({
      type: 'saveWorkspace',
      window: this.#window,
      layout,
    });
    if (answer.ok) return;
    this.#saved = null;
    if (this.#store.linkHealth().status === 'open') {
      this.#notify({ fault: true, title: 'The layout was not saved', text: answer.message });
    }
  }

  /** Reveals the panel of this kind, or opens one beside the active panel. */
  openPanel(kind: string, changes: Partial<PanelConfig> = {}): void {
    const api = this.#api;
    const record = panelRecord(kind);
    if (api === null || record === undefined) return;
    const open = api.panels.find((panel) => parsePanelConfig(panel.params)?.kind === kind);
    if (open !== undefined && Object.keys(changes).length === 0) {
      open.api.setActive();
      return;
    }
    const places = [...(record.beside ?? []), 'chart'];
    const place =
      places.map((id) => api.getPanel(id)?.group).find((group) => group !== undefined) ??
      api.activeGroup;
    api.addPanel({
      id: this.#freshId(kind),
      component: 'panel',
      title: record.title,
      params: createPanelConfig(kind, changes),
      ...(place === undefined ? {} : { position: { referenceGroup: place } }),
    });
  }

  /** The same, with options that the panel reads anew: help at a section. */
  showPanel(kind: string, options: unknown): void {
    const open = this.#api?.panels.find((panel) => parsePanelConfig(panel.params)?.kind === kind);
    if (open === undefined) {
      this.openPanel(kind, { options });
      return;
    }
    open.api.updateParameters({ ...parsePanelConfig(open.params), options });
    open.api.setActive();
    this.scheduleSave();
  }

  openHelp(section: HelpSection): void {
    this.showPanel('help', { section, asked: Date.now() });
  }

  /** Opens the export with what is known of it; the focus comes back when it is closed. */
  openExport(wanted: ExportWanted = {}): void {
    this.#returnTo = document.activeElement;
    this.showPanel('export', { ...wanted, asked: Date.now() });
  }

  closePanel(panelId: string): void {
    const returnTo = this.#returnTo;
    this.#returnTo = null;
    this.#api?.getPanel(panelId)?.api.close();
    // What lies beneath is shown again by then.
    requestAnimationFrame(() => {
      if (returnTo instanceof HTMLElement && returnTo.isConnected) returnTo.focus();
    });
  }

  #freshId(kind: string): string {
    let id = kind;
    for (let count = 2; this.#api?.getPanel(id) !== undefined; count += 1) id = `${kind}-${count}`;
    return id;
  }

  /** Moves a panel into a window of its own. At the gateway the page itself has to open the address. */
  async tearOff(panelId: string): Promise<void> {
    const api = this.#api;
    const panel = api?.getPanel(panelId);
    const layout = api === null ? null : serializePanel(api, panelId);
    if (panel === undefined || layout === null) return;
    const box = panel.group.element.getBoundingClientRect();
    const answer = await this.#store.command({
      type: 'openWindow',
      layout,
      bounds: {
        x: Math.round(window.screenX + box.left),
        y: Math.round(window.screenY + box.top),
        width: Math.max(320, Math.round(box.width)),
        height: Math.max(240, Math.round(box.height)),
      },
    });
    if (!answer.ok) {
      this.#notify({ fault: true, title: 'No window was opened', text: answer.message });
      return;
    }
    this.replays.show(answer.value.address, () => panel.api.close());
  }

  #showImported(sessions: readonly string[], words: string): void {
    const [session] = sessions;
    if (session !== undefined && sessions.length === 1) this.replays.showImported(session, words);
    else {
      const action = { label: 'Show them', act: () => this.openPanel('sessions') };
      const text = 'Each is a session of its own.';
      this.#notify({ fault: false, title: `${words} imported`, text, action });
    }
  }

  restoreDefault(): void {
    if (this.#api === null || this.#size === null) return;
    applyDefaultLayout(this.#api, this.#size());
    this.scheduleSave();
  }

  /** Changes the market of link group 1, which every default panel follows. */
  async chooseMarket(market: MarketId): Promise<void> {
    const link = this.#store.links().find((candidate) => candidate.group === 1);
    const answer = await this.#store.command({
      type: 'setLink',
      group: 1,
      market,
      interval: link?.interval ?? '1m',
    });
    if (!answer.ok)
      this.#notify({ fault: true, title: 'Market not changed', text: answer.message });
  }

  close(): void {
    this.#closed = true;
    if (this.#saveTimer !== null) clearTimeout(this.#saveTimer);
    this.#saveTimer = null;
  }
}

export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (workspace === null) throw new Error('no workspace around this component');
  return workspace;
}
