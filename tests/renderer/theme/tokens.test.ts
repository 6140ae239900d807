import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { venues } from '../../../src/shared/venues.ts';

type Theme = 'dark' | 'light' | 'highContrast';
type Pair = 'greenRed' | 'blueOrange';
type Tokens = Readonly<Record<string, string>>;

const css = readFileSync('src/renderer/theme/tokens.css', 'utf8').replaceAll(/\/\*.*?\*\//gs, '');

function parseBlocks(): ReadonlyMap<string, Tokens> {
  const blocks = new Map<string, Tokens>();
  for (const [, selector = '', body = ''] of css.matchAll(/([^{}]+)\{([^}]*)\}/g)) {
    const tokens: Record<string, string> = {};
    for (const [, name = '', value = ''] of body.matchAll(/--([\w-]+):\s*([^;]+);/g)) {
      tokens[name] = value.trim();
    }
    blocks.set(selector.trim(), tokens);
  }
  return blocks;
}

const blocks = parseBlocks();

/** The cascade of tokens.css: root, theme, color pair, both. */
function tokensOf(theme: Theme, pair: Pair): Tokens {
  const inTheme = theme === 'dark' ? ':root' : `:root[data-theme='${theme}']`;
  const selectors = [':root', inTheme];
  if (pair === 'blueOrange') {
    selectors.push(`:root[data-directions='blueOrange']`);
    if (theme !== 'dark') selectors.push(`${inTheme}[data-directions='blueOrange']`);
  }
  return Object.fromEntries(
    selectors.flatMap((selector) => Object.entries(blocks.get(selector) ?? {})),
  );
}

function channels(color: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
}

