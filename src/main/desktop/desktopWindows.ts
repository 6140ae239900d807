import { randomBytes } from 'node:crypto';
import { BrowserWindow, app, screen, shell } from 'electron';
import type { AttachedWindow, EngineHost, HostLogEntry } from '../engine/host.ts';
import { mainWindowId, replayWindowPrefix } from '../../shared/pageSecurity.ts';
import { lockDownPage, openExternalLink } from './lockDown.ts';
import { pageAddress } from './pageScheme.ts';
import { setupRecovery } from './recovery.ts';
import { centered, placeOnScreen, sameBounds } from './screenPlace.ts';
import type { Bounds } from './screenPlace.ts';
import { readWindowPlaces, writeWindowPlaces } from './windowPlaces.ts';
import type { WindowPlace } from './windowPlaces.ts';

const firstSize = { width: 1600, height: 1000 };
const smallestSize = { minWidth: 320, minHeight: 240 };
const saveDelayMs = 500;
const besidesBy = 32;
/** The app surface of the dark theme: what shows before the page has painted. */
const backgroundColor = '#0b0d10';

export interface DesktopWindowsOptions {
  readonly host: EngineHost;
  readonly preloadFile: string;
  /** Null: places are not kept. */
  readonly placesFile: string | null;
  readonly log: (entry: HostLogEntry) => void;
}

interface OpenWindow {
  readonly browserWindow: BrowserWindow;
  /** Where the person put it; kept while a missing screen forces it elsewhere. */
  wanted: Bounds;
  /** Where we put it last, to tell our own moves from the person's. */
  placed: Bounds;
  maximized: boolean;
}

/** The BrowserWindows of the application, their places on screens, and what their pages may ask. */
export class DesktopWindows {
  private readonly windowById = new Map<string, OpenWindow>();
  private readonly options: DesktopWindowsOptions;
  private saveTimer: NodeJS.Timeout | null = null;
  private quitting = false;

  constructor(options: DesktopWindowsOptions) {
    this.options = options;
    const replaceAll = (): void => {
      for (const window of this.windowById.values()) this.placeAgain(window);
    };
    screen.on('display-added', replaceAll);
    screen.on('display-removed', replaceAll);
    screen.on('display-metrics-changed', replaceAll);
  }

  get count(): number {
    return this.windowById.size;
  }

  /** Opens the windows of the last run, or the first one. */
  restore(): void {
    const { placesFile } = this.options;
    const places: readonly WindowPlace[] =
      placesFile === null
        ? [{ id: mainWindowId, bounds: null, maximized: false }]
        : readWindowPlaces(placesFile, (text) => {
            this.log('warning', text);
          });
    for (const place of places) this.open(place);
  }

  /** A second start of the program brings the first one forward. */
  focus(): void {
    const [first] = this.windowById.values();
    if (first === undefined) {
      this.restore();
      return;
    }
    if (first.browserWindow.isMinimized()) first.browserWindow.restore();
    first.browserWindow.show();
    first.browserWindow.focus();
  }

  windowOf(webContentsId: number): string | null {
    for (const [id, { browserWindow }] of this.windowById) {
      if (!browserWindow.isDestroyed() && browserWindow.webContents.id === webContentsId) return id;
    }
    return null;
  }

  describe(window: string): AttachedWindow {
    return {
      window,
      platform: process.platform,
      openWindow: ({ bounds, isReplay }) => {
        const id = `${isReplay ? replayWindowPrefix : 'w-'}${randomBytes(6).toString('hex')}`;
        const place = bounds === null ? this.besides(window) : rounded(bounds);
        this.open({ id, bounds: place, maximized: false });
        return Promise.resolve({ window: id, address: null });
      },
      openExternal: openExternalLink,
      windowControl: (action) => {
        this.control(window, action);
      },
      revealPath: (path) => {
        shell.showItemInFolder(path);
      },
    };
  }

  /** Remembers what is open now; windows that close from here on stay remembered. */
  prepareQuit(): void {
    if (this.quitting) return;
    this.save();
    this.quitting = true;
  }

  private open(place: WindowPlace): void {
    const areas = workAreas();
    const wanted = place.bounds ?? centered(firstSize.width, firstSize.height, areas[0] ?? zero);
    const placed = placeOnScreen(wanted, areas);
    const browserWindow = new BrowserWindow({
      ...placed,
      ...smallestSize,
      show: false,
      title: 'Truetape',
      backgroundColor,
      frame: process.platform === 'darwin',
      ...(process.platform === 'darwin' ? { titleBarStyle: 'hiddenInset' as const } : {}),
      webPreferences: {
        preload: this.options.preloadFile,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webSecurity: true,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
        devTools: !app.isPackaged,
      },
    });
    const window = { browserWindow, wanted, placed, maximized: place.maximized };
    this.windowById.set(place.id, window);
    this.listen(place.id, window);
    lockDownPage(browserWindow.webContents);
    setupRecovery(browserWindow, {
      now: () => performance.now(),
      log: (text) => {
        this.log('warning', `${place.id}: ${text}`);
      },
    });
    browserWindow.loadURL(pageAddress(place.id)).catch((error: unknown) => {
      this.log('error', `${place.id}: page did not load: ${String(error)}`);
    });
    this.saveSoon();
  }

