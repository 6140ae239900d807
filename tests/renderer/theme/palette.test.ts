import { expect, test } from 'vitest';
import { mixColors } from '../../../src/renderer/theme/canvas.ts';
import { palette, refreshPalette } from '../../../src/renderer/theme/palette.ts';

test('a color that the build has shortened mixes as the long one does', () => {
  const { style } = document.documentElement;
  style.setProperty('--panel', '#000');
  style.setProperty('--stale', '#Fd8');
  refreshPalette();
  const { color } = palette();
  expect([color.panel, color.stale]).toEqual(['#000000', '#FFdd88']);
  expect(mixColors(color.stale, color.panel, 0.5)).toBe('#806f44');
  style.removeProperty('--panel');
  style.removeProperty('--stale');
  refreshPalette();
});
