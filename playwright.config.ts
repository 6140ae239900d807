import { availableParallelism } from 'node:os';
import { defineConfig } from '@playwright/test';
import type { WorkerFixtures } from './tests/e2e/support/workstation.ts';
import { findBrowser } from './tests/support/browser.ts';

const browser = await findBrowser();
/** Every form in its full length. */
const isLong = process.env['TRUETAPE_LONG'] === '1';

export default defineConfig<object, WorkerFixtures>({
  testDir: 'tests/e2e',
  outputDir: 'test-results/e2e',
  // Most of the time of a test is waiting for a venue's or a link's own timers.
  workers: Math.min(2, availableParallelism()),
  timeout: 180_000,
  // Nothing here is a limit on speed: figures are printed, and a busy machine is no fault.
  expect: { timeout: 30_000 },
  globalTimeout: 20 * 60_000,
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
  // The same specs run against both hosts, except those that are about one of them.
  projects: [
    {
      name: 'gateway',
      testIgnore: 'desktop.spec.ts',
      // Minutes of real outages: seen where time is no matter.
      ...(isLong ? {} : { grepInvert: /@long/ }),
      use: { hostKind: 'gateway' },
    },
    {
      name: 'desktop',
      // What is no matter of the host is seen under both where time is no matter.
      ...(isLong ? {} : { grepInvert: /@page/ }),
      // The page of faults and widths is the same in both hosts, and takes minutes.
      testIgnore: [
        'gateway.spec.ts',
        // Of programs at the gateway, and of both hosts at once.
        'gatewayPrograms.spec.ts',
        'parity.spec.ts',
        'start.spec.ts',
        'faults.spec.ts',
        'health.spec.ts',
        'metrics.spec.ts',
        'watchlist.spec.ts',
        ...(isLong ? [] : ['latency.spec.ts']),
      ],
      use: { hostKind: 'desktop' },
    },
  ],
  use: {
    // The bundled Chromium reports `en-US@posix`, which Intl refuses.
    locale: 'en-US',
    viewport: { width: 1600, height: 1000 },
    // Pictures of every moment, as the trace takes them, cost more than the page itself.
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: false },
    screenshot: 'only-on-failure',
    launchOptions: browser === undefined ? {} : { executablePath: browser.executablePath },
  },
});
