import type { ReplayState } from '../../shared/replay.ts';
import type { DataSource } from '../../shared/values.ts';
import { setNumberStyle } from '../format/numberStyle.ts';
import type { MarketStore, WindowState } from '../store/marketStore.ts';
import { applyTheme, onSystemAppearance } from '../theme/applyTheme.ts';
import { rememberTheme, rememberedTheme } from '../theme/rememberedTheme.ts';
import { isOfFile } from './replay/replayControl.ts';
import { sourceKind } from '../widgets/SourceBadge.tsx';

/** The name of a window among others: what is not live says so, and a replay of which session. */
function titleOf(source: DataSource | null, replay: ReplayState | null): string {
  if (source === null || source === 'live') return 'Truetape';
  if (source === 'simulated') return 'SIMULATED · Truetape';
  const name = replay?.name ?? '';
  const named = name === '' ? source.slice('replay:'.length) : name;
  // Of a file, where it lies is nobody's business in a list of windows.
  const isFile = replay === null || isOfFile(replay);
  if (isFile) return `REPLAY ${named.split(/[\\/]/).at(-1) ?? ''} · Truetape`;
  return `REPLAY ${named} · Truetape`;
}

function applyAppearance({ hello, settings, source }: WindowState): void {
  setNumberStyle(settings);
  document.documentElement.dataset['source'] = source === null ? 'live' : sourceKind(source);
  if (hello === null) {
    applyTheme({ ...settings, theme: rememberedTheme() ?? settings.theme });
    return;
  }
  applyTheme(settings);
  rememberTheme(settings.theme);
}

/**
 * Keeps settings and source on the document root, where the stylesheets read them. Outside of React, so that the root
 * is right before anything is laid out by it.
 */
export function followAppearance(store: MarketStore): () => void {
  const state = store.windowState;
  const applyTitle = () => {
    const title = titleOf(state.getState().source, store.status()?.replay ?? null);
    if (document.title !== title) document.title = title;
  };
  applyAppearance(state.getState());
  applyTitle();
  const stopStatus = store.subscribeTopic({ topic: 'status' }, applyTitle);
  const stopSettings = state.subscribe((next, before) => {
    if (next.settings === before.settings && next.source === before.source) return;
    applyAppearance(next);
    applyTitle();
  });
  const stopSystem = onSystemAppearance(() => applyAppearance(state.getState()));
  return () => {
    stopStatus();
    stopSettings();
    stopSystem();
  };
}
