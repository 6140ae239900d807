import { expect, test } from 'vitest';
import { isOwnFile } from '../../../src/main/desktop/lockDown.ts';

test('a page saves the zip that it was given, and nothing else', () => {
  const own = 'blob:app://truetape/5f0c';
  expect(isOwnFile(own, 'application/zip')).toBe(true);
  expect([
    isOwnFile(own, 'text/html'),
    isOwnFile('blob:https://truetape/5f0c', 'application/zip'),
    isOwnFile('blob:app://truetape.evil/5f0c', 'application/zip'),
    isOwnFile('https://example.com/a.zip', 'application/zip'),
    isOwnFile('data:application/zip;base64,UEs=', 'application/zip'),
  ]).toEqual([false, false, false, false, false]);
});
