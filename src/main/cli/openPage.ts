import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const linuxNames = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'brave-browser',
];

const fixedPlaces: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
    'C:\\Program Files\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
};

export type Environment = Readonly<Record<string, string | undefined>>;

export function hasDisplay(environment: Environment, platform = process.platform): boolean {
  if (platform !== 'linux') return platform === 'darwin' || platform === 'win32';
  return (environment['DISPLAY'] ?? '') !== '' || (environment['WAYLAND_DISPLAY'] ?? '') !== '';
}

/** A Chromium that can show one page as a window of its own, or null. */
export function findBrowser(environment: Environment, platform = process.platform): string | null {
  const chosen = environment['TRUETAPE_BROWSER'];
  if (chosen !== undefined && chosen !== '') return isExecutable(chosen) ? chosen : null;
  const onPath =
    platform === 'linux'
      ? (environment['PATH'] ?? '')
          .split(delimiter)
          .filter((folder) => folder !== '')
          .flatMap((folder) => linuxNames.map((name) => join(folder, name)))
      : [];
  return [...onPath, ...(fixedPlaces[platform] ?? [])].find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface OpenedPage {
  /** The person closed the window, or it could not start. */
  onClose(listener: () => void): void;
  close(): void;
}

/**
 * Opens the address as an application window with a browser profile of its own, so that the user's extensions never
 * see the page. Null: nothing here can show a window.
 */
export function openPage(
  address: string,
  browserProfile: string,
  environment: Environment,
): OpenedPage | null {
  const browser = hasDisplay(environment) ? findBrowser(environment) : null;
  if (browser === null) return null;
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0;
  const child = spawn(
    browser,
    [
      `--app=${address}`,
      `--user-data-dir=${browserProfile}`,
      '--window-size=1600,1000',
      '--no-first-run',
      '--no-default-browser-check',
      // Chromium refuses to start as root with its sandbox on.
      ...(asRoot ? ['--no-sandbox', '--test-type'] : []),
    ],
    { stdio: 'ignore' },
  );
  let isOpen = true;
  let tellClosed = (): void => undefined;
  const end = (): void => {
    if (!isOpen) return;
    isOpen = false;
    tellClosed();
  };
  child.once('error', end);
  child.once('exit', end);
  // It must not keep the program alive that it only shows.
  child.unref();
  return {
    onClose(listener) {
      tellClosed = listener;
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      child.kill('SIGTERM');
    },
  };
}
