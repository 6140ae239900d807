import type { Settings } from '../../shared/settings.ts';

const storageKey = 'truetape.theme';
const themes: readonly Settings['theme'][] = ['system', 'dark', 'light', 'highContrast'];

/** For pages that wait or ask who comes, before the host has told its settings. */
export function rememberTheme(theme: Settings['theme']): void {
  try {
    window.localStorage.setItem(storageKey, theme);
  } catch {
    // Storage is full or switched off: the next page begins in the usual theme.
  }
}

/** Of the last visit; null where there was none. */
export function rememberedTheme(): Settings['theme'] | null {
  try {
    const kept = window.localStorage.getItem(storageKey);
    return themes.find((theme) => theme === kept) ?? null;
  } catch {
    // As above.
    return null;
  }
}
