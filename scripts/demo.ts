import { runWorkstation } from './start/runHost.ts';

// The simulated market needs no network, and so does its start.
process.exitCode = await runWorkstation({
  args: ['--market', 'simulated', ...process.argv.slice(2)],
  mayDownload: false,
});
