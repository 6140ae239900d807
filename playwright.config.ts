import { defineConfig } from '@playwright/test';
import type { WorkstationOptions } from './tests/e2e/support/workstation.ts';
import { findBrowser } from './tests/support/browser.ts';

const browser = await findBrowser();

export default defineConfig<WorkstationOptions>({
  testDir: 'tests/e2e',
  outputDir: 'test-results/e2e',
  workers: 1,
  timeout: 180_000,
  // Nothing here is a limit on speed: figures are printed, and a busy machine is no fault.
  expect: { timeout: 30_000 },
  globalTimeout: 30 * 60_000,
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
  // The same specs run against both hosts, except those that are about one of them.
  projects: [
    { name: 'gateway', testIgnore: 'desktop.spec.ts', use: { hostKind: 'gateway' } },
    {
      name: 'desktop',
      // The page of faults and widths is the same in both hosts, and takes minutes.
      testIgnore: [
        'gateway.spec.ts',
        'start.spec.ts',
        'faults.spec.ts',
        'health.spec.ts',
        'watchlist.spec.ts',
      ],
      use: { hostKind: 'desktop' },
    },
  ],
  use: {
    // The bundled Chromium reports `en-US@posix`, which Intl refuses.
    locale: 'en-US',
    viewport: { width: 1600, height: 1000 },
    trace: 'retain-on-failure',
    launchOptions: browser === undefined ? {} : { executablePath: browser.executablePath },
  },
});
