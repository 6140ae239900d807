import { join } from 'node:path';
import type { Log } from '../log.ts';
import { CommandFailure } from './commandFailure.ts';
import { parseFlags } from './flags.ts';
import { hostFlags, parseHostFlags } from './hostFlags.ts';
import type { HostFlagChoices } from './hostFlags.ts';
import { profileFolder } from './profile.ts';

export interface DesktopLaunch {
  readonly choices: HostFlagChoices;
  /** A recording is shown beside the live market: its browser files, and so its one instance, are its own. */
  readonly browserProfile: string;
}

/**
 * Flags of the desktop host. Unknown ones are left alone: they are Chromium's. A wrong value ends the program with
 * one line before any window opens.
 */
export function parseDesktopFlags(
  args: readonly string[],
  log: Log,
  exit: (code: number) => never = (code) => process.exit(code),
): DesktopLaunch {
  try {
    const flags = parseFlags('desktop', args, hostFlags, {
      positionals: true,
      ignoreUnknown: true,
    });
    const choices = parseHostFlags(flags);
    return {
      choices,
      browserProfile: choices.profile ?? join(profileFolder(flags.one('profile')), 'replay'),
    };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    log({ level: 'error', scope: 'desktop', text: error.message });
    return exit(error.exitCode);
  }
}
