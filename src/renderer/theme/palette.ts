import { useSyncExternalStore } from 'react';
import type { VenueColor, VenueId } from '../../shared/venues.ts';
import { venueIds, venueRecord } from '../../shared/venues.ts';

const roles = [
  'app',
  'panel',
  'inset',
  'raised',
  'hover',
  'selected',
  'line-subtle',
  'line',
  'line-strong',
  'ink-1',
  'ink-2',
  'ink-3',
  'ink-4',
  'accent',
  'on-accent',
  'up',
  'down',
  'up-dim',
  'down-dim',
  'live',
  'stale',
  'resync',
  'fault',
  'sim',
  'replay',
] as const;
export type ColorRole = (typeof roles)[number];

/** The tokens as a canvas needs them: resolved colors and factors of the present theme. */
export interface Palette {
  readonly color: Readonly<Record<ColorRole, string>>;
  readonly venueBar: Readonly<Record<VenueId, string>>;
  readonly venueText: Readonly<Record<VenueId, string>>;
  /** Live green, or the color of a source that is not live. */
  readonly sourceLive: string;
  /** Tints and washes as shares, 0 to 1. */
  readonly tint: {
    readonly tag: number;
    readonly largeRow: number;
    readonly wash: number;
    readonly ribbon: number;
    readonly lane: number;
    readonly volumeUp: number;
    readonly volumeDown: number;
  };
  /** Design pixels to page pixels. */
  readonly scale: number;
  readonly reducedMotion: boolean;
  readonly comfortable: boolean;
  /** Counted up by every change, so that caches can be keyed by it. */
  readonly revision: number;
}

const listeners = new Set<() => void>();
let current: Palette | null = null;
let revision = 0;

/** A build shortens `#000000` to `#000`, also in custom properties; colors are mixed digit by digit. */
export function fullColor(text: string): string {
  return text.replace(/^#([\da-f])([\da-f])([\da-f])$/i, '#$1$1$2$2$3$3');
}

function readPalette(): Palette {
  const root = document.documentElement;
  const style = getComputedStyle(root);
  const text = (name: string) => fullColor(style.getPropertyValue(`--${name}`).trim());
  const share = (name: string) => (Number.parseFloat(text(name)) || 0) / 100;
  const venueText = (kind: keyof VenueColor) => (id: VenueId) =>
    text(`venue-${id}-${kind}`) || venueRecord(id).color.dark[kind];
  return {
    color: textsOf(roles, (role) => text(role) || '#808080'),
    venueBar: textsOf(venueIds, venueText('bar')),
    venueText: textsOf(venueIds, venueText('text')),
    sourceLive: sourceColor(root.dataset['source'], text),
    tint: {
      tag: share('tint-tag'),
      largeRow: share('tint-large-row'),
      wash: share('tint-wash'),
      ribbon: share('tint-ribbon'),
      lane: share('tint-lane'),
      volumeUp: share('tint-volume-up'),
      volumeDown: share('tint-volume-down'),
    },
    scale: Number.parseFloat(text('scale')) || 1,
    reducedMotion: root.dataset['motion'] === 'reduced',
    comfortable: root.dataset['density'] === 'comfortable',
    revision,
  };
}

function sourceColor(source: string | undefined, text: (name: string) => string): string {
  if (source === 'simulated') return text('sim');
  return source === 'replay' ? text('replay') : text('live') || '#808080';
}

function textsOf<Key extends string>(
  keys: readonly Key[],
  read: (key: Key) => string,
): Readonly<Record<Key, string>> {
  const texts: Partial<Record<Key, string>> = {};
  for (const key of keys) texts[key] = read(key);
  if (!hasAll(texts, keys)) throw new Error('a key of the palette was not filled');
  return texts;
}

function hasAll<Key extends string>(
  texts: Partial<Record<Key, string>>,
  keys: readonly Key[],
): texts is Record<Key, string> {
  return keys.every((key) => texts[key] !== undefined);
}

export function palette(): Palette {
  current ??= readPalette();
  return current;
}

export function onPalette(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Called by `applyTheme` after the document root has changed. */
export function refreshPalette(): void {
  revision += 1;
  current = null;
  for (const listener of listeners) listener();
}

export function usePalette(): Palette {
  return useSyncExternalStore(onPalette, palette);
}
