import { homedir, hostname, userInfo } from 'node:os';
import { venueIds } from '../../../shared/venues.ts';
import { createVenue } from '../venues/registry.ts';
import type { MachineNames } from './redact.ts';
import { Redactor } from './redact.ts';

export function machineNames(): MachineNames {
  return { home: homedir(), user: userName(), host: hostname() };
}

/** For this machine: the venues' hosts stay, everything of its own goes. */
export function redactorHere(names: MachineNames = machineNames()): Redactor {
  const addresses = venueIds.flatMap((id) => {
    const { ws, rest } = createVenue(id).endpoints;
    return [ws, rest];
  });
  return new Redactor(names, new Set(addresses.map((address) => new URL(address).hostname)));
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // No entry for this user: then there is no name to leave out.
    return '';
  }
}
