import { setNumberStyle } from '../format/numberStyle.ts';
import type { MarketStore, WindowState } from '../store/marketStore.ts';
import { applyTheme, onSystemAppearance } from '../theme/applyTheme.ts';
import { sourceKind } from '../widgets/SourceBadge.tsx';

function applyAppearance({ settings, source }: WindowState): void {
  const kind = source === null ? 'live' : sourceKind(source);
  setNumberStyle(settings);
  document.documentElement.dataset['source'] = kind;
  document.title = kind === 'live' ? 'Truetape' : `${kind.toUpperCase()} · Truetape`;
  applyTheme(settings);
}

/**
 * Keeps settings and source on the document root, where the stylesheets read them. Outside of React, so that the root
 * is right before anything is laid out by it.
 */
export function followAppearance(store: MarketStore): () => void {
  const state = store.windowState;
  applyAppearance(state.getState());
  const stopSettings = state.subscribe((next, before) => {
    if (next.settings !== before.settings || next.source !== before.source) applyAppearance(next);
  });
  const stopSystem = onSystemAppearance(() => applyAppearance(state.getState()));
  return () => {
    stopSettings();
    stopSystem();
  };
}
