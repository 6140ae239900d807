import { runWorkstation } from './start/runHost.ts';

process.exitCode = await runWorkstation({ args: process.argv.slice(2), mayDownload: true });
