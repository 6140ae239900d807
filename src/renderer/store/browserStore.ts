import { createBrowserBridge } from '../bridge/browserBridge.ts';
import { createMarketStore } from './createMarketStore.ts';
import { createBrowserFrames } from './frames.ts';
import type { MarketStore } from './marketStore.ts';

/** The store of a real page: give it to `MarketStoreContext` once, at the root. */
export function createBrowserStore(window: Window): MarketStore {
  return createMarketStore({
    bridge: createBrowserBridge(window),
    frames: createBrowserFrames(window),
  });
}
