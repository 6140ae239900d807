import { findInstallation } from '../installation.ts';
import { watchForStalls } from '../stall/watchForStalls.ts';
import type { ServePorts } from './serveWorkstation.ts';
import { untilStopped } from './untilStopped.ts';

/** What a command that serves has around it in a process of its own. */
export function systemPorts(createHost: ServePorts['createHost']): ServePorts {
  return {
    createHost,
    untilStopped,
    installation: findInstallation(),
    watchStalls: watchForStalls,
  };
}