function luminance(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((channel) =>
    channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: readonly number[], b: readonly number[]): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function ratio(tokens: Tokens, color: string, surface: string): number {
  return contrast(channels(tokens[color] ?? ''), channels(tokens[surface] ?? ''));
}

function over(color: string, surface: string, share: number): readonly number[] {
  const below = channels(surface);
  return channels(color).map((value, at) => value * share + (below[at] ?? 0) * (1 - share));
}

const themes: readonly Theme[] = ['dark', 'light', 'highContrast'];
const looks = themes.flatMap((theme) =>
  (['greenRed', 'blueOrange'] as const).map((pair) => ({ theme, pair })),
);

test('tokens are those of the tables', () => {
  const table: Readonly<Record<string, readonly [string, string, string]>> = {
    app: ['#07080B', '#E5E4DF', '#000000'],
    panel: ['#101215', '#FCFCF9', '#000000'],
    inset: ['#0C0D0F', '#F5F4F1', '#000000'],
    raised: ['#191B1F', '#FFFFFF', '#0C0C0E'],
    hover: ['#1A1C21', '#F1F0EC', '#222429'],
    selected: ['#23262B', '#EEECE6', '#32353C'],
    pressed: ['#2B2E33', '#E0DED7', '#3F4249'],
    'line-subtle': ['#1D1F23', '#E9E8E3', '#3A3D43'],
    line: ['#292B30', '#D6D4CE', '#83868C'],
    'line-strong': ['#6C7077', '#89867E', '#CED1D6'],
    'ink-1': ['#EFEDE7', '#191C22', '#FFFFFF'],
    'ink-2': ['#B2B6BC', '#44484F', '#E1E3E6'],
    'ink-3': ['#8B8F95', '#61656D', '#C5C7CB'],
    'ink-4': ['#55585E', '#9498A0', '#8F9297'],
    accent: ['#EFE8D2', '#21242B', '#FDF1B8'],
    'on-accent': ['#111418', '#FBFAF6', '#000000'],
    up: ['#48CE9B', '#0A7852', '#51EEA8'],
    down: ['#F36D75', '#C12437', '#FE8C91'],
    'up-dim': ['#389975', '#0C7954', '#51EEA8'],
    'down-dim': ['#D56169', '#C53143', '#FE8C91'],
    live: ['#4FC68F', '#0D774E', '#5FEDA5'],
    stale: ['#F7AF4D', '#935602', '#FED079'],
    resync: ['#66B1F6', '#0667B8', '#8ECBFF'],
    fault: ['#FB7365', '#C32B21', '#FD9284'],
    sim: ['#EB90D7', '#A4398C', '#FBACEA'],
    replay: ['#A7AAF7', '#5953B5', '#C0C0FD'],
    'link-1': ['#8FADD4', '#45658D', '#B7D4F9'],
    'link-2': ['#96B58E', '#4C6E44', '#BDDBB6'],
    'link-3': ['#CF9E89', '#87553E', '#F4C5B1'],
    'link-4': ['#C39CBF', '#7C5378', '#E8C3E4'],
  };
  const written = Object.fromEntries(
    Object.keys(table).map((role) => [
      role,
      themes.map((theme) => tokensOf(theme, 'greenRed')[role]?.toUpperCase()),
    ]),
  );
  expect(written).toEqual(table);
});

test('the color-safe pair and its states are those of the tables', () => {
  const roles = ['up', 'down', 'up-dim', 'down-dim', 'stale', 'resync'];
  const written = themes.map((theme) =>
    roles.map((role) => tokensOf(theme, 'blueOrange')[role]?.toUpperCase()),
  );
  expect(written).toEqual([
    ['#66A2FB', '#F78D44', '#5788D2', '#C4723A', '#F1E377', '#76D7C7'],
    ['#285CC2', '#AB4E0D', '#3767C6', '#AC500F', '#524803', '#007067'],
    ['#90BCFF', '#FFAB69', '#90BCFF', '#FFAB69', '#FBED81', '#91EBDC'],
  ]);
});

test('contrast against the panel is what was promised', () => {
  const promised: readonly (readonly [Theme, Pair, string, number])[] = [
    ['dark', 'greenRed', 'line-strong', 3.8],
    ['light', 'greenRed', 'line-strong', 3.5],
    ['highContrast', 'greenRed', 'line-strong', 13.7],
    ['dark', 'greenRed', 'ink-1', 16.0],
    ['light', 'greenRed', 'ink-1', 16.6],
    ['highContrast', 'greenRed', 'ink-1', 21],
    ['dark', 'greenRed', 'ink-2', 9.2],
    ['light', 'greenRed', 'ink-2', 8.9],
    ['highContrast', 'greenRed', 'ink-2', 16.3],
    ['dark', 'greenRed', 'ink-3', 5.8],
    ['light', 'greenRed', 'ink-3', 5.7],
    ['highContrast', 'greenRed', 'ink-3', 12.4],
    ['dark', 'greenRed', 'ink-4', 2.6],
    ['light', 'greenRed', 'ink-4', 2.8],
    ['highContrast', 'greenRed', 'ink-4', 6.7],
    ['dark', 'greenRed', 'up', 9.4],
    ['dark', 'greenRed', 'down', 6.5],
    ['light', 'greenRed', 'up', 5.3],
    ['light', 'greenRed', 'down', 5.7],
    ['highContrast', 'greenRed', 'up', 14],
    ['highContrast', 'greenRed', 'down', 9.4],
    ['dark', 'greenRed', 'up-dim', 5.3],
    ['dark', 'greenRed', 'down-dim', 5.1],
    ['light', 'greenRed', 'down-dim', 5.2],
    ['dark', 'blueOrange', 'up', 7.3],
    ['dark', 'blueOrange', 'down', 7.9],
    ['light', 'blueOrange', 'up', 6.0],
    ['light', 'blueOrange', 'down', 5.3],
    ['highContrast', 'blueOrange', 'up', 11],
    ['highContrast', 'blueOrange', 'down', 11],
    ['dark', 'greenRed', 'live', 8.8],
    ['light', 'greenRed', 'live', 5.4],
    ['highContrast', 'greenRed', 'live', 14],
    ['dark', 'greenRed', 'stale', 10],
    ['light', 'greenRed', 'stale', 5.7],
    ['highContrast', 'greenRed', 'stale', 14.5],
    ['dark', 'greenRed', 'resync', 8.2],
    ['light', 'greenRed', 'resync', 5.6],
    ['highContrast', 'greenRed', 'resync', 12],
    ['dark', 'greenRed', 'fault', 6.9],
    ['light', 'greenRed', 'fault', 5.5],
    ['highContrast', 'greenRed', 'fault', 9.6],
    ['dark', 'greenRed', 'sim', 8.5],
    ['dark', 'greenRed', 'replay', 8.7],
    ['light', 'greenRed', 'sim', 5.8],
    ['light', 'greenRed', 'replay', 6.1],
    ['highContrast', 'greenRed', 'sim', 12],
    ['highContrast', 'greenRed', 'replay', 12],
  ];
  const kept = promised.filter(([theme, pair, role, figure]) => {
    // Figures from 10 on are promised as whole numbers in places: half of their last digit, and a hundredth for rounding.
    const tolerance = Number.isInteger(figure) && figure > 9 ? 0.51 : 0.06;
    return Math.abs(ratio(tokensOf(theme, pair), role, 'panel') - figure) <= tolerance;
  });
  expect(kept).toEqual(promised);
});

test('every text role can be read on every surface that carries text', () => {
  const roles = [
    'ink-1',
    'ink-2',
    'ink-3',
    'up',
    'down',
    'live',
    'stale',
    'resync',
    'fault',
    'sim',
    'replay',
  ];
  const surfaces = ['panel', 'inset', 'raised', 'selected'];
  const failures = looks.flatMap(({ theme, pair }) => {
    const tokens = tokensOf(theme, pair);
    return roles.flatMap((role) =>
      surfaces
        .filter((surface) => ratio(tokens, role, surface) < 4.5)
        .map((surface) => `${theme} ${pair} ${role} on ${surface}`),
    );
  });
  expect(failures).toEqual([]);
});

test('dimmed ladder digits can be read on the ladder, and the primary button on the accent', () => {
  const figures = looks.flatMap(({ theme, pair }) => {
    const tokens = tokensOf(theme, pair);
    return [
      ratio(tokens, 'up-dim', 'panel'),
      ratio(tokens, 'down-dim', 'panel'),
      ratio(tokens, 'accent', 'on-accent'),
    ];
  });
  expect(Math.min(...figures)).toBeGreaterThanOrEqual(4.5);
  expect(ratio(tokensOf('dark', 'greenRed'), 'accent', 'on-accent')).toBeCloseTo(15.1, 1);
  expect(ratio(tokensOf('light', 'greenRed'), 'accent', 'on-accent')).toBeCloseTo(14.9, 1);
});

test('venue tags can be read on their own tint in every theme', () => {
  const weakest = themes.flatMap((theme) => {
    const tokens = tokensOf(theme, 'greenRed');
    const share = Number.parseFloat(tokens['tint-tag'] ?? '') / 100;
    return venues.map(({ id, color }) => ({
      tag: `${theme} ${id}`,
      ratio: contrast(
        channels(color[theme].text),
        over(color[theme].bar, tokens['panel'] ?? '', share),
      ),
    }));
  });
  expect(weakest.filter((tag) => tag.ratio < 4.6)).toEqual([]);
});

test('the source that is not live recolors every dot and ribbon', () => {
  expect(blocks.get(`:root[data-source='simulated']`)).toEqual({ 'source-live': 'var(--sim)' });
  expect(blocks.get(`:root[data-source='replay']`)).toEqual({ 'source-live': 'var(--replay)' });
});

test('reduced motion stops breathing and turning', () => {
  const reduced = blocks.get(`:root[data-motion='reduced']`);
  expect([reduced?.['breathe'], reduced?.['turn']]).toEqual(['none', 'none']);
});
