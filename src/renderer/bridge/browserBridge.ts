import type { TruetapeBridge } from './bridge.ts';
import { createBridge } from './createBridge.ts';
import { createTransportOpener } from './openTransport.ts';

const reloadedKey = 'truetape-reloaded-for-version';

/** The bridge of a page in a browser or an Electron window. */
export function createBrowserBridge(window: Window): TruetapeBridge {
  return createBridge({
    open: createTransportOpener(window),
    now: () => performance.now(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    soon: (run) => {
      if (window.document.hidden) setTimeout(run, 0);
      else window.requestAnimationFrame(run);
    },
    reloadOnce: () => {
      if (window.sessionStorage.getItem(reloadedKey) !== null) return false;
      window.sessionStorage.setItem(reloadedKey, 'yes');
      window.location.reload();
      return true;
    },
    versionsFit: () => window.sessionStorage.removeItem(reloadedKey),
  });
}
