import { simVenueIds } from './market/venueProfiles.ts';
import type { SimVenueId } from './market/venueProfiles.ts';
import { ControlServer } from './server/controlServer.ts';
import { OutputBatch } from './server/outputBatch.ts';
import { RealTimeDriver } from './server/realTimeDriver.ts';
import { VenueServer } from './server/venueServer.ts';
import { createSimulator } from './simulator.ts';
import type { Simulator, SimulatorOptions } from './simulator.ts';

export interface SimulatorServerOptions extends Omit<SimulatorOptions, 'startTime' | 'seed'> {
  /** 1 unless given. */
  readonly seed?: number;
  /** The wall clock unless given. */
  readonly startTime?: number;
  /** Virtual seconds per real second; 1 unless given. */
  readonly speed?: number;
  /** 0, the default, lets the system choose. */
  readonly controlPort?: number;
  readonly ports?: Readonly<Partial<Record<SimVenueId, number>>>;
  /** Whether permessage-deflate is agreed to when a client offers it; false unless given. */
  readonly compression?: boolean;
}

export interface VenueAddress {
  /** `ws://127.0.0.1:PORT`; the venue's own paths follow. */
  readonly ws: string;
  readonly rest: string;
}

export interface RunningSimulator {
  readonly simulator: Simulator;
  /** Base of `/oracle/...` and `/control`. */
  readonly control: string;
  readonly venues: Readonly<Partial<Record<SimVenueId, VenueAddress>>>;
  close(): Promise<void>;
}

/** Serves a simulator on loopback ports and runs it by the wall clock. */
export async function startSimulatorServers(
  options: SimulatorServerOptions = {},
): Promise<RunningSimulator> {
  // The clock runs from here: making the market takes a while.
  const wallOrigin = performance.now();
  const simulator = createSimulator({
    ...options,
    seed: options.seed ?? 1,
    startTime: options.startTime ?? Date.now(),
  });
  const batch = new OutputBatch();
  const control = new ControlServer(simulator);
  const driver = new RealTimeDriver(simulator, batch, { speed: options.speed ?? 1, wallOrigin });
  const servers: VenueServer[] = [];
  const close = async (): Promise<void> => {
    driver.stop();
    simulator.close();
    await Promise.all([control.close(), ...servers.map((server) => server.close())]);
  };
  try {
    const controlPort = await control.listen(options.controlPort ?? 0);
    const venues: Partial<Record<SimVenueId, VenueAddress>> = {};
    for (const id of options.venues ?? simVenueIds) {
      const server = new VenueServer(simulator.venue(id), batch, options.compression ?? false);
      servers.push(server);
      const port = await server.listen(options.ports?.[id] ?? 0);
      venues[id] = { ws: `ws://127.0.0.1:${port}`, rest: `http://127.0.0.1:${port}` };
    }
    driver.start();
    return { simulator, control: `http://127.0.0.1:${controlPort}`, venues, close };
  } catch (error) {
    await close();
    throw error;
  }
}
