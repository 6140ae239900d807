import { dialog } from 'electron';
import type { BrowserWindow } from 'electron';

const crashWindowMs = 60_000;
const crashLimit = 3;

export interface RecoveryOptions {
  readonly now: () => number;
  readonly log: (text: string) => void;
}

/**
 * A page that crashed is loaded again at once; the engine goes on meanwhile. After three crashes within a minute, or
 * when memory ran out, the person decides. A page that hangs may be reloaded by the person.
 */
export function setupRecovery(window: BrowserWindow, options: RecoveryOptions): void {
  let crashes: number[] = [];
  let asking = false;

  const ask = async (message: string, detail: string): Promise<void> => {
    if (asking || window.isDestroyed()) return;
    asking = true;
    try {
      const { response } = await dialog.showMessageBox(window, {
        type: 'warning',
        title: 'Truetape',
        message,
        detail,
        buttons: ['Reload window', 'Close window'],
        defaultId: 0,
        cancelId: 0,
      });
      if (window.isDestroyed()) return;
      if (response === 1) window.destroy();
      else window.webContents.reload();
    } finally {
      asking = false;
    }
  };

  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const time = options.now();
    crashes = [...crashes.filter((crash) => time - crash < crashWindowMs), time];
    options.log(`page ended: ${reason}, ${crashes.length} in the last minute`);
    if (crashes.length < crashLimit && reason !== 'oom') {
      window.webContents.reload();
      return;
    }
    crashes = [];
    void ask('This window keeps failing.', 'Market data and recordings go on without it.');
  });
  window.on('unresponsive', () => {
    options.log('page does not answer');
    void ask('This window does not answer.', 'Market data and recordings go on without it.');
  });
}
