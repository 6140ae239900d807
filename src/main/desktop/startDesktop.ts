import { join } from 'node:path';
import { Menu, app, dialog, powerMonitor } from 'electron';
import type { EngineHost, HostLogEntry } from '../engine/host.ts';
import { DesktopWindows } from './desktopWindows.ts';
import { createIpcRouter } from './ipcRouter.ts';
import { lockDownSession } from './lockDown.ts';
import { registerPageScheme, servePages } from './pageScheme.ts';
import { setupPortBroker } from './portBroker.ts';

export interface DesktopOptions {
  readonly rendererFolder: string;
  readonly preloadFile: string;
  /** Holds window places and the browser's own files. */
  readonly profile: string;
  /** A recording is shown without touching the places of the live windows. */
  readonly keepPlaces: boolean;
  readonly createHost: () => Promise<EngineHost>;
  readonly log: (entry: HostLogEntry) => void;
}

/** Sockets closed, storage flushed: what takes longer is left behind. */
const closeLimitMs = 4_500;

export async function startDesktop(options: DesktopOptions): Promise<void> {
  registerPageScheme();
  app.setName('Truetape');
  app.setPath('userData', join(options.profile, 'electron'));
  if (!app.requestSingleInstanceLock()) {
    options.log({ level: 'info', scope: 'desktop', text: 'is running already; brought forward' });
    app.exit(0);
    return;
  }
  await app.whenReady();
  lockDownSession();
  servePages(options.rendererFolder);
  setupMenu();
  const host = await createHostOrExit(options);
  if (host === null) return;
  const windows = new DesktopWindows({
    host,
    preloadFile: options.preloadFile,
    placesFile: options.keepPlaces ? join(options.profile, 'windows.json') : null,
    log: options.log,
  });
  const router = createIpcRouter({
    windowOf: (webContentsId) => windows.windowOf(webContentsId),
    onRefused: (channel, reason) => {
      options.log({ level: 'warning', scope: 'desktop', text: `${channel} refused: ${reason}` });
    },
  });
  setupPortBroker({ router, host, describeWindow: (window) => windows.describe(window) });
  setupLifetime(host, windows, options);
  windows.restore();
}

async function createHostOrExit(options: DesktopOptions): Promise<EngineHost | null> {
  try {
    return await options.createHost();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    options.log({ level: 'error', scope: 'desktop', text });
    dialog.showErrorBox('Truetape cannot start', text);
    app.exit(1);
    return null;
  }
}

function setupMenu(): void {
  if (process.platform === 'darwin') {
    // Without its edit menu, a Mac has no copy and paste.
    Menu.setApplicationMenu(
      Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }]),
    );
  } else {
    Menu.setApplicationMenu(null);
  }
}

function setupLifetime(host: EngineHost, windows: DesktopWindows, options: DesktopOptions): void {
  let isClosing = false;
  // Sockets that lived through a sleep are not to be trusted.
  powerMonitor.on('resume', () => {
    host.wake();
  });
  app.on('second-instance', () => {
    windows.focus();
  });
  app.on('activate', () => {
    if (windows.count === 0) windows.restore();
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('before-quit', () => {
    windows.prepareQuit();
  });
  app.on('will-quit', (event) => {
    event.preventDefault();
    if (isClosing) return;
    isClosing = true;
    void closeHost(host, options).then((code) => {
      app.exit(code);
    });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      app.quit();
    });
  }
}

async function closeHost(host: EngineHost, options: DesktopOptions): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<number>((resolve) => {
    timer = setTimeout(() => {
      options.log({ level: 'error', scope: 'desktop', text: 'did not close in time' });
      resolve(1);
    }, closeLimitMs);
  });
  try {
    return await Promise.race([host.close().then(() => 0), late]);
  } finally {
    clearTimeout(timer);
  }
}
