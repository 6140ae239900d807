import type { Settings } from '../../shared/settings.ts';
import { venues } from '../../shared/venues.ts';
import { refreshPalette } from './palette.ts';

export type ThemeName = 'dark' | 'light' | 'highContrast';

type Appearance = Pick<
  Settings,
  'theme' | 'directionColors' | 'density' | 'reducedMotion' | 'priceFlash' | 'scalePct'
>;

function systemPrefers(query: string): boolean {
  return typeof window.matchMedia === 'function' && window.matchMedia(query).matches;
}

export function resolveTheme(theme: Settings['theme']): ThemeName {
  if (theme !== 'system') return theme;
  if (systemPrefers('(prefers-contrast: more)')) return 'highContrast';
  return systemPrefers('(prefers-color-scheme: light)') ? 'light' : 'dark';
}

export function isMotionReduced(setting: Settings['reducedMotion']): boolean {
  return setting === 'on' || (setting === 'system' && systemPrefers('(prefers-reduced-motion)'));
}

/** Writes the appearance settings to the document root, where tokens.css reads them. */
export function applyTheme(appearance: Appearance, root: HTMLElement = document.documentElement) {
  const theme = resolveTheme(appearance.theme);
  root.dataset['theme'] = theme;
  root.dataset['directions'] = appearance.directionColors;
  root.dataset['density'] = appearance.density;
  root.dataset['flash'] = appearance.priceFlash;
  root.dataset['motion'] = isMotionReduced(appearance.reducedMotion) ? 'reduced' : 'full';
  root.style.setProperty('--scale', String(appearance.scalePct / 100));
  for (const venue of venues) {
    const color = venue.color[theme];
    root.style.setProperty(`--venue-${venue.id}-bar`, color.bar);
    root.style.setProperty(`--venue-${venue.id}-text`, color.text);
  }
  refreshPalette();
}

const followedQueries = [
  '(prefers-color-scheme: light)',
  '(prefers-contrast: more)',
  '(prefers-reduced-motion)',
] as const;

/** Calls back when the system changes a preference that `applyTheme` follows. */
export function onSystemAppearance(listener: () => void): () => void {
  if (typeof window.matchMedia !== 'function') return () => undefined;
  const queries = followedQueries.map((query) => window.matchMedia(query));
  for (const query of queries) query.addEventListener('change', listener);
  return () => {
    for (const query of queries) query.removeEventListener('change', listener);
  };
}