  private listen(id: string, window: OpenWindow): void {
    const { browserWindow } = window;
    const { host } = this.options;
    const tell = (visible: boolean) => (): void => {
      host.setWindowVisible(id, visible);
    };
    browserWindow.once('ready-to-show', () => {
      if (window.maximized) browserWindow.maximize();
      browserWindow.show();
    });
    browserWindow.on('hide', tell(false));
    browserWindow.on('minimize', tell(false));
    browserWindow.on('show', tell(true));
    browserWindow.on('restore', () => {
      host.setWindowVisible(id, true);
      this.placeAgain(window);
    });
    browserWindow.on('move', () => {
      this.remember(window);
    });
    browserWindow.on('resize', () => {
      this.remember(window);
    });
    browserWindow.on('closed', () => {
      if (this.quitting) return;
      // The last window is what the next start opens again.
      if (this.windowById.size === 1) this.prepareQuit();
      this.windowById.delete(id);
      if (this.windowById.size === 0) this.quitting = false;
      else this.saveSoon();
    });
  }

  /** As large as the window that asked, and not on its very place. */
  private besides(id: string): Bounds | null {
    const asking = this.windowById.get(id)?.browserWindow;
    if (asking === undefined || asking.isDestroyed()) return null;
    const { x, y, width, height } = asking.getNormalBounds();
    return { x: x + besidesBy, y: y + besidesBy, width, height };
  }

  private remember(window: OpenWindow): void {
    const { browserWindow } = window;
    if (browserWindow.isDestroyed() || browserWindow.isMinimized()) return;
    window.maximized = browserWindow.isMaximized();
    const bounds = browserWindow.getNormalBounds();
    if (!sameBounds(bounds, window.placed)) {
      window.wanted = bounds;
      window.placed = bounds;
    }
    this.saveSoon();
  }

  /** Screens came, went or changed: back to the wanted place where that can be reached, else to the nearest one. */
  private placeAgain(window: OpenWindow): void {
    const { browserWindow } = window;
    if (browserWindow.isDestroyed() || browserWindow.isMinimized() || window.maximized) return;
    const placed = placeOnScreen(window.wanted, workAreas());
    if (sameBounds(placed, window.placed)) return;
    window.placed = placed;
    browserWindow.setBounds(placed);
  }

  private control(id: string, action: 'minimize' | 'maximize' | 'close'): void {
    const browserWindow = this.windowById.get(id)?.browserWindow;
    if (browserWindow === undefined || browserWindow.isDestroyed()) return;
    if (action === 'minimize') browserWindow.minimize();
    else if (action === 'close') browserWindow.close();
    else if (browserWindow.isMaximized()) browserWindow.unmaximize();
    else browserWindow.maximize();
  }

  private saveSoon(): void {
    this.saveTimer ??= setTimeout(() => {
      this.save();
    }, saveDelayMs);
  }

  private save(): void {
    if (this.saveTimer !== null) clearTimeout(this.saveTimer);
    this.saveTimer = null;
    const { placesFile } = this.options;
    if (placesFile === null || this.quitting || this.windowById.size === 0) return;
    const places = [...this.windowById].map(([id, window]) => ({
      id,
      bounds: window.wanted,
      maximized: window.maximized,
    }));
    try {
      writeWindowPlaces(placesFile, places);
    } catch (error) {
      this.log('warning', `window places could not be saved: ${String(error)}`);
    }
  }

  private log(level: HostLogEntry['level'], text: string): void {
    this.options.log({ level, scope: 'windows', text });
  }
}

const zero: Bounds = { x: 0, y: 0, ...firstSize };

function workAreas(): readonly Bounds[] {
  const primary = screen.getPrimaryDisplay().id;
  return screen
    .getAllDisplays()
    .toSorted((left, right) => Number(right.id === primary) - Number(left.id === primary))
    .map((display) => display.workArea);
}

function rounded(bounds: Bounds): Bounds {
  return {
    x: Math.round(bounds.x),
    y: Math.round(bounds.y),
    width: Math.round(bounds.width),
    height: Math.round(bounds.height),
  };
}
