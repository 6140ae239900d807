import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrowser, hasDisplay, openPage } from '../../../src/main/cli/openPage.ts';
import { eventually } from '../../support/eventually.ts';

let folder: string;
let browser: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'truetape-browser-'));
  browser = join(folder, 'chromium');
  // Writes its arguments in one step, as a reader may look at any time.
  writeFileSync(
    browser,
    `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder}/next' && mv '${folder}/next' '${folder}/args'\n`,
  );
  chmodSync(browser, 0o755);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('knows a display and a browser where there is one', () => {
  expect(hasDisplay({ DISPLAY: ':0' }, 'linux')).toBe(true);
  expect(hasDisplay({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe(true);
  expect(hasDisplay({ DISPLAY: '' }, 'linux')).toBe(false);
  expect(hasDisplay({}, 'darwin')).toBe(true);
  expect(findBrowser({ PATH: `/nowhere:${folder}` }, 'linux')).toBe(browser);
  expect(findBrowser({ PATH: '/nowhere' }, 'linux')).toBeNull();
  expect(findBrowser({ TRUETAPE_BROWSER: browser, PATH: '' }, 'linux')).toBe(browser);
  expect(findBrowser({ TRUETAPE_BROWSER: join(folder, 'none'), PATH: folder }, 'linux')).toBeNull();
});

test.skipIf(process.platform !== 'linux')(
  'opens the address as a window of its own, with a browser profile of its own',
  async () => {
    const address = 'http://127.0.0.1:7411/#key=once';
    expect(openPage(address, '/profile/browser', { PATH: folder })).toBeNull();
    expect(existsSync(join(folder, 'args'))).toBe(false);
    const page = openPage(address, '/profile/browser', { PATH: folder, DISPLAY: ':0' });
    const closed = new Promise<void>((resolve) => page?.onClose(resolve));
    await eventually(() => {
      expect(readFileSync(join(folder, 'args'), 'utf8').split('\n')).toEqual(
        expect.arrayContaining([`--app=${address}`, '--user-data-dir=/profile/browser']),
      );
    });
    await closed;
    page?.close();
  },
);
