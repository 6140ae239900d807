import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const fakeElectron = fileURLToPath(new URL('tests/support/fakeElectron.ts', import.meta.url));

const ownProcess = 'tests/**/*.memory.test.ts';

/** Without JSX, and yet on a page. */
const onPages = [
  'tests/renderer/bridge/{gatewayLogin,transports}.test.ts',
  'tests/renderer/panels/orderBook/paintLadder.test.ts',
  'tests/renderer/panels/tape/tape{Marks,Rows}.test.ts',
  'tests/renderer/theme/palette.test.ts',
];

export default defineConfig({
  test: {
    reporters: ['default', './tests/support/countReporter.ts'],
    // Ends what hangs. No limit of the product: those are asserted on virtual time, and machines are busy.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 100_000 } },
    // Many tests wait for sockets and processes: on two cores, one at a time would leave both idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          // No module of ours keeps state of its own: loading all of them for each file would take a third of the time.
          pool: 'threads',
          isolate: false,
          include: ['tests/{shared,main,simulator,client,scripts,support,faults}/**/*.test.ts'],
          exclude: ['tests/main/desktop/**', ownProcess],
        },
      },
      {
        extends: true,
        // The memory of a process says something of a test only where no other test shares it.
        test: { name: 'memory', environment: 'node', pool: 'forks', include: [ownProcess] },
      },
      {
        extends: true,
        // An unaliased `electron` would try to download its binary in every worker.
        resolve: { alias: [{ find: /^electron$/, replacement: fakeElectron }] },
        test: {
          name: 'desktop',
          environment: 'node',
          include: ['tests/{main/desktop,preload}/**/*.test.ts'],
        },
      },
      {
        extends: true,
        plugins: [react()],
        test: {
          name: 'renderer',
          environment: 'jsdom',
          include: [...onPages, 'tests/{renderer,client}/**/*.test.tsx'],
        },
      },
      {
        extends: true,
        plugins: [react()],
        // A page takes longer to be made than most of these take to run.
        test: {
          name: 'rendererLogic',
          environment: 'node',
          pool: 'threads',
          isolate: false,
          include: ['tests/renderer/**/*.test.ts'],
          exclude: onPages,
        },
      },
    ],
  },
});
