import type { EngineHost, MachineFinding, SimulatedMarket } from '../engine/host.ts';
import { findInstallation } from '../installation.ts';
import { startSimulator } from '../startSimulator.ts';
import { reasonOf } from './hostFlags.ts';

/** A slow machine that does much else is no broken one. */
const liveMs = 45_000;
const lookMs = 50;

/** The whole way of the data, without the internet: three simulated venues, their sockets, an engine on them. */
export async function checkFeed(): Promise<MachineFinding> {
  const started = performance.now();
  let market: SimulatedMarket | null = null;
  let host: EngineHost | null = null;
  try {
    const { simulatorModule, version } = findInstallation();
    market = await startSimulator(simulatorModule, []);
    // It has to be said where the engine cannot even be loaded.
    const { createEngineHost } = await import('../engine/host.ts');
    host = await createEngineHost({
      ...{ profile: null, hostKind: 'gateway', appVersion: version, market: 'live' },
      ...{ endpoints: market.endpoints, startSimulatedMarket: null, replay: null },
      log: () => undefined,
    });
    const live = await untilLive(host);
    if (live < 3) {
      return {
        verdict: 'fault',
        text: `feed: ${live} of 3 simulated venues came up; is a firewall between programs of this machine?`,
      };
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    return { verdict: 'ok', text: `feed: three simulated venues were live after ${seconds} s` };
  } catch (error) {
    return { verdict: 'fault', text: `feed: the engine does not run here: ${reasonOf(error)}` };
  } finally {
    await host?.close();
    await market?.close();
  }
}

async function untilLive(host: EngineHost): Promise<number> {
  const started = performance.now();
  for (;;) {
    const { venuesLive } = await host.status();
    if (venuesLive >= 3 || performance.now() - started > liveMs) return venuesLive;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}
