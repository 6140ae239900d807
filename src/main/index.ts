import { startDesktop } from './desktop/startDesktop.ts';
import { spawnUtilitySimulator } from './desktop/simulatorProcess.ts';
import { parseDesktopFlags } from './cli/desktopFlags.ts';
import { checkMachine } from './cli/machineChecks.ts';
import { createEngineHost } from './engine/host.ts';
import { findInstallation } from './installation.ts';
import { createLog } from './log.ts';
import { watchForStalls } from './stall/watchForStalls.ts';
import { startSimulator } from './startSimulator.ts';

// Name resolution and file sync share libuv's threads; four of them let one slow disk hold up every connect.
process.env['UV_THREADPOOL_SIZE'] ??= '16';

const installation = findInstallation();
const log = createLog((text) => process.stderr.write(text), {
  verbose: process.argv.includes('--verbose'),
});
const { choices, browserProfile } = parseDesktopFlags(process.argv.slice(1), log);
const { simulatorArgs, ...hostChoices } = choices;
watchForStalls({ thread: installation.stallThread, profile: hostChoices.profile, log });

await startDesktop({
  rendererFolder: installation.rendererFolder,
  preloadFile: installation.preloadFile,
  profile: browserProfile,
  keepPlaces: hostChoices.replay === null,
  createHost: () =>
    createEngineHost({
      ...hostChoices,
      hostKind: 'desktop',
      appVersion: installation.version,
      exportWorker: installation.exportWorker,
      startSimulatedMarket: () =>
        startSimulator(installation.simulatorModule, simulatorArgs, spawnUtilitySimulator),
      log,
      checkMachine: () => checkMachine({ port: null, profile: hostChoices.profile }),
    }),
  log,
});
